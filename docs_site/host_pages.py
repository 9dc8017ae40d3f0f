"""Write `docs/hosts/`, one page for each MCP host, from the table that `docspasta-mcp install` uses.

    python -m docs_site.host_pages

A test compares the pages with the table, so run this after changing it.
"""

from pathlib import Path

from docspasta_mcp.hosts.launch import PROGRAM, Launch
from docspasta_mcp.hosts.lines import lines_to_paste, usual_path
from docspasta_mcp.hosts.table import HOSTS, Host

FOLDER = Path(__file__).parent.parent / "docs" / "hosts"
_LOCAL = Launch(PROGRAM)
_SYSTEMS = (("Linux", "linux"), ("macOS", "darwin"), ("Windows", "win32"))
_INDEX_HEAD = f"""# Hosts

`{PROGRAM} install` lists the hosts that it finds on this machine. `{PROGRAM} install HOST` writes the server
into the host's configuration: it shows the change, keeps everything else in the file, comments too, and keeps a copy
of the file as it was. `--print` only prints the lines, `--remove` takes them out again, `--env NAME=VALUE` adds a
[setting](../configuration.md).

| host | command | set up by |
|---|---|---|
"""


def host_pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {"index.md": _index()} | {f"{host.key}.md": _page(host) for host in HOSTS}


def _index() -> str:
    rows = [f"| [{host.title}]({host.key}.md) | `{PROGRAM} install {host.key}` | {_way(host)} |\n" for host in HOSTS]
    return _INDEX_HEAD + "".join(rows)


def _way(host: Host) -> str:
    if host.own is not None:
        return f"its own program `{host.own.program}`, else its file"
    return "hand: the command prints what to paste" if host.file is None else "its file"


def _page(host: Host) -> str:
    parts = [f"# {host.title}", _install(host)]
    if host.after:
        parts.append(f"Afterwards: {host.after}")
    if host.file is not None:
        parts += ["## Its file", _files(host)]
    parts += ["## The lines", _lines(host, _LOCAL)]
    parts.append(
        "`install` writes the program's full path, since an application does not always have your shell's PATH."
    )
    parts += ["## A server that runs elsewhere", *_remote(host)]
    remove = f"```text\n{PROGRAM} install {host.key} --remove\n```" if host.file else "Remove it where you pasted it."
    parts += ["## Take it out again", remove]
    return "\n\n".join(parts) + "\n"


def _install(host: Host) -> str:
    written = "shows the change and writes it into the host's configuration."
    does = written if host.file else "prints the lines for you to paste; this host is set up by hand."
    own = f" Where the program `{host.own.program}` is installed, that makes the change instead." if host.own else ""
    own += " A copy of the file as it was stays beside it." if host.file else ""
    return f"```text\n{PROGRAM} install {host.key}\n```\n\nThis {does}{own}"


def _files(host: Host) -> str:
    rows = [f"| {name} | `{usual_path(host, system)}` |" for name, system in _SYSTEMS]
    return "\n".join(["| system | file |", "|---|---|", *rows])


def _lines(host: Host, launch: Launch) -> str:
    return f"```{host.format.name.lower()}\n{lines_to_paste(host, 'docspasta', launch).rstrip()}\n```"


def _remote(host: Host) -> list[str]:
    if not host.remote:
        return [f"{host.title}'s file takes no URL. Add a remote server in its own settings, as a connector."]
    variable = "DOCSPASTA_TOKEN" if host.token else ""
    option = f" --token-env {variable}" if variable else ""
    command = f"```text\n{PROGRAM} install {host.key} --url https://docs.example.org/mcp{option}\n```"
    said = f"The token is read from the environment variable `{variable}`, so it does not stand in the file."
    without = "Its file cannot name an environment variable: add the header `Authorization: Bearer …` yourself."
    lines = _lines(host, Launch(url="https://docs.example.org/mcp", token_variable=variable))
    return [command, said if variable else without, lines]


def main() -> None:
    """Write the pages, and remove those of hosts that are gone."""
    FOLDER.mkdir(exist_ok=True)
    pages = host_pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
