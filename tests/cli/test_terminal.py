"""What a person at a terminal reads: their own commands, never calls of tools; figures in the right number."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from docspasta_mcp.__main__ import main
from docspasta_mcp.runtime.tuning import resume_collector
from docspasta_mcp.wording import REST, TERMINAL, TOOLS
from tests.sites import Answer, Site, page
from tests.test_whole_crawl import run_here

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, manual_site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command over an empty store; returns the exit code, stdout and stderr."""
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DOCSPASTA_ALLOW_PRIVATE", f"127.0.0.1:{manual_site.port}")
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run_here(*arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return ran


@pytest.fixture
def manual(manual_site: Site) -> str:
    """The URL of a manual of three pages, the last of which is long."""
    top = f"/{uuid4().hex}/"
    links = tuple(top + name for name in ("", "one.html", "two.html"))
    steps = "".join(f"<p>Step {number}: turn the sprocket a little further than before.</p>" for number in range(400))
    manual_site.pages |= {
        top: page("Sprockets", links=links),
        f"{top}one.html": page("One sprocket", links=links),
        f"{top}two.html": page("Two sprockets", f"<h2>Steps</h2>{steps}", links=links),
    }
    return manual_site.url + top


def test_a_smaller_budget_prints_the_pages_that_were_asked_for(run: Run, manual: str) -> None:
    assert run("crawl", manual, "--scope", "prefix")[0] == 0
    code, out, err = run("crawl", f"{manual}one.html", "--scope", "prefix", "--max-pages", "1")
    assert (code, [line for line in out.splitlines() if line.startswith("# ")]) == (0, ["# One sprocket"])
    assert "The manual is there already, with 3 pages: the page that you named is printed." in err
    code, out, err = run("crawl", manual, "--scope", "prefix", "--max-pages", "2", "--format", "map")
    assert (code, len(out.splitlines())) == (0, 2)
    assert "the page that you named and the 1 page after it are printed" in err
    assert len(run("crawl", manual, "--scope", "prefix")[1].split("\n# ")) == 4  # without a budget: all, with a head


def test_a_mistyped_page_hides_no_manual_that_is_there_and_takes_no_pin(run: Run, manual: str) -> None:
    job = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2].split()[1].rstrip(":")
    assert run("pin", job)[0] == 0
    code, _, err = run("crawl", f"{manual}nosuch.html", "--scope", "prefix", "-o", "n.md")
    assert (code, "3 pages done, 1 failed (1 http_404), 0 skipped;" in err) == (3, True)
    (listed,) = json.loads(run("docs", "--json")[1])["docs"]
    assert (listed["job_id"], listed["newest_state"], listed["newer"]) == (job, "partial", 1)
    assert " never " in run("docs")[1]


@pytest.mark.programs
def test_who_stops_a_crawl_is_told_how_it_goes_on_and_it_does(
    run: Run, manual: str, manual_site: Site, tmp_path: Path
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()
    two = str(manual_site.pages[(path := urlsplit(manual).path) + "two.html"])
    held = Answer(two, before=lambda: (is_asked.set(), may_answer.wait(60)))
    manual_site.pages[f"{path}two.html"] = held
    command = [sys.executable, "-m", "docspasta_mcp", "crawl", manual, "--scope", "prefix"]
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what a shell starts behind `&` ignores it
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed) as process:  # noqa: PLW1509
        assert process.stderr
        job = process.stderr.readline().split()[1].rstrip(":")
        assert is_asked.wait(60)
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    may_answer.set()
    assert process.returncode == 130
    assert f"docspasta-mcp: Interrupted. Job {job} is kept. Start `docspasta-mcp serve`" in told
    assert "or the same crawl again: it resumes." in told
    code, out, err = run("crawl", manual, "--scope", "prefix")
    assert (code, len(out.split("\n# ")), err.split()[1]) == (0, 4, f"{job}:")
    assert "This crawl had begun before: what it has read is kept, and it goes on where it stopped." in err
    assert "--force-refresh" not in err
    assert "--force-refresh" in run("crawl", manual, "--scope", "prefix")[2]


