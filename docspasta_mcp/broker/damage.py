"""Tell what is wrong with the broker's file, without changing it, also while another process serves it."""

import contextlib
import sqlite3
import threading
from pathlib import Path

MOST_S = 10.0  # for a file of any size, of which a second reads 100 MB


def damage_of(path: Path, *, most_s: float = MOST_S) -> str:
    """Return what SQLite finds wrong with a file, in a line; an empty string if it finds nothing within the time."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        ) as connection:
            end = threading.Timer(most_s, connection.interrupt)
            end.start()
            try:
                found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            finally:
                end.cancel()
                end.join()
    except sqlite3.OperationalError:  # it is not there, cannot be opened for now, or the time is up
        return ""
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else found.rpartition("\n")[2]
