"""A release is the same bytes each time, and its checksums are those of its files."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.tools.test_book import Build, copy  # noqa: F401, a fixture
from tools import book, editions, release


def test_two_builds_are_the_same_bytes(
    copy: tuple[Path, Build],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The book of this folder and that of a copy, built at another time and in another order."""
    assert book.build() == 0
    folder, build = copy
    # The copy is no repository.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(book.time_of_commit()))
    assert "The book is built" in build().stdout
    # What was made to be taken along is in this folder's site only.
    shutil.copytree(book.HTML, tmp_path / "here")
    editions.withdraw(tmp_path / "here")
    here, there = _digests(tmp_path / "here"), _digests(folder / "_build" / "html")
    assert here == there
    (folder / "_build" / "html" / "index.html").write_text("changed")
    assert _digests(folder / "_build" / "html") != here, "negative control"


def _digests(site: Path) -> dict[str, str]:
    return {
        file.relative_to(site).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in site.rglob("*")
        if file.is_file()
    }


def test_an_archive_depends_on_the_files_alone(tmp_path: Path) -> None:
    archives = []
    for name, when in (("one", 1), ("two", 2_000_000_000)):
        site = tmp_path / name
        (site / "part").mkdir(parents=True)
        for file in ("b.html", "a.html", "part/c.html"):
            (site / file).write_text(file)
            os.utime(site / file, (when, when))
        (tmp_path / f"{name}-out").mkdir()
        archives.append(tmp_path / f"{name}-out" / "book-1.tar.gz")
        release.pack(site, archives[-1], time=1000)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with tarfile.open(archives[0]) as tar:
        assert tar.getnames() == ["book-1/a.html", "book-1/b.html", "book-1/part/c.html"]
    release.pack(tmp_path / "two", archives[1], time=1001)
    assert archives[0].read_bytes() != archives[1].read_bytes(), "negative control"


def test_the_checksums_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "book.tar.gz").write_bytes(b"book")
    (tmp_path / "SHA256SUMS").write_text(release.sums([tmp_path / "book.tar.gz"]))
    digest = hashlib.sha256(b"book").hexdigest()
    assert (tmp_path / "SHA256SUMS").read_text() == f"{digest}  book.tar.gz\n"


def test_the_time_is_that_of_the_commit() -> None:
    command = ["git", "log", "-1", "--format=%ct"]
    run = subprocess.run(command, cwd=book.ROOT, capture_output=True, text=True, check=False)
    assert book.time_of_commit() == int(run.stdout.strip() or 0)