@pytest.mark.parametrize("module", ["docspasta_mcp.cli.app", "docspasta_mcp.server.wiring"])
def test_who_stops_a_command_before_it_has_begun_is_answered_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path, module: str
) -> None:
    class Stopped:
        def find_spec(self, name: str, *_: object) -> None:
            if name == module:
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "meta_path", [Stopped(), *sys.meta_path])
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["docspasta-mcp", "crawl", "https://docs.example/"])
    with pytest.raises(SystemExit) as ended:
        main()
    resume_collector()
    assert (ended.value.code, capfd.readouterr()) == (130, ("", "docspasta-mcp: Interrupted.\n"))


def test_every_next_step_is_a_command_and_none_is_a_call(run: Run, manual: str) -> None:
    told = "".join(run("docs")[1:]) + "".join(run("search", "sprocket")[1:])
    assert told.count("`docspasta-mcp crawl URL`") == 2
    crawled = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2]
    job = crawled.split()[1].rstrip(":")
    told += "".join(run("status", job)[1:])
    assert f"`docspasta-mcp result {job} --query" in told
    found = run("result", job, "--query", "turn the sprocket", "--max-tokens", "600")[1]
    reference = f"[continues: docspasta-mcp result {job} --at '"
    assert reference in found
    place = found.partition(reference)[2].partition("'")[0]
    assert "turn the sprocket" in run("result", job, "--at", place)[1]
    _, begun, more = run("result", job, "--at", "1", "--max-tokens", "500")
    _, followed, _ = run("result", job, "--cursor", more.partition("more: --cursor ")[2].strip())
    whole = run("result", job, "--at", "1", "--max-tokens", "20000")[1]
    assert (begun.split() + followed.split(), len(begun) < len(whole)) == (whole.split(), True)
    told += found + run("search", "turn the sprocket", "--max-tokens", "600")[1]
    for arguments in (
        ("result", job, "--query", "sprocket", "--cursor", "x"), ("search", "sprocket", "--cursor", "x"),
        ("result", "nosuch"), ("result", job, "--page", "99"), ("docs", "nosuch"), ("docs", "--json"),
        ("search", "zebra"), ("crawl", f"{manual}nosuch/", "--scope", "prefix"), ("cancel", job),
    ):  # fmt: skip
        told += "".join(run(*arguments)[1:])
    for call in ("get_result", "get_status", "start_crawl", "list_docs", "search_docs", "next_cursor of", "GET /"):
        assert call not in told, told


def test_one_of_something_is_told_in_the_singular(run: Run, manual: str) -> None:
    err = run("crawl", f"{manual}one.html", "--max-pages", "1", "-o", "one.md")[2]
    assert "up to 1 page\n" in err
    assert "completed: 1 page done" in err
    assert "\n\n1 page, about" in Path("one.md").read_text()
    assert "from 1 of 1 manual\n" in run("search", "sprocket")[2]
    assert "No passage of 1 manual has any" in run("search", "zebra")[2]
    assert "No passage of 1 manual has any of these words: --turn-back." in run("search", "--turn-back")[2]
    assert "has any of these words: zebra.\n" in run("search", "zebra zebra")[2]
    assert "No passage of 1 manual speaks of @@.\n" in run("search", "@@ @@")[2]
    assert "has any of these words: zebra.\n" in run("result", f"{manual}one.html", "--query", "zebra zebra")[1]


