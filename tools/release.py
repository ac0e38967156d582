"""Pack the built site into dist/, so that the same commit gives the same bytes.

    python -m tools.release

Writes book-VERSION.tar.gz, the PDF and the EPUB, which are in it as well, and SHA256SUMS. Its files
are in order, belong to nobody, and have the time of the commit, as the pages have.
"""

import gzip
import hashlib
import shutil
import sys
import tarfile
from pathlib import Path

import xentlib
from tools import book, editions
from tools.editions import epub, pdf
from tools.notebooks import ROOT

DIST = ROOT / "dist"
SUMS = "SHA256SUMS"


def pack(site: Path, archive: Path, time: int) -> None:
    """Write the files of a site into an archive whose bytes depend on nothing else."""

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = time
        info.mode = 0o644
        return info

    top = archive.name.removesuffix(".tar.gz")
    files = sorted(path for path in site.rglob("*") if path.is_file())
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=time) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for file in files:
            tar.add(file, f"{top}/{file.relative_to(site).as_posix()}", filter=plain)


def sums(files: list[Path]) -> str:
    """Return the files' checksums as `sha256sum --check` reads them."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    return "".join(lines)


def main() -> int:
    """Build the site anew, with what its front page offers to take along, and pack it."""
    if status := pdf.main() or epub.main():
        return status
    DIST.mkdir(exist_ok=True)
    archive = DIST / f"book-{xentlib.__version__}.tar.gz"
    pack(book.HTML, archive, book.time_of_commit())
    released = [archive]
    for kind in editions.KINDS:
        copy = DIST / f"{editions.NAME}-{xentlib.__version__}.{kind}"
        shutil.copyfile(editions.file_in(book.HTML, kind), copy)
        released.append(copy)
    (DIST / SUMS).write_text(sums(released), encoding="utf-8", newline="\n")
    print(f"The release is in {DIST}: {', '.join(file.name for file in released)}, {SUMS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
