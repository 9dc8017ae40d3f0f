"""What defines an exact name is found first, however it is asked for and wherever the manual writes it."""

import re

import pytest

from docspasta_mcp.document.search.exact_names import heading_name, written_names
from docspasta_mcp.jobs.results import search_slice
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.store import Store
from tests.store.test_search_index import stored

FILLER = "Words of a text that goes on about append, map, member and open without saying what they are. " * 6


def section(name: str, says: str) -> str:
    return f"### `{name}`\n\n{says} {FILLER}\n\n"


PAGES = (
    f"# Overview\n\nHow append/3, lists:map/2, Enum.map/2 and File::open are used. {FILLER}{FILLER}\n",
    "# lists\n\n"
    + section("append(?List1, ?List2, ?Both)", "Both is the two lists.")
    + section("append(+Lists, ?List)", "List is all of the lists.")
    + section("map(Fun, List1) -> List2", "Calls it for each element of a list.")
    + section("member(?Element, ?List)", "True for an element."),
    "# Enum\n\n" + section("map(enumerable, fun)", "Calls it for each of an enumerable."),
    "# maps\n\n" + section("map(Fun, Map)", "Calls it for each key."),
    "# File\n\n" + section("open(name, mode)", "Opens a file.") + section("close()", "Closes it."),
    "# Window\n\n" + section("open(title)", "Shows a window."),
    "# Codes\n\n" + section("404 Not Found", "Nothing is there.") + section("ENOENT: no such file", "Is not there."),
    "# Grammars\n\n" + section("[nondet]phrase_from_file(:Grammar, +File)", "Parses a file.") + f"{FILLER}phrase. " * 3,
    "# More\n\n"
    + section("phrase(:Body, ?List)", "Parses a list.")
    + "\n\n## SortRule Directive\n\nSorts by a rule.\n",
    f"# Depths\n\n`depth`\n  What the depth of a depth is. {FILLER}\n\n`--depth`\n  Goes so deep. {FILLER}\n",
    "# Operators\n\n"
    + f"`??`\n  The other value where one is null. {FILLER}\n\n**`*`** ($\\*)\n  All words as one. {FILLER}\n\n"
    + f"`?` (\\$?)\n  The status. {FILLER}\n\n## Copy & paste\n\nTwice. {FILLER}\n\n"
    + f"| Operator | Meaning |\n| --- | --- |\n| `&&` | both |\n| `\\|\\|` | one of both |\n| - | less |\n\n{FILLER}\n\n"
    + f"| Sign | Also |\n| --- | --- |\n| elvis | `?\\|` |\n\n{FILLER}\n\n## The & sign\n\n`&`\n  In the background. {FILLER}\n\n"
    + f"## The `:=` assignment\n\nNames a value. {FILLER}\n\n## Rest\n\nWhat `!` reverses.\n",
    f"# Options\n\n{FILLER}\n\n`-D`, `--define`\n  Defines a macro. {FILLER}\n\n`--color`\n  Colours. {FILLER}\n",
)