def test_a_cursor_is_told_after_the_text(manual: str, run: Run) -> None:
    job = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2].split()[1].rstrip(":")
    ran = subprocess.run(
        [sys.executable, "-m", "docspasta_mcp", "result", job, "--query", "sprocket", "--max-tokens", "500"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1].startswith("more: --cursor ")


def test_an_option_that_is_not_there_is_a_query_only_by_itself(run: Run) -> None:
    for arguments in (("--max-tokn", "9", "word"), ("word", "--max-tokn", "9"), ("word", "--max-tokn")):
        assert "No such option: --max-tokn" in run("search", *arguments)[2]
    for arguments in (("--amend", "--max-tokns", "9"), ("--max-tokns", "9", "--amend")):  # one of them may be the query
        assert "No such option: --max-tokns" in run("search", *arguments)[2]
    assert "No such option: --zzz" in run("search", "--zzz", "word")[2]
    assert "unexpected extra argument" in run("search", "word", "another")[2]
    assert "There is no manual to search" in run("search", "--max-tokn")[2]
    assert "Missing argument" in run("search")[2]


def test_each_door_names_its_own_calls() -> None:
    for name in TOOLS.__slots__:
        for_tools, for_people, for_scripts = getattr(TOOLS, name), getattr(TERMINAL, name), getattr(REST, name)
        assert "docspasta-mcp" not in for_tools + for_scripts
        assert not any(call in for_people for call in ("get_", "start_crawl", "_docs", "next_cursor", "/api/"))
        assert not any(call in for_scripts for call in ("get_", "start_crawl", "_docs"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("crawl", "./nosuch.md"), "nosuch.md is not there: give a folder, an archive or a file of documentation."),
        (("convert", "book.epub"), "book.epub: It is binary data, not a page. docspasta-mcp crawl FILE reads it."),
        (("crawl", "nosuch.pdf"), "There is no file or folder 'nosuch.pdf' here, and no host of this name."),
        (
            ("crawl", "10.1.2.3/manual.md"),
            "There is no file or folder '10.1.2.3/manual.md' here. As an address: 10.1.2",
        ),
        (("crawl", "http://10.1.2.3:8080/"), "To allow it: DOCSPASTA_ALLOW_PRIVATE=10.1.2.3:8080 docspasta-mcp crawl"),
        (("crawl", "http://[fd00::1]/"), "DOCSPASTA_ALLOW_PRIVATE=[fd00::1]:80 docspasta-mcp"),
        (
            ("crawl", "htp:/foo"),
            "'htp:/foo' begins with 'htp:/': the address of a documentation page begins with https",
        ),
        (("crawl", "mailto:ann@example.com"), "begins with 'mailto:'"),
        (
            ("crawl", "./bare"),
            "/bare, where the crawl starts, cannot be read: The folder has no page. Files that end with .html,",
        ),
        (
            ("crawl", "./texts"),
            "/texts, where the crawl starts, cannot be read: The folder has no page. Files that end",
        ),
        (
            ("crawl", "./data"),
            "/data, where the crawl starts, cannot be read: It has the content type application/json",
        ),
        (("crawl", "bad.yaml"), "cannot be read: It is neither valid JSON nor valid YAML (line 3)."),
        (("convert", "page.html", "page.html", "-o", "one.md"), "one.md is a file, and -o takes a folder"),
        (("schedule", "add", "bare", "--cron", "0 3 * * 1"), "DOCSPASTA_FOLDERS=NAME=/"),
        (("schedule", "add", "nosuch", "--cron", "0 3 * * 1"), "There is no file or folder 'nosuch' here. A host of"),
        (("schedule", "add", "./nosuch", "--cron", "0 3 * * 1"), "'./nosuch' is on this machine"),
        (("schedule", "add", "folder:nosuch", "--cron", "0 3 * * 1"), "No folder 'nosuch' has a name on this server"),
    ],
)
def test_what_cannot_be_meant_is_told_with_the_way_out(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "picture.png").write_bytes(b"")
    for name in ("texts/a.txt", "data/data.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text('{"a": 1}')
    (tmp_path / "page.html").write_text("<main><h1>Page</h1></main>")
    (tmp_path / "one.md").write_text("mine")
    (tmp_path / "book.epub").write_bytes(b"PK\x03\x04\x00\x00\xff")
    (tmp_path / "bad.yaml").write_text("openapi: 3.0.1\npaths: [a\ninfo: }")
    code, _, err = run(*arguments)
    assert code in (1, 2)
    assert words in " ".join(err.replace("│", " ").split())
    assert (tmp_path / "one.md").read_text() == "mine"
    assert not run("schedule", "list")[1]


def test_a_word_is_a_file_that_is_not_here_rather_than_a_host_to_be_opened(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCSPASTA_ALLOW_PRIVATE")
    code, _, err = run("crawl", "handbok")
    assert (code, "There is no file or folder 'handbok' here." in err, "ALLOW_PRIVATE" in err) == (2, True, False)


def test_the_same_schedule_twice_is_one(run: Run, manual: str) -> None:
    first = run("schedule", "add", manual, "--cron", "0 3 * * 1", "--include", "a*")
    again = run("schedule", "add", manual, "--cron", "0 3 * * 1", "--include", "a*")
    assert (again[0], again[1]) == (0, first[1])
    assert "was already crawled at" in again[2]
    assert run("schedule", "add", manual, "--cron", "0 3 * * 1")[1] != first[1]
    assert len(run("schedule", "list")[1].split("0 3 * * 1 (UTC)")) == 3
    assert run("schedule", "add", manual, "--cron", "CRON_TZ=Asia/Tokyo 0 3 * * 1")[2].endswith(
        "crawled at CRON_TZ=Asia/Tokyo 0 3 * * 1, while docspasta-mcp runs.\n"
    )


def test_a_terminal_without_a_command_gets_the_help_and_a_host_the_server(tmp_path: Path) -> None:
    command, environ = [sys.executable, "-m", "docspasta_mcp"], {**os.environ, "DOCSPASTA_DATA_DIR": str(tmp_path)}
    ours, theirs = pty.openpty()
    ended = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=60, env=environ, check=False)
    os.close(ours)
    os.close(theirs)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Usage: docspasta-mcp" in ended.stdout
    assert "`docspasta-mcp stdio` serves MCP here" in ended.stdout
    served = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=environ, check=False
    )
    assert (served.returncode, served.stdout) == (0, b"")


