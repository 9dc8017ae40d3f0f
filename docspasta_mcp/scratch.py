"""Temporary folders of which a killed process leaves none for long."""

import contextlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "docspasta-scratch-"


@contextlib.contextmanager
def scratch_folder() -> Generator[Path]:
    """Make a folder for a while, and remove those whose process died: their locks died with it."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(Timeout, OSError), _lock(left):  # OSError: it is another user's, or has gone
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, _lock(Path(name)):
        yield Path(name)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / "lock", timeout=0)
