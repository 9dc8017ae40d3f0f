import json
import re
from pathlib import Path

import pytest

from docspasta_mcp.cli.config import masked
from docspasta_mcp.errors import ConfigError
from docspasta_mcp.settings import Loaded, Origin, Settings
from tests.test_whole_crawl import run_here

QSTASH = {
    "QSTASH_TOKEN": "canary-token",
    "QSTASH_CURRENT_SIGNING_KEY": "canary-current",
    "QSTASH_NEXT_SIGNING_KEY": "canary-next",
    "BASE_URL": "https://docspasta.example",
}


def test_nothing_has_to_be_set() -> None:
    settings = Settings.from_env({})
    assert settings.is_embedded
    assert (settings.qstash_queue_name, settings.qstash_concurrency, settings.qstash_max_retries) == (
        "docspasta-crawl",
        5,
        3,
    )


def test_qstash_is_used_when_it_is_wholly_configured() -> None:
    assert not Settings.from_env(QSTASH).is_embedded


@pytest.mark.parametrize("missing", ["QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "BASE_URL"])
def test_a_half_configured_qstash_is_refused_by_name(missing: str) -> None:
    with pytest.raises(ConfigError, match=rf"{missing} is not set, but QSTASH_TOKEN is"):
        Settings.from_env({name: value for name, value in QSTASH.items() if name != missing})


@pytest.mark.parametrize("url", ["http://localhost:8787", "http://127.0.0.1", "http://[::1]:1"])
def test_a_base_url_that_qstash_cannot_reach_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="BASE_URL is .* cannot reach"):
        Settings.from_env(QSTASH | {"BASE_URL": url})
    assert Settings.from_env(QSTASH | {"BASE_URL": url, "QSTASH_URL": "http://127.0.0.1:9000"}).base_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QSTASH_CONCURRENCY", "0"),
        ("QSTASH_CONCURRENCY", "many"),
        ("QSTASH_QUEUE_NAME", "a b"),
        ("BASE_URL", "docs.example"),
        ("DOCSPASTA_MAX_PAGES", "10001"),
        ("DOCSPASTA_ALLOW_PRIVATE", "10.0.0.1/8"),
        ("DOCSPASTA_ALLOW_PRIVATE", "not a host"),
        ("DOCSPASTA_ALLOW_PRIVATE", "docs.corp.example:http"),
        ("DOCSPASTA_ALLOW_PRIVATE", "http://docs.corp.example/"),
        ("DOCSPASTA_BROKER_ALLOW", "127.0.0.1:3000"),
        ("DOCSPASTA_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: "):
        Settings.from_env({name: value})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("QSTASH_CONCURRENCY", "0", "must be at least 1"),
        ("QSTASH_CONCURRENCY", "many", "must be a valid integer"),
        ("DOCSPASTA_LOG_FORMAT", "xml", "must be 'text' or 'json'"),
        ("QSTASH_MAX_RETRIES", "99", "must be at most 10"),
    ],
)
def test_a_refused_value_is_told_in_plain_words(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: {words}$"):
        Settings.from_env({name: value})


def test_secrets_are_not_shown() -> None:
    assert "canary" not in repr(Settings.from_env(QSTASH))
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(QSTASH | {"QSTASH_CONCURRENCY": "x"})
    assert "canary" not in str(caught.value)
    with pytest.raises(ConfigError, match="^DATABASE_URL: must be like sqlite:///FILE or postgresql://HOST/NAME$"):
        Settings.from_env({"DATABASE_URL": "mysql://docs:canary@db.example/docs"})


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "Postgres"])
def test_a_database_of_postgresql_is_named_as_its_hosts_name_it(scheme: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": f"{scheme}://docs@db.example/docs"})
    assert settings.database_url == "postgresql+psycopg://docs@db.example/docs"


@pytest.mark.parametrize(
    "url", ["sqlite", "sqlite://", "sqlite:///", "sqlite://x/y.db", "sqlite+aiosqlite:///x.db", "postgresql://"]
)
def test_half_a_database_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^DATABASE_URL: must be like"):
        Settings.from_env({"DATABASE_URL": url})


def test_the_documentation_lists_every_setting_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    found = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    rows = {variable: (name, default) for variable, name, default in found}
    assert set(rows) == set(Settings.variables())
    for name, field in Settings.model_fields.items():
        if field.alias is None:
            continue
        key, default = rows[field.alias]
        assert key == ("—" if name in {"data_dir", "config_file"} else f"`{name}`")
        if isinstance(field.default, int | float | str):
            assert default == f"`{field.default}`", field.alias


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"DOCSPASTA_NOTIFY_URL": "https://hooks.example/"}, "DOCSPASTA_NOTIFY_SECRET is not set"),
        ({"DOCSPASTA_NOTIFY_HOSTS": "hooks.example"}, "DOCSPASTA_NOTIFY_SECRET is not set"),
        ({"DOCSPASTA_NOTIFY_SECRET": "whsec_c2hvcnQ="}, "DOCSPASTA_NOTIFY_SECRET.*24 to 64 random bytes"),
        ({"DOCSPASTA_NOTIFY_SECRET": "whsec_?"}, "DOCSPASTA_NOTIFY_SECRET.*24 to 64 random bytes"),
        ({"DOCSPASTA_NOTIFY_URL": "hooks.example"}, "DOCSPASTA_NOTIFY_URL.*must start with http"),
        ({"DOCSPASTA_NOTIFY_HOSTS": "https://hooks.example/x"}, "DOCSPASTA_NOTIFY_HOSTS.*leave off https://"),
    ],
)
def test_word_of_what_happens_is_wholly_configured(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as told:
        Settings.from_env(environ)
    assert "c2hvcnQ" not in str(told.value)
    whole = {"DOCSPASTA_NOTIFY_URL": "https://hooks.example/canary", "DOCSPASTA_NOTIFY_SECRET": f"whsec_{'YWJj' * 10}"}
    settings = Settings.from_env(whole)
    assert "canary" not in repr(settings)
    assert settings.operator_url == "https://hooks.example/canary"


def test_the_readme_shows_the_mcp_json_to_paste() -> None:
    root = Path(__file__).parents[2]
    assert f"```json\n{(root / 'mcp.json').read_text()}```" in (root / "README.md").read_text()


def test_a_data_directory_of_a_user_who_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="DOCSPASTA_DATA_DIR.*no-such-user/x.*does not exist"):
        Settings.from_env({"DOCSPASTA_DATA_DIR": "~no-such-user/x"})