@pytest.mark.parametrize(
    "arguments", [("-h",), ("help",), ("crawl", "-h"), ("help", "crawl"), ("help", "schedule", "add")]
)
def test_help_is_where_people_look_for_it(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, _ = run(*arguments)
    assert (code, out.startswith("Usage: docspasta-mcp")) == (0, True)
    assert "<bool>" not in out
    if "crawl" in arguments:
        assert "DOCSPASTA_MAX_PAGES (500) if not given" in " ".join(out.split())
    assert run("help", "crawll")[0] == 2


def test_what_is_empty_says_so_and_lists_have_headings(run: Run, manual: str) -> None:
    for arguments, words in (
        (("jobs",), "There is no job yet"),
        (("docs",), "There is no manual yet"),
        (("schedule", "list"), "There is no schedule"),
        (("token", "list"), "There is no token"),
    ):
        code, out, err = run(*arguments)
        assert (code, out) == (0, "")
        assert words in err
    assert run("token", "create", "ann")[0] == 0
    assert run("token", "list")[1].splitlines()[0].split() == ["token", "owner", "made", "until", "role"]
    code, out, err = run("token", "create", "ann", "--days", "0")
    assert (code, out) == (2, "")
    assert "would have expired already" in err
    assert "1 token revoked, 0 jobs and 0 schedules deleted" in run("token", "revoke", "ann")[2]
    assert run("schedule", "add", manual, "--cron", "0 3 * * 1")[0] == 0
    assert run("schedule", "list")[1].startswith("schedule ")


@pytest.mark.parametrize(
    "arguments",
    [("crawl", "https://d.example/\udcff"), ("result", "\udcff"), ("status", "\udcff"), ("cancel", "\udcff"),
     ("delete", "\udcff"), ("retry", "\udcff"), ("export", "\udcff", "-o", "x"), ("pin", "\udcff"), ("search", "\udcff"),
     ("schedule", "add", "https://d.example/\udcff", "--cron", "0 3 * * 1"), ("schedule", "remove", "\udcff"),
     ("search", "install", "--doc", "\udcff"), ("token", "create", "\udcff"), ("token", "revoke", "\udcff"),
     ("crawl", "d.example", "--dry-run", "--include", "/\udcff"), ("import", "\udcff")],
)  # fmt: skip
def test_a_byte_that_is_not_utf_8_is_a_wrong_argument_like_any_other(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 3


def test_lists_name_a_folder_by_its_path_and_fit_a_narrow_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "README.md").write_text("# Handbook\n\nHow everything that we make is made, told from its start.\n")
    assert f"reading the manual that {folder} belongs to" in run("crawl", "handbook", "-o", "h.md")[2]
    for command, last in (("jobs", str(folder)), ("docs", f"Handbook · {folder}")):
        wide = run(command)[1].splitlines()
        assert (len(wide), wide[1].endswith(f"  {last}")) == (2, True)
        with monkeypatch.context() as narrow:
            narrow.setenv("COLUMNS", "80")
            narrow.setattr(sys.stdout, "isatty", lambda: True)
            lines = run(command)[1].splitlines()
        assert (len(lines), lines[3], wide[1].startswith(lines[2])) == (4, f"    {last}", True)


def test_the_path_of_a_folder_that_was_crawled_names_its_manual_and_nothing_in_it_does(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "handbook"
    (folder / "shop").mkdir(parents=True)
    (folder / "README.md").write_text(
        "# Handbook\n\nHow all that we make is made. See [the shop](shop/two words.md).\n"
    )
    (folder / "shop" / "two words.md").write_text("# The shop\n\nThe shop has sprockets that people turn all day.\n")
    job = run("crawl", "handbook", "-o", "h.md")[2].split()[1].rstrip(":")
    for name in ("handbook", "./handbook/", str(folder), f"file://{folder}"):
        assert f'"job_id": "{job}"' in run("status", name)[1], name
    assert run("docs", str(folder))[1].splitlines()[1].startswith(job)
    assert run("docs", "handbook")[1].splitlines()[1].startswith(job)
    assert "is not a manual that you have" not in run("search", "sprockets", "--doc", "handbook")[2]
    assert run("export", "handbook")[2] == f"wrote 4 files to docspasta-{job}\n"
    assert run("export", "handbook", "--as", "skill")[2].endswith(f" to docspasta-{job}-skill\n")
    assert run("export", "./handbook", "--as", "epub")[2] == f"wrote docspasta-{job}.epub\n"
    assert "people turn all day" in run("search", "sprockets", "--doc", str(folder))[1]
    assert run("search", "sprockets", "--doc", str(tmp_path))[0] == 2
    monkeypatch.chdir(folder)
    for name in ("./shop", "./shop/two words.md", "./mistyped", "shop", "~nobody-of-this-name"):
        assert run("delete", name)[0] == 2, name
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbook" / "README.md").rename(tmp_path / "kept.md")
    (tmp_path / "handbook" / "README.md").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "handbook" / "shop" / "two words.md").rename(tmp_path / "words.md")
    failed = run("crawl", "handbook", "--force-refresh", "-o", "h.md")[2].split()[1].rstrip(":")
    assert run("export", "handbook", "--as", "llms")[1].startswith("# Handbook\n")  # of the crawl that can be read
    run("delete", failed)
    (tmp_path / "kept.md").rename(tmp_path / "handbook" / "README.md")
    (tmp_path / "words.md").rename(tmp_path / "handbook" / "shop" / "two words.md")
    (tmp_path / "sprockets").touch()
    assert run("docs", "sprockets")[2].startswith("No manual")  # a word, though a file is called so
    again = run("crawl", "handbook", "--force-refresh", "-o", "h.md")[2].split()[1].rstrip(":")
    run("pin", again)
    deleted = f"deleted job {again} of {folder}, 2 pages, which was pinned\n1 other crawl of it is kept: {job}\n"
    assert run("delete", "handbook")[2] == deleted
    assert run("delete", "Handbook")[2] == f"deleted job {job} of {folder}, 2 pages\n"  # by its title
    code, _, error = run("status", "handbook")
    assert (code, error.startswith(f"docspasta-mcp: No job {str(folder)!r}. ")) == (2, True)


def test_an_exported_folder_is_known_by_what_it_is_and_other_archives_are_refused(run: Run, manual: str) -> None:
    job = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2].split()[1].rstrip(":")
    run("export", job)
    made = shutil.make_archive("pages", "zip", f"docspasta-{job}")
    assert run("import", str(Path(made).rename("pages.bin")))[2].startswith("imported 3 pages of ")
    Path("cut.zip").write_text("no archive")
    assert "cut.zip cannot be read" in run("import", "cut.zip")[2]
    shutil.make_archive("pages", "gztar", f"docspasta-{job}")
    assert "pages.tar.gz is an archive of another kind than .zip: unpack it" in run("import", "pages.tar.gz")[2]


