"""The packages from npm: locked with hashes, no host named, and nothing that is not wanted."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import node as npm

GROUPS = sorted(path.parent.name for path in npm.HERE.glob("*/package.json"))


@pytest.fixture
def node() -> None:
    """Node.js. Where it is missing, the test is left out."""


@pytest.mark.parametrize("group", GROUPS)
def test_the_lock_has_versions_and_hashes_and_names_no_host(group: str) -> None:
    wanted = json.loads((npm.HERE / group / "package.json").read_text(encoding="utf-8"))
    assert wanted["private"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted["dependencies"].values())
    for name in npm.FILES:
        assert "registry." not in (npm.HERE / group / name).read_text(encoding="utf-8"), name
    lock = json.loads((npm.HERE / group / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert set(wanted["dependencies"]) <= {name.split("node_modules/")[-1] for name in packages}
    assert not [name for name, entry in packages.items() if "sha512-" not in entry["integrity"]]
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_what_is_installed_is_what_the_lock_names() -> None:
    if npm.install("site") is None:
        assert npm.is_installed("site")
        wanted = json.loads((npm.HERE / "site" / "package.json").read_text(encoding="utf-8"))
        for name, version in wanted["dependencies"].items():
            found = npm.folder("site") / "node_modules" / name / "package.json"
            assert json.loads(found.read_text(encoding="utf-8"))["version"] == version


def test_a_package_with_another_hash_is_refused(
    node: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the hashes are looked at, and the reason is told."""
    shutil.copytree(npm.HERE / "site", tmp_path / "site")
    lock = tmp_path / "site" / "package-lock.json"
    changed = re.sub(r"sha512-....", "sha512-AAAA", lock.read_text(encoding="utf-8"))
    lock.write_text(changed, encoding="utf-8")
    monkeypatch.setattr(npm, "HERE", tmp_path)
    monkeypatch.setattr(npm, "folder", lambda group: tmp_path / "installed" / group)
    reason = npm.install("site")
    assert reason is not None
    assert reason.startswith("npm could not install the packages (npm error code EINTEGRITY")
    assert not npm.is_installed("site")


@pytest.mark.parametrize("said", ["v16.20.2\n", "", "no version"])
def test_an_old_node_counts_as_none(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = subprocess.CompletedProcess([], 0, stdout=said)
    monkeypatch.setattr(npm.shutil, "which", lambda name: name)
    monkeypatch.setattr(npm.subprocess, "run", lambda *_, **__: answer)
    assert npm.find_node.__wrapped__() is None
