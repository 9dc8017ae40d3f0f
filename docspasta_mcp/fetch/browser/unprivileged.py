"""Start a browser as a user without rights: `unprivileged.py UID GID PROGRAM ARGUMENTS…`, run as root.

Chromium refuses its sandbox to root and keeps it for everybody else. The directory of its profile is given to that
user. Run by a Python without site packages, so that it takes some milliseconds; imports nothing of this package.
"""

import os
import sys

PROFILE = "--user-data-dir="


def main() -> None:
    """Give the profile away, lay the rights down, and become the browser."""
    user, group, program, *arguments = sys.argv[1:]
    profile = next((one.removeprefix(PROFILE) for one in arguments if one.startswith(PROFILE)), "")
    if profile:
        os.chown(profile, int(user), int(group))
        os.environ["HOME"] = profile
    os.setgroups([])
    os.setgid(int(group))
    os.setuid(int(user))
    os.execv(program, [program, *arguments])  # noqa: S606  # that is the point


if __name__ == "__main__":
    main()
