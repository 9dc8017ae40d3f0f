"""Keep a library from loading what it can do without."""

import contextlib
import sys
from collections.abc import Generator


@contextlib.contextmanager
def without(*modules: str) -> Generator[None]:
    """Let imports of these modules fail meanwhile, as if they were not installed; what is there stays."""
    missing = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None, for which an import fails
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]