def load(folder: Path, text: str, variables: dict[str, str] | None = None) -> Loaded[Settings]:
    """Read the settings with a file in the data directory."""
    (folder / "docspasta.toml").write_text(text)
    return Settings.load({"DOCSPASTA_DATA_DIR": str(folder)} | (variables or {}))


def test_the_environment_goes_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        'max_pages = 7\nworkers = 3\nallow_private = ["A.example", "10.0.0.0/8"]\n',
        {"DOCSPASTA_WORKERS": "5", "DOCSPASTA_MAX_PAGES": ""},
    )
    settings = loaded.settings
    assert (settings.max_pages, settings.workers, settings.max_depth) == (7, 5, 10)
    assert settings.allow_private == ("a.example", "10.0.0.0/8")
    assert loaded.file == tmp_path / "docspasta.toml"
    assert {name: loaded.origins[name] for name in ("max_pages", "workers", "max_depth")} == {
        "max_pages": Origin.FILE,
        "workers": Origin.ENVIRONMENT,
        "max_depth": Origin.DEFAULT,
    }


def test_a_named_file_goes_before_that_of_the_data_directory(tmp_path: Path) -> None:
    named = tmp_path / "other.toml"
    named.write_text("max_pages = 9")
    assert load(tmp_path, "max_pages = 7", {"DOCSPASTA_CONFIG": str(named)}).settings.max_pages == 9
    assert Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path / "empty")}).max_pages == 500
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read: No such file.*DOCSPASTA_CONFIG names"):
        Settings.from_env({"DOCSPASTA_CONFIG": str(tmp_path / "gone.toml")})
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        Settings.from_env({"DOCSPASTA_CONFIG": str(tmp_path)})
    with pytest.raises(ConfigError, match=r"^DOCSPASTA_CONFIG: '~no-such-user/x' names the home"):
        Settings.from_env({"DOCSPASTA_CONFIG": "~no-such-user/x"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("max_page = 1", "max_page is not a setting; did you mean max_pages?"),
        ("colour = 1", "colour is not a setting; docs/configuration.md lists them"),
        ('"a b" = 1', '"a b" is not a setting; docs/configuration.md lists them'),
        ("DOCSPASTA_MAX_PAGES = 1", "DOCSPASTA_MAX_PAGES is called max_pages in the file"),
        ("[server]\nport = 1", "server is not a setting; docs/configuration.md lists them"),
        (
            'data_dir = "/x"',
            "data_dir cannot be set in the file, which is found by it; set DOCSPASTA_DATA_DIR in the environment",
        ),
        ("qstash_concurrency = 0", "qstash_concurrency: must be at least 1"),
        ('qstash_concurrency = "many"', "qstash_concurrency: must be a valid integer"),
        ("allow_private = [1]", "allow_private.0: must be a valid string"),
        ('allow_private = ["a b"]', "allow_private: 'a b' is not a host, host:port, address or CIDR range"),
        ('broker_allow = ["x:1"]', "broker_allow: 'x:1' must start with http:// or https://"),
        ("database_url = true", "database_url: must be a valid string"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'docspasta.toml'}: {says}"


def test_all_faults_are_told_at_once_each_by_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "workers = 0\nmax_depth = 101", {"QSTASH_MAX_RETRIES": "11"})
    file = tmp_path / "docspasta.toml"
    assert str(caught.value).split("\n") == [
        "QSTASH_MAX_RETRIES: must be at most 10",
        f"{file}: max_depth: must be at most 100",
        f"{file}: workers: must be at least 1",
    ]


def test_a_fault_between_two_settings_says_which_stands_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^DOCSPASTA_MAX_PAGES: 11 is more.*docspasta\.toml: max_pages_cap\.\)$"):
        load(tmp_path, "max_pages_cap = 10", {"DOCSPASTA_MAX_PAGES": "11"})


