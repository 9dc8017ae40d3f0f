"""Temporary folders of which a killed process leaves none for long."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "docspasta-scratch-"
_NEW_S = 60.0  # a younger folder may be one that another process has made and not locked yet


@contextlib.contextmanager
def scratch_folder() -> Generator[Path]:
    """Make a folder for a while, and remove those whose process died: their locks died with it."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(Timeout, OSError):  # it is in use; it is another user's, or has gone
            if not left.is_symlink() and left.stat().st_mtime < time.time() - _NEW_S:
                with _lock(left):
                    shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name, _lock(Path(name)):
        yield Path(name)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / "lock", timeout=0)
