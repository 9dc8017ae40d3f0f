"""Where settings are read from: the environment first, then a TOML file.

Knows no setting by name but the two that say where the file is. A field with an alias may stand in both, by its alias
in the environment and by its own name in the file; a field without one, such as a table, stands in the file alone.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

import platformdirs
from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, TomlConfigSettingsSource

from docspasta_mcp.errors import ConfigError, in_plain_words

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME = "docspasta.toml"
CONFIG = "DOCSPASTA_CONFIG"
DATA_DIR = "DOCSPASTA_DATA_DIR"
_ENVIRONMENT_ONLY = {CONFIG, DATA_DIR}  # they say where the file is
_OTHER_VARIABLES = {"DOCSPASTA_FAILPOINT"}  # ours, but no settings
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
S = TypeVar("S", bound=BaseSettings)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Origin(StrEnum):
    """Where a setting's value comes from."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """The settings in force, and where each comes from."""

    settings: S
    origins: Mapping[str, Origin]
    """The origin of each field, by the field's name."""

    file: Path | None
    """The file that was read, if there is one."""

    warnings: tuple[str, ...] = ()
    """Variables that look like settings but are not."""


def default_data_dir() -> Path:
    """Return the user's data directory of this program."""
    return Path(platformdirs.user_data_dir("docspasta-mcp", appauthor=False))


def absolute(path: Path) -> Path:
    """Return a path as seen from everywhere.

    Raises:
        ValueError: it begins with the home directory of a user who does not exist.
    """
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # pathlib's
        raise ValueError(f"{str(path)!r} names the home directory of a user who does not exist") from None


def load(cls: type[S], environ: Mapping[str, str]) -> Loaded[S]:
    """Read a class's settings from an environment and the file that it leads to; an empty variable counts as unset.

    Raises:
        ConfigError: the file cannot be read, a key is unknown, or a value makes no sense; each fault is a line.
    """
    from_environment = _Environment(cls, environ)()
    file = _file_of(environ)
    from_file = _read(cls, file) if file else {}
    origins = {
        name: Origin.ENVIRONMENT if key in from_environment else (Origin.FILE if key in from_file else Origin.DEFAULT)
        for name, key in keys_of(cls).items()
    }
    values = from_file | from_environment
    if prepared := getattr(cls, "prepared", None):
        try:
            values = prepared(values, environ)
        except ValueError as error:
            raise ConfigError(str(error)) from None
    try:
        settings = cls.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = [_fault(cls, fault["loc"], _said(cls, fault), origins, file) for fault in found]
        raise ConfigError("\n".join(dict.fromkeys(faults))) from None  # the cause may quote a secret
    return Loaded(settings, origins, file, _mistyped(cls, environ))


def keys_of(cls: type[BaseSettings]) -> dict[str, str]:
    """Return for each field's name the key under which pydantic takes its value: its variable, if it has one."""
    return {name: field.alias or name for name, field in cls.model_fields.items()}


def variables_of(cls: type[BaseSettings]) -> dict[str, str]:
    """Return every environment variable with its description."""
    return {field.alias: field.description or "" for field in cls.model_fields.values() if field.alias}


class _Environment(EnvSettingsSource):
    """The environment that we are handed, not the process's."""

    def __init__(self, cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(cls, case_sensitive=True)
        self.env_vars = {name: environ[name] for name in variables_of(cls) if environ.get(name)}


def _file_of(environ: Mapping[str, str]) -> Path | None:
    """Return the file to read: the one that is named, or the data directory's if it is there."""
    named, folder = environ.get(CONFIG), environ.get(DATA_DIR)
    try:
        if named:
            return absolute(Path(named))
        file = absolute(Path(folder) if folder else default_data_dir()) / FILE_NAME
    except ValueError as error:
        raise ConfigError(f"{CONFIG if named else DATA_DIR}: {error}") from None
    return file if os.path.lexists(file) else None


def _read(cls: type[BaseSettings], file: Path) -> dict[str, Any]:
    try:
        with file.open("rb"):  # the library takes a file that is not there for an empty one
            source = TomlConfigSettingsSource(cls, file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}. {CONFIG} names the file of settings.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    keys = keys_of(cls)
    faults = [
        f"{file}: {_unknown(key, keys)}"
        for key in source.toml_data
        if key not in keys or keys[key] in _ENVIRONMENT_ONLY
    ]
    if faults:
        raise ConfigError("\n".join(faults))
    return source()


def _unknown(key: str, keys: Mapping[str, str]) -> str:
    if keys.get(key) in _ENVIRONMENT_ONLY:
        return f"{key} cannot be set in the file, which is found by it; set {keys[key]} in the environment"
    for name, variable in keys.items():
        if key == variable and variable not in _ENVIRONMENT_ONLY:
            return f"{key} is called {name} in the file"
    return (
        f"{_spelt(key)} is not a setting{_meant(key, [name for name in keys if keys[name] not in _ENVIRONMENT_ONLY])}"
    )


def _meant(word: str, known: list[str]) -> str:
    close = get_close_matches(word.lower() if word.islower() else word, known, n=1, cutoff=0.75)
    return f"; did you mean {close[0]}?" if close else "; docs/configuration.md lists them"


def _said(cls: type[BaseSettings], fault: "ErrorDetails") -> str:
    """Return what is wrong with a value; of a key of a table that is not known, also which one may have been meant."""
    says = in_plain_words(fault["msg"])
    if fault["type"] != "extra_forbidden":
        return says
    setting, *_, key = fault["loc"]
    tables = [of for field in cls.model_fields.values() if field.alias == setting for of in get_args(field.annotation)]
    tables += get_args(cls.model_fields[str(setting)].annotation) if setting in cls.model_fields else ()
    known = [name for table in tables for name in getattr(table, "model_fields", ())]
    return says + _meant(str(key), known)


def _spelt(key: object) -> str:
    return str(key) if isinstance(key, int) or _BARE_KEY.fullmatch(str(key)) else f'"{key}"'


def _fault(
    cls: type[BaseSettings],
    loc: tuple[int | str, ...],
    says: str,
    origins: Mapping[str, Origin],
    file: Path | None,
) -> str:
    """Return one line that names the setting as whoever set it spelt it."""
    names = {key: name for name, key in keys_of(cls).items()}
    if not loc:  # about several: says their variables
        from_file = [names[word] for word in _VARIABLE.findall(says) if origins.get(names.get(word, "")) is Origin.FILE]
        return says + (f" (In {file}: {', '.join(dict.fromkeys(from_file))}.)" if from_file else "")
    first = str(loc[0])
    if origins.get(names.get(first, first)) is not Origin.FILE:
        return f"{first}: {says}"
    path = [names.get(first, first), *loc[1:]]
    return f"{file}: {'.'.join(_spelt(part) for part in path)}: {says}"


def _mistyped(cls: type[BaseSettings], environ: Mapping[str, str]) -> tuple[str, ...]:
    known = variables_of(cls)
    ours = [name for name in environ if name.startswith("DOCSPASTA_") and environ[name]]
    return tuple(
        f"{name} is not a setting{_meant(name, list(known))}"
        for name in sorted(ours)
        if name not in known and name not in _OTHER_VARIABLES
    )
