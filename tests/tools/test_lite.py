"""The app that runs chapters in a browser: what is in it, and plain words when something is not."""

import ast
import hashlib
import json
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_VERSION

from tools import colab, lite
from tools import node as npm
from tools.notebooks import ROOT, notebook_paths, read

LATER = ("xentlib/course/frameworks", "xentlib/dask.py")


@pytest.fixture
def node() -> Path:
    """The package of Pyodide from npm. Where it is missing, the test is left out."""
    return npm.folder("lite") / "node_modules" / "pyodide"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert lite.build(folder, folder / "stamp", 1_700_000_000)
    assert not lite.build(folder, folder / "stamp", 1_700_000_000), "nothing changed"
    return folder / "lite"


def test_the_lock_is_the_kernels(node: Path) -> None:
    """`make lock` and an update of the kernel or of the package from npm must agree."""
    packaged = json.loads((node / "package.json").read_text(encoding="utf-8"))
    assert packaged["version"] == PYODIDE_VERSION, "see tools/node/lite/package.json"
    whole = json.loads((node / "pyodide-lock.json").read_text(encoding="utf-8"))
    assert lite.part_of(whole, lite.NEEDED + lite.IMPORTED + lite.KERNEL) == lite.locked()


def _imports(late: bool) -> dict[str, set[str]]:
    """Return what is imported from elsewhere, by function or as a module is imported."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "xentlib").rglob("*.py"):
        if not file.relative_to(ROOT).as_posix().startswith(LATER):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            functions = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
            parts = functions if late else [n for n in tree.body if n not in functions]
            for part in parts:
                names = {
                    module.split(".")[0]
                    for n in ast.walk(part)
                    for module in (
                        [a.name for a in n.names] if isinstance(n, ast.Import)
                        else [n.module or ""] if isinstance(n, ast.ImportFrom) else []
                    )
                }  # fmt: skip
                names -= sys.stdlib_module_names | {"xentlib"}
                if names:
                    found.setdefault(getattr(part, "name", ""), set()).update(names)
    return found


def test_what_xentlib_imports_comes_with_it_or_is_named_in_the_chapter() -> None:
    """Pyodide sees what a cell imports, and what the lock says of that, and nothing else."""
    provided = {
        name
        for package in lite.part_of(lite.locked(), (*lite.NEEDED, "ipython"))["packages"].values()
        for name in package["imports"]
    } | {"matplotlib_inline"}
    assert _imports(late=False)[""] - provided == set()
    late = {name: modules - provided for name, modules in _imports(late=True).items()}
    late = {name: modules for name, modules in late.items() if modules}
    assert late == {name: {module} for name, module in lite.IMPORTED_LATE.items()}


def _write(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import numpy as np\nfrom xentlib.course import check", None),
        ("import heapq, mpmath\nimport sklearn.linear_model", None),
        ("import torch.nn", "runs other frameworks"),
        ("from xentlib.course.frameworks import facts", "runs other frameworks"),
        ("import dask.array as da\nimport ml_dtypes", "uses dask and ml_dtypes"),
        ("text = path.read_text()", "reads a file that is not part of the site"),
    ],
)
def test_a_chapter_that_cannot_run_says_why(code: str, reason: str | None, tmp_path: Path) -> None:
    assert lite.obstacle(_write(tmp_path / "n.ipynb", "1 + 1", code)) == reason


def test_the_app_gets_a_chapter_with_its_outputs(tmp_path: Path) -> None:
    chapter = ROOT / "chapters" / "losses" / "connections.ipynb"
    served = json.loads(lite.served(chapter))
    for there, here in zip(served["cells"], read(chapter).cells, strict=True):
        assert there["source"] == here.source
        assert there.get("outputs") == here.get("outputs")
        assert there["metadata"].pop("trusted", False) == (here.cell_type == "code")
    late = _write(tmp_path / "n.ipynb", "import xentlib", "load_digits()")
    sources = [cell["source"] for cell in json.loads(lite.served(late))["cells"]]
    assert sources == ["import sklearn\nimport xentlib", "load_digits()"]


def test_the_app_lists_every_chapter(built: Path) -> None:
    listed, folders = set(), [""]
    while folders:
        listing = built / "api" / "contents" / folders.pop() / "all.json"
        for entry in json.loads(listing.read_text(encoding="utf-8"))["content"]:
            assert entry["last_modified"] == "2023-11-14T22:13:20+00:00"
            if entry["type"] == "directory":
                folders.append(entry["path"])
            else:
                assert (built / "files" / entry["path"]).stat().st_size == entry["size"]
                listed.add(ROOT / entry["path"])
    assert listed == set(notebook_paths())


def test_the_wheels_are_there_with_their_hashes_and_all_else_is_pyodides(built: Path) -> None:
    settings = json.loads((built / "jupyter-lite.json").read_text(encoding="utf-8"))
    plugins = settings["jupyter-config-data"]["litePluginSettings"]
    options = plugins[f"{lite.KERNEL_EXTENSION}:kernel"]["loadPyodideOptions"]
    lock = json.loads((built / options["lockFileURL"]).read_text(encoding="utf-8"))["packages"]
    assert set(options["packages"]) <= set(lock)
    own = {name: package for name, package in lock.items() if "://" not in package["file_name"]}
    assert set(own) == {"xentlib", "comm", "piplite", "ipykernel", "pyodide-kernel"}
    for package in own.values():
        content = (built / package["file_name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == package["sha256"]
    assert own["xentlib"]["imports"] == ["xentlib"]
    assert {d for package in lock.values() for d in package["depends"]} <= {
        spelled for name in lock for spelled in (name, name.replace("-", "_"))
    }
    others = [p["file_name"] for name, p in lock.items() if name not in own]
    assert all(name.startswith(f"{PYODIDE_CDN_URL}/") for name in others)


def test_the_wheel_of_xentlib_is_the_library_as_it_is_here(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("wheels/xentlib-*.whl"))) as wheel:
        packed = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info" not in name}
    here = {
        file.relative_to(ROOT).as_posix(): file.read_bytes()
        for file in (ROOT / "xentlib").rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert packed == here


def test_another_time_is_another_app(built: Path) -> None:
    assert lite.build(built.parent, built.parent / "stamp", 1_700_000_001)
    assert lite.build(built.parent, built.parent / "stamp", 1_700_000_000)


def _full(monkeypatch: pytest.MonkeyPatch, folder: Path | str, site: Path) -> None:
    monkeypatch.setenv("LITE", "full")
    monkeypatch.setenv("PYODIDE", str(folder))
    lite.build(site, site / "stamp", 0)


def test_a_distribution_that_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, lock = tmp_path / "site", tmp_path / "pyodide-lock.json"
    site.mkdir()
    with pytest.raises(lite.LiteError, match=r"needs Pyodide .* on disk: unpack"):
        _full(monkeypatch, "", site)
    lock.write_text(json.dumps({"info": {"python": "3.1"}, "packages": {}}))
    with pytest.raises(lite.LiteError, match=f"is not Pyodide {PYODIDE_VERSION}"):
        _full(monkeypatch, tmp_path, site)
    lock.write_text(json.dumps({"info": lite.locked()["info"], "packages": {}}))
    with pytest.raises(lite.LiteError, match="distribution has no "):
        _full(monkeypatch, tmp_path, site)
    lock.write_text(json.dumps(lite.locked()))
    with pytest.raises(lite.LiteError, match=r"has no pyodide\.mjs, .*numpy-"):
        _full(monkeypatch, tmp_path, site)
    monkeypatch.setenv("LITE", "half")
    with pytest.raises(lite.LiteError, match="LITE=half is unknown"):
        lite.mode()


def test_a_full_app_names_no_other_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are empty here; that Pyodide runs from them is tested in a browser."""
    lock = lite.locked()
    for name in (*lite.CORE, *(p["file_name"] for p in lock["packages"].values())):
        (tmp_path / name).touch()
    (tmp_path / "pyodide-lock.json").write_text(json.dumps(lock))
    site = tmp_path / "site"
    site.mkdir()
    _full(monkeypatch, tmp_path, site)
    written = (site / "lite" / "pyodide-lock.json").read_text(encoding="utf-8")
    assert "://" not in written
    for package in json.loads(written)["packages"].values():
        assert (site / "lite" / package["file_name"]).is_file()
    settings = json.loads((site / "lite" / "jupyter-lite.json").read_text(encoding="utf-8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"]
    url = kernel[f"{lite.KERNEL_EXTENSION}:kernel"]["pyodideUrl"]
    assert (site / "lite" / url).is_file()


def test_colab_installs_the_library_first_and_gets_the_same_chapter(tmp_path: Path) -> None:
    assert colab.main(str(tmp_path), "https://github.com/someone/book", "abc123") == 0
    for notebook in notebook_paths():
        first, *others = read(tmp_path / notebook.relative_to(ROOT)).cells
        assert first.source == (
            '%pip install --quiet "xentlib[course,dask] @ git+https://github.com/someone/book@abc123"'
        )
        assert others == read(notebook).cells
