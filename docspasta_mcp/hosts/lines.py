"""What a person reads of a host: the lines that belong into its file, and where that file lies."""

from pathlib import Path

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.hosts.config_text import Entry
from docspasta_mcp.hosts.launch import Launch
from docspasta_mcp.hosts.table import Host, Machine


def lines_to_paste(host: Host, name: str, launch: Launch) -> str:
    """Return the whole of a configuration that holds this server alone, for a person to paste.

    Raises:
        ConfigError: the host cannot hold such a server.
    """
    return host.format.put("", host.servers, name, entry_for(host, name, launch))


def entry_for(host: Host, name: str, launch: Launch) -> Entry:
    """Return a server's entry in the form that a host reads.

    Raises:
        ConfigError: the host cannot hold such a server.
    """
    if launch.url and not host.remote:
        raise ConfigError(
            f"{host.title} takes no URL in its file. Add {launch.url} under Settings > Connectors instead."
        )
    if launch.token_variable and host.token is None:
        raise ConfigError(
            f"{host.title} reads no environment variables in its file. Install without --token-env, then add the "
            f'header "Authorization": "Bearer …" to the entry yourself.'
        )
    token = host.token.format(launch.token_variable) if launch.token_variable and host.token else ""
    return host.entry(name, launch, token)


def usual_path(host: Host, system: str) -> str:
    """Return where a host's file lies on a system, as people write it; an empty string for one set up by hand."""
    if host.file is None:
        return ""
    if system == "win32":
        machine = Machine(system, Path("%USERPROFILE%"), {"APPDATA": "%APPDATA%"})
        return str(host.file(machine)).replace("/", "\\")
    return host.file(Machine(system, Path("~"), {})).as_posix()
