"""Put into the site the app in which a reader runs a chapter without installing anything.

The app is JupyterLite, with the chapters and a wheel of xentlib in it. Its Python is Pyodide, which
comes from its CDN when a reader opens the app and not before, or with

    make book LITE=full PYODIDE=/path/to/an/unpacked/distribution

from the site as well. A cell that imports xentlib needs no more than that: Pyodide looks up what a
cell imports in its lock, and ours names xentlib's wheel and what it needs.

Building the app takes seconds, so it is kept in the virtual environment until one of its packages
or settings changes. The chapters and the wheel are put into a copy of it.
"""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock
from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_VERSION

from tools import node
from tools.frameworks import needs_frameworks
from tools.notebooks import ROOT, notebook_paths, read

FOLDER = "lite"
LOCK = ROOT / "requirements" / "pyodide-lock.json"
# What a wheel of xentlib is made of, besides the library itself.
PACKAGING = ("LICENSE", "README.md", "pyproject.toml")
# The first moment that a wheel can name: the time of every file in it.
EPOCH = 315532800

# From Pyodide's distribution: what xentlib needs, what the chapters import besides, and the kernel.
NEEDED = ("matplotlib", "numpy", "sympy", "tqdm")
IMPORTED = ("mpmath", "scikit-learn", "scipy")
KERNEL = ("ipython", "jedi", "micropip")
# What the kernel needs and Pyodide does not have: in the kernel's own folder, and from here.
KERNEL_WHEELS = {"piplite": ["micropip"], "ipykernel": [], "pyodide-kernel": ["comm", "ipython"]}
ALSO_NEEDED = "comm"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")

# Pyodide sees what a cell imports, but not what a function of xentlib imports when it is called.
IMPORTED_LATE = {"load_digits": "sklearn"}

KERNEL_EXTENSION = "@jupyterlite/pyodide-kernel-extension"
EXTENSIONS = (KERNEL_EXTENSION, "jupyterlab-myst")
DISTRIBUTIONS = ("jupyterlite-core", "jupyterlite-pyodide-kernel", "jupyterlab-myst")
# How the app is built: a view of a single notebook, and of the folders.
BUILD = {
    "apps": ["notebooks", "tree"],
    "ignore_sys_prefix": ["federated_extensions", "translation"],
    "no_sourcemaps": True,
    "no_unused_shared_packages": True,
}
# The page's colours are those that the reader's system asks for, and nothing is asked of the web.
SETTINGS = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
}
CONFIGURATION = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appUrl": "./tree",
        "faviconUrl": "./notebooks/favicon.ico",
        "contentsAllJsonFile": "all.json",
    },
}
# Of the app's files, what only its developers need.
UNUSED = (
    "doc", "jupyterlite.schema.v0.json", "package.json", "rspack.config.analyze.js",
    "rspack.config.js", "rspack.config.watch.js",
)  # fmt: skip


class LiteError(Exception):
    """The app cannot be built as it was asked for."""


@cache
def locked() -> dict[str, Any]:
    """Return the part of Pyodide's lock that the book uses, with the hashes of the packages."""
    lock: dict[str, Any] = json.loads(LOCK.read_text(encoding="utf-8"))
    return lock