COMMANDS = (
    f"# tool-clone(1) Manual Page\n\n## NAME\n\ntool-clone - Copies a store\n\n## SYNOPSIS\n\nSo. {FILLER}\n",
    f"# tool-log(1) Manual Page\n\n## NAME\n\ntool-log - Tells what was\n\n## DESCRIPTION\n\nAlso of a clone. {FILLER}\n",
    f"# other(1) Manual Page\n\n## COMMANDS\n\n`clone`\n  To clone a clone. {FILLER}\n\n`--clone`\n  Clones. {FILLER}\n\n"
    + f"`log`\n  The tool log of a tool. {FILLER}\n",
    f"# Files\n\n{FILLER}\n\n`$TOOL_DIR/config`\n  Of TOOL_DIR, the TOOL_DIR. {FILLER}\n",
    f"# mask-place\n\nWhere the mask is, as place has it. {FILLER}\n",
    f"# mask-size\n\nHow large it is at its place. {FILLER}\n",
    f"# place\n\nWhere a thing is. {FILLER}\n",
    f"# source-map\n\nA map of lines. {FILLER}\n",
    f"# Arrays\n\n{FILLER}\n\n## map(callback)\n\nCalls it for each. {FILLER}\n",
    f"# encoding/json\n\nReads and writes. {FILLER}\n",
    f"# xml json notes\n\nOf json and xml json. {FILLER}\n",
    f"# Environment\n\n{FILLER}\n\n`TOOL_DIR`\n  Where the tool is. {FILLER}\n",
)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("clone", "Copies a store"),
        ("tool clone", "Copies a store"),
        ("what does tool log do?", "Tells what was"),
        ("--clone", "Clones."),
        ("place", "Where a thing is."),
        ("map()", "Calls it for each."),
        ("map", "Calls it for each."),
        ("json", "Reads and writes."),
        ("TOOL_DIR", "Where the tool is."),
        ("$TOOL_DIR/config", "Of TOOL_DIR"),
    ],
)
async def test_a_page_about_a_command_comes_before_what_is_called_alike(store: Store, asked: str, says: str) -> None:
    job = await stored(store, *COMMANDS)
    found = await search_slice(store, job, Choice(query=asked), max_tokens=800)
    first = re.split(r"^\[continues", found.text, flags=re.MULTILINE)[0]
    assert says in first


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("append/3", "Both is the two lists."),
        ("append/2", "List is all of the lists."),
        ("append(A, B, C)", "Both is the two lists."),
        ("lists:map/2", "Calls it for each element of a list."),
        ("maps:map/2", "Calls it for each key."),
        ("Enum.map/2", "Calls it for each of an enumerable."),
        ("Enum.map(list, fun)", "Calls it for each of an enumerable."),
        ("File::open", "Opens a file."),
        ("file->open", "Opens a file."),
        ("Window#open", "Shows a window."),
        ("window.html#open", "Shows a window."),
        ("handle->close()", "Closes it."),
        ("HTTP 404", "Nothing is there."),
        ("errno ENOENT", "Is not there."),
        ("-D NAME", "Defines a macro."),
        ("--color=WHEN", "Colours."),
        ("-D", "Defines a macro."),
        ("phrase/2", "Parses a list."),
        ("SortRule", "Sorts by a rule."),
        ("--depth=1", "Goes so deep."),
        ("what does ?? do?", "The other value where one is null."),
        ("the difference between $* and member", "All words as one."),
        ("is (&&) faster?", "| `&&` | both |"),
        ("||", "one of both"),
        ("$?", "The status."),
        ("?|", "| elvis |"),
        ("-", "| - | less |"),
        ("`&`", "In the background."),
        ("What is :=?", "Names a value."),
        ('what does "!" do', "What `!` reverses."),
    ],
)
async def test_a_name_leads_to_its_definition(store: Store, asked: str, says: str) -> None:
    job = await stored(store, *PAGES)
    found = await search_slice(store, job, Choice(query=asked), max_tokens=600)
    assert says in found.text.partition("Further pages")[0]


async def test_no_sign_is_told_as_one_that_looks_like_another(store: Store) -> None:
    found = await search_slice(store, await stored(store, *PAGES), Choice(query="&@"), max_tokens=600)
    assert found.text.startswith("No passage speaks of &@.\nTry other words")


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("append(?List1, ?List2)", "append"),
        ("fs.readFile(path[, options], callback)", "fs.readFile"),
        ("Class: Buffer", "Buffer"),
        ("Function: int printf (const char *template, ...)", "printf"),
        ("g_list_append ()", "g_list_append"),
        ("append/3", "append"),
        ("404 Not Found", "404"),
        ("work_mem (integer)", "work_mem"),
        ("Logging", "Logging"),
        ("[det]put_assoc(+Key, +Value)", "put_assoc"),
        ("RewriteRule Directive", "RewriteRule"),
        ("Installing things (optional)", ""),
        ("How it works", ""),
    ],
)
def test_a_heading_that_is_a_name_or_begins_with_one_defines_it(heading: str, name: str) -> None:
    assert heading_name(heading) == name


def test_a_name_that_ends_a_sentence_is_one() -> None:
    assert [(one.path, one.spelled) for one in written_names("Show me Enum.map.")] == [("Enum.", "map")]