@pytest.mark.parametrize("content", [b"max_pages = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "docspasta.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"docspasta\.toml is not TOML: "):
        Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)})


def test_a_secret_of_the_file_is_not_told(tmp_path: Path) -> None:
    for text in ('qstash_token = "canary-token"', 'qstash_token = "canary-token', "qstash_token = ['canary']"):
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, text)
        assert "canary" not in str(caught.value)


def test_a_table_of_tables_stands_in_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "docspasta.toml"
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "sites": "x"}
    file.write_text('[sites."docs.example"]\ndelay_seconds = 2\nbasic_auth = "u:canary"\n')
    loaded = Settings.load(environ)
    assert loaded.settings.sites["docs.example"].delay_seconds == 2
    assert loaded.origins["sites"] is Origin.FILE
    assert "canary" not in str(masked(loaded.settings.sites))
    file.write_text('[sites."docs.example"]\ndelay_seconds = -2\nbasic_aut = "u:p"\ncolour = 1\n')
    with pytest.raises(ConfigError) as caught:
        Settings.load(environ)
    assert str(caught.value).split("\n") == [
        f'{file}: sites."docs.example".delay_seconds: must be at least 0',
        f'{file}: sites."docs.example".basic_aut: is not known; did you mean basic_auth?',
        f'{file}: sites."docs.example".colour: is not known; docs/configuration.md lists them',
    ]


def test_the_command_shows_what_is_in_force_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docspasta.toml").write_text("max_pages = 7\n")
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOCSPASTA_WORKER", "4")
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:canary/p@w@db.example/docs?sslpassword=canary")
    for name, value in QSTASH.items():
        monkeypatch.setenv(name, value)
    assert run_here("config") == 0
    printed = capfd.readouterr()
    lines = [line.split() for line in printed.out.splitlines()]
    assert lines[0] == ["file:", str(tmp_path / "docspasta.toml")]
    assert ["max_pages", "7", "file"] in lines
    assert ["max_depth", "10", "default"] in lines
    assert ["qstash_token", "**********", "QSTASH_TOKEN"] in lines
    assert ["database_url", "postgresql+psycopg://…@db.example/docs?…", "DATABASE_URL"] in lines
    assert "DOCSPASTA_WORKER is not a setting; did you mean DOCSPASTA_WORKERS?" in printed.err
    assert run_here("config", "--json") == 0
    as_json = capfd.readouterr().out
    told = {row["name"]: row for row in json.loads(as_json)["settings"]}
    assert told["max_pages"] == {"name": "max_pages", "variable": "DOCSPASTA_MAX_PAGES", "value": 7, "from": "file"}
    assert set(told) == set(Settings.model_fields)
    assert "canary" not in printed.out + printed.err + as_json


def test_the_command_tells_a_fault_as_every_command_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    assert run_here("config") == 0
    assert f"no file: {tmp_path / 'docspasta.toml'} is not there" in capfd.readouterr().out
    (tmp_path / "docspasta.toml").write_text("max_page = 7")
    assert run_here("config") == run_here("jobs") == 2
    told = f"docspasta-mcp: {tmp_path / 'docspasta.toml'}: max_page is not a setting; did you mean max_pages?\n"
    assert capfd.readouterr().err == told * 2


def test_a_mistyped_variable_is_a_warning_of_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOCSPASTA_WORKER", "4")
    assert run_here("jobs") == 0
    assert "DOCSPASTA_WORKER is not a setting; did you mean DOCSPASTA_WORKERS?" in capfd.readouterr().err
