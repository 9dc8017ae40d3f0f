"""Start a browser at a low priority, and as a user without rights: `unprivileged.py UID GID PROGRAM ARGUMENTS…`.

Chromium refuses its sandbox to root and keeps it for everybody else. The directory of its profile is given to that
user; `-` for UID and GID keeps the user. Run by a Python without site packages, so that it takes some milliseconds;
imports nothing of this package.
"""

import os
import sys

PROFILE = "--user-data-dir="
NICENESS = 5  # a browser yields to the event loop, as the workers that read pages do


def main() -> None:
    """Lay the rights down and become the browser."""
    assert sys.platform != "win32"
    user, group, program, *arguments = sys.argv[1:]
    os.nice(NICENESS)
    if user != "-":
        _become(int(user), int(group), arguments)
    os.execv(program, [program, *arguments])  # noqa: S606  # that is the point


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