def test_a_dry_run_is_written_where_it_is_asked_for(run: Run, manual: str, tmp_path: Path) -> None:
    code, out, err = run("crawl", manual, "--dry-run", "-o", "seen.json")
    assert (code, out, err) == (0, "", "wrote seen.json\n")
    assert json.loads((tmp_path / "seen.json").read_text())["seed_url"] == manual


def test_stopping_and_deleting_say_what_became_of_the_job(run: Run, manual: str) -> None:
    job = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2].split()[1].rstrip(":")
    assert f"job {job} had ended already: it is completed; 3 pages can be read\n" in run("cancel", job)[2]
    assert run("result", job, "--page", "3")[1].startswith("# Two sprockets")
    assert f"deleted job {job} of {manual}, 3 pages\n" in run("delete", job)[2]
    assert run("result", job)[0] == 2


def test_pages_that_failed_are_tried_again_and_nothing_else_is_asked_for(
    run: Run, manual: str, manual_site: Site
) -> None:
    one, two = (f"{manual}{name}.html" for name in ("one", "two"))
    whole = {url: manual_site.pages[url.removeprefix(manual_site.url)] for url in (one, two)}
    for url in whole:
        manual_site.pages[url.removeprefix(manual_site.url)] = Answer("Forbidden", status=403)
    job = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2].split()[1].rstrip(":")
    code, _, err = run("retry", job, one)
    assert (code, "partial: 1 page done, 2 failed" in err) == (1, True)
    manual_site.pages |= {url.removeprefix(manual_site.url): page for url, page in whole.items()}
    manual_site.requests.clear()
    code, _, err = run("retry", job[:6], one)
    assert (code, f"job {job}: 1 page to read\n" in err) == (0, True)
    assert "partial: 2 pages done, 1 failed" in err
    assert set(manual_site.requests) == {"/robots.txt", one.removeprefix(manual_site.url)}
    code, _, err = run("retry", job)
    assert (code, "completed: 3 pages done, 0 failed" in err) == (0, True)
    assert run("result", job, "--page", "3")[1].startswith("# Two sprockets")


def test_what_cannot_be_tried_again_says_why(run: Run, manual: str) -> None:
    job = run("crawl", manual, "--scope", "prefix", "-o", "m.md")[2].split()[1].rstrip(":")
    for arguments, told in (
        ((job,), "No page of this crawl failed: there is nothing to try again."),
        ((job, f"{manual}one.html"), "is not among the pages of this crawl that failed; its coverage lists them."),
        (("nosuch",), "No job 'nosuch'."),
    ):
        code, out, err = run("retry", *arguments)
        assert (code, out) == (2, "")
        assert told in err


def test_no_help_speaks_of_types_of_python(run: Run) -> None:
    for command in ("install", "search", "result", "sync", "crawl", "schedule add"):
        assert not re.search(r"^  -.*<(?:list|Path|bool)\b", run("help", *command.split())[1], re.MULTILINE), command


def test_the_list_of_commands_says_what_each_does_in_whole_sentences(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for command in ((), ("dlq",), ("schedule",), ("token",)):
        assert "..." not in run(*command, "--help")[1].split("Commands:")[1]
