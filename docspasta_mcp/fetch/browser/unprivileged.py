"""Start a browser at a low priority, and as a user without rights.

    unprivileged.py UID GID READ WRITE PROGRAM ARGUMENTS…

Chromium refuses its sandbox to root and keeps it for everybody else. The directory of its profile is given to that
user; `-` for UID and GID keeps the user. READ and WRITE are the pipes that it is driven by. Run by a Python without
site packages, so that it takes some milliseconds; imports nothing of this package.
"""

import os
import sys

PROFILE = "--user-data-dir="
PIPES = (3, 4)
NICENESS = 5  # a browser yields to the event loop, as the workers that read pages do


def main() -> None:
    """Lay the rights down and become the browser."""
    assert sys.platform != "win32"
    user, group, read, write, program, *arguments = sys.argv[1:]
    _place(int(read), int(write))
    os.nice(NICENESS)
    if user != "-":
        _become(int(user), int(group), arguments)
    try:
        os.execv(program, [program, *arguments])  # noqa: S606  # that is the point
    except OSError as error:
        sys.exit(f"{program}: {error.strerror}")


def _place(read: int, write: int) -> None:
    """Put the pipes where Chromium looks for them."""
    first = max(read, write, *PIPES) + 1
    for number, one in enumerate((read, write)):
        os.dup2(one, first + number)  # out of the way of each other
    for number, place in enumerate(PIPES):
        os.dup2(first + number, place)
        os.close(first + number)


def _become(user: int, group: int, arguments: list[str]) -> None:
    assert sys.platform != "win32"
    profile = next((one.removeprefix(PROFILE) for one in arguments if one.startswith(PROFILE)), "")
    if profile:
        os.chown(profile, user, group)
        os.environ["HOME"] = profile
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


if __name__ == "__main__":
    main()
