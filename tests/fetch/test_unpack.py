"""One member of an archive that cannot be kept takes no other with it."""

import errno
import zipfile
from pathlib import Path

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.unpack import unpack


def zipped(tmp_path: Path, *names: str) -> tuple[Path, Path]:
    """Return a zip archive of files with these names, and an empty directory beside it."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in names:
            archive.writestr(name, f"# {name[:9]}")
    (target := tmp_path / "out").mkdir()
    return tmp_path / "a.zip", target


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["a.md", f"{'長' * 90}.md", "b.md", "c.md"], ["a.md", "b.md", "c.md"]),
        (["guide.md", "guide.md/x.md", "z.md"], ["guide.md", "z.md"]),
    ],
    ids=["too long", "a file where a folder is needed"],
)
def test_a_member_that_cannot_be_written_is_passed_over(tmp_path: Path, names: list[str], kept: list[str]) -> None:
    archive, target = zipped(tmp_path, *names)
    notes = unpack(str(archive), str(target), max_file=1_000)
    assert sorted(file.name for file in target.rglob("*.md")) == kept
    assert notes == ("1 file of the archive was not read: their names lead elsewhere or cannot be kept.",)


def test_a_broken_member_of_a_zip_is_passed_over(tmp_path: Path) -> None:
    archive, target = zipped(tmp_path, "a.md", "b.md", "c.md")
    body = archive.read_bytes()
    archive.write_bytes(body.replace(b"# b.md", b"# B.md", 1))
    (note,) = unpack(str(archive), str(target), max_file=1_000)
    assert "1 file of the archive was not read: broken" in note
    assert sorted(file.name for file in target.iterdir()) == ["a.md", "c.md"]


def test_a_full_disk_is_no_fault_of_a_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _body: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    archive, target = zipped(tmp_path, "a.md", "b.md")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PageRefused, match="disk is full"):
        unpack(str(archive), str(target), max_file=1_000)