def part_of(lock: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return a lock with some of its packages, and with those that they depend on."""
    packages: dict[str, Any] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        if name not in lock["packages"]:
            raise LiteError(f"Pyodide's distribution has no {name}")
        if name not in packages:
            packages[name] = lock["packages"][name]
            wanted += packages[name]["depends"]
    return {"info": lock["info"], "packages": dict(sorted(packages.items()))}


def write_lock() -> str | None:
    """Take the lock anew from the version of Pyodide that the kernel uses; say if that fails."""
    if reason := node.install(FOLDER):
        return reason
    pyodide = node.folder(FOLDER) / "node_modules" / "pyodide"
    version = json.loads((pyodide / "package.json").read_text(encoding="utf-8"))["version"]
    if version != PYODIDE_VERSION:
        return f"tools/node/{FOLDER} has Pyodide {version}, the kernel wants {PYODIDE_VERSION}"
    whole = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    text = json.dumps(part_of(whole, NEEDED + IMPORTED + KERNEL), indent=1) + "\n"
    LOCK.write_text(text, encoding="utf-8", newline="\n")
    return None


def imported(notebook: Path) -> set[str]:
    """Return the modules that a notebook imports."""
    modules: set[str] = set()
    for cell in read(notebook).cells:
        if cell.cell_type == "code":
            for part in ast.walk(ast.parse(cell.source)):
                if isinstance(part, ast.Import):
                    modules |= {name.name for name in part.names}
                elif isinstance(part, ast.ImportFrom) and part.module:
                    modules.add(part.module)
    return modules


def obstacle(notebook: Path) -> str | None:
    """Return why a notebook cannot run in a browser, or None if it can."""
    if needs_frameworks(notebook):
        return "runs other frameworks"
    code = (cell.source for cell in read(notebook).cells if cell.cell_type == "code")
    if any(".read_text(" in source for source in code):
        return "reads a file that is not part of the site"
    there = {name for package in locked()["packages"].values() for name in package["imports"]}
    there |= sys.stdlib_module_names | {"xentlib"}
    missing = {module.split(".")[0] for module in imported(notebook)} - there
    return f"uses {' and '.join(sorted(missing))}" if missing else None


def address(notebook: str) -> str:
    """Return where in the site the app opens a notebook."""
    return f"{FOLDER}/notebooks/index.html?path={notebook}"


def mode() -> str:
    """Return what LITE asks for: "full" for an app that asks no other host, else nothing."""
    asked = os.environ.get("LITE", "")
    if asked not in ("", "full"):
        raise LiteError(f"LITE={asked} is unknown; there is LITE=full")
    return asked


def build(site: Path, stamp: Path, time: int) -> bool:
    """Put the app into a site, if anything in it changed; return whether it did.

    The time is the one that the app says the chapters have, in seconds.
    """
    distribution = Path(os.environ.get("PYODIDE", "")).resolve() if mode() else None
    library = (file for file in (ROOT / "xentlib").rglob("*.*") if file.suffix != ".pyc")
    inside = [
        LOCK,
        *map(ROOT.joinpath, PACKAGING),
        Path(__file__),
        *sorted(library),
        *notebook_paths(),
    ]
    wanted = _digest(_key(), str(distribution), str(time), *map(_state_of, inside))
    target = site / FOLDER
    if target.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(app(), target)
    _put_chapters(target, datetime.fromtimestamp(time, UTC).isoformat())
    _put_python(target, distribution)
    stamp.write_text(wanted)
    return True


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _state_of(file: Path) -> str:
    return f"{file.relative_to(ROOT).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}"


def _key() -> str:
    versions = [metadata.version(name) for name in DISTRIBUTIONS]
    settings = [BUILD, EXTENSIONS, SETTINGS, CONFIGURATION, UNUSED]
    return _digest(*versions, json.dumps(settings))


def app() -> Path:
    """Return the folder of the app without chapters and packages, which is built if need be."""
    place = Path(sys.prefix) / FOLDER
    place.mkdir(exist_ok=True)
    built, stamp = place / "app", place / "app.sha256"
    with FileLock(place / "lock"):
        if not (stamp.is_file() and stamp.read_text() == _key() and built.is_dir()):
            stamp.unlink(missing_ok=True)
            _build_app(place / "work", built)
            stamp.write_text(_key())
    return built


def _build_app(work: Path, built: Path) -> None:
    for folder in (work, built):
        shutil.rmtree(folder, ignore_errors=True)
    work.mkdir()
    _write_json(work / "overrides.json", SETTINGS)
    _write_json(work / "jupyter-lite.json", CONFIGURATION)
    folder = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    how = BUILD | {
        "federated_extensions": [str(folder / name) for name in EXTENSIONS],
        "output_dir": str(built),
        "source_date_epoch": EPOCH,
    }
    _write_json(work / "jupyter_lite_config.json", {"LiteBuildConfig": how})
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    run = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if run.returncode:
        raise LiteError(f"JupyterLite could not be built:\n{run.stdout}{run.stderr}")
    for name in UNUSED:
        path = built / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(work)


def _write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")


def served(notebook: Path) -> str:
    """Return a chapter as the app gets it.

    The text of each cell is in one piece, late imports are named, and the outputs are trusted, so
    that the figures can be seen before anything is run.
    """
    content = read(notebook)
    code = [cell for cell in content.cells if cell.cell_type == "code"]
    for function, module in IMPORTED_LATE.items():
        if any(function in cell.source for cell in code):
            code[0].source = f"import {module}\n{code[0].source}"
    for cell in code:
        cell.metadata["trusted"] = True
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _put_chapters(target: Path, date: str) -> None:
    """Write the chapters, and the listings of their folders that Jupyter's contents API would give.

    JupyterLite would list the files in the order of the disk, with the time of the day.
    """

    def entry(path: PurePosixPath, kind: str, size: int | None = None) -> dict[str, Any]:
        return {
            "name": path.name, "path": str(path).removeprefix("."), "type": kind, "size": size,
            "content": None, "format": None, "mimetype": None, "writable": True,
            "created": date, "last_modified": date,
        }  # fmt: skip

    folders: dict[PurePosixPath, list[dict[str, Any]]] = {PurePosixPath(): []}
    for notebook in notebook_paths():
        path = PurePosixPath(notebook.relative_to(ROOT).as_posix())
        file = target / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(served(notebook), encoding="utf-8", newline="\n")
        for folder in reversed(path.parents[:-1]):
            if folder not in folders:
                folders[folder] = []
                folders[folder.parent].append(entry(folder, "directory"))
        folders[path.parent].append(entry(path, "notebook", file.stat().st_size))
    for folder, content in folders.items():
        listing = entry(folder, "directory") | {"content": content, "format": "json"}
        _write_json(target / "api" / "contents" / folder / "all.json", listing)


def _put_python(target: Path, distribution: Path | None) -> None:
    """Write the wheels, the lock that names them, and where Pyodide is, into the settings."""
    base, lock = _copied(distribution, target) if distribution else (PYODIDE_CDN_URL, locked())
    packages = {
        name: package | {"file_name": f"{base}/{package['file_name']}"}
        for name, package in lock["packages"].items()
    }
    own = target / "wheels"
    own.mkdir()
    wheels = {
        "xentlib": (_wheel_of_the_library(own), list(NEEDED)),
        ALSO_NEEDED: (wheel_of_an_installed_package(ALSO_NEEDED, own), []),
    }
    kernels = target / "extensions" / KERNEL_EXTENSION / "static" / "pypi"
    for name, depends in KERNEL_WHEELS.items():
        wheels[name] = (next(kernels.glob(f"{name.replace('-', '_')}-*.whl")), depends)
    for name, (wheel, depends) in wheels.items():
        packages[name] = _locked_wheel(name, wheel, depends, target)
    _write_json(target / "pyodide-lock.json", {"info": lock["info"], "packages": packages})
    settings = {
        "lockFileURL": "./pyodide-lock.json",
        # The kernel would look for these one after the other, and ask PyPI for the last one.
        "packages": sorted({*KERNEL, *KERNEL_WHEELS, ALSO_NEEDED}),
    }
    file = target / "jupyter-lite.json"
    configuration = json.loads(file.read_text(encoding="utf-8"))
    plugins = configuration["jupyter-config-data"].setdefault("litePluginSettings", {})
    kernel = plugins.setdefault(f"{KERNEL_EXTENSION}:kernel", {})
    kernel["loadPyodideOptions"] = settings
    if distribution is not None:
        kernel["pyodideUrl"] = f"./{base}/{CORE[0]}"
    _write_json(file, configuration)


def _copied(distribution: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Copy what the book needs of a distribution of Pyodide; return its place, and its lock."""
    file = distribution / "pyodide-lock.json"
    if not file.is_file():
        raise LiteError(
            f"LITE=full needs Pyodide {PYODIDE_VERSION} on disk: unpack its distribution, and name "
            "the folder that holds pyodide-lock.json, as in: make book LITE=full PYODIDE=/path"
        )
    whole = json.loads(file.read_text(encoding="utf-8"))
    if whole["info"] != locked()["info"]:
        raise LiteError(f"{distribution} is not Pyodide {PYODIDE_VERSION}")
    lock = part_of(whole, NEEDED + IMPORTED + KERNEL)
    names = [*CORE, *(package["file_name"] for package in lock["packages"].values())]
    if missing := [name for name in names if not (distribution / name).is_file()]:
        raise LiteError(f"{distribution} has no {', '.join(missing)}")
    place = target / "static" / "pyodide"
    place.mkdir(parents=True)
    for name in names:
        shutil.copyfile(distribution / name, place / name)
    return place.relative_to(target).as_posix(), lock


def _wheel_of_the_library(folder: Path) -> Path:
    command = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(folder), str(ROOT)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return next(folder.glob("xentlib-*.whl"))


def wheel_of_an_installed_package(name: str, folder: Path) -> Path:
    """Write a wheel of a package that is installed here and consists of Python alone."""
    package = metadata.distribution(name)
    wheel = folder / f"{name.replace('-', '_')}-{package.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in sorted(package.files or (), key=str):
            here = ".." not in path.parts and "__pycache__" not in path.parts
            if here and path.suffix != ".so" and path.name not in ("INSTALLER", "REQUESTED"):
                content = path.read_binary()
                archive.writestr(zipfile.ZipInfo(str(path)), content, zipfile.ZIP_DEFLATED)
    return wheel


def _locked_wheel(name: str, wheel: Path, depends: list[str], target: Path) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        tops = {PurePosixPath(file).parts[0].removesuffix(".py") for file in archive.namelist()}
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.relative_to(target).as_posix(),
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": depends,
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }
