"""Hand every door texts that repeat one token, and look whether time grows faster than their length.

The doors are those of `tests/doors.py`: pages in HTML and Markdown, files of all formats, lists of sites, questions,
globs, cursors, settings. The tokens are each door's own, the usual ones of `tests/test_time.py`, and what every pattern
of the package that reads a site's text names. A token that takes more than three times the CPU time (best of five) for
twice as many of them is printed.

    python bench/slow_inputs.py [--every N] [PART OF A DOOR'S NAME…]

Prints for each door its tokens, the slow ones, and the seconds; exits 1 if one is slow. All of it takes an hour; with
--every 20, each door gets every twentieth of the tokens of patterns, and it takes some minutes.
"""

import argparse
import logging
import sys
import time

from tests.doors import DOORS, slow_tokens
from tests.repetition import fragments, patterns
from tests.test_time import READ, USUAL

_MAX_TOKEN = 200  # characters


def tokens_of_patterns() -> list[str]:
    """Return what the patterns that read a site's text name."""
    found: dict[str, None] = {}
    for name, pattern in patterns().items():
        if name.startswith(READ):
            own = fragments(pattern)
            found |= dict.fromkeys([*own[:3], *(one for one in own if len(one) > 2)])
    return [one for one in found if len(one) <= _MAX_TOKEN]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doors", nargs="*", metavar="PART OF A DOOR'S NAME")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth token of the patterns")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # rules of extraction that a page breaks are left out, and told in a log
    more = [*USUAL, *tokens_of_patterns()[:: given.every]]
    slow = 0
    for name, (door, own) in DOORS.items():
        if given.doors and not any(part in name for part in given.doors):
            continue
        began, tokens = time.monotonic(), list(dict.fromkeys([*own, *more]))
        found = slow_tokens(door, tokens)
        slow += len(found)
        print(
            f"{name}: {len(tokens)} tokens, {len(found)} slow {found or ''} ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
    print(f"slow tokens: {slow}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
