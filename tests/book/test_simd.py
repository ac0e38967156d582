"""The notebooks print the same on a CPU without SIMD: NumPy's fast paths are switched off.

Those that run other frameworks are left out: the switch does not reach the code that they bring.
What they say of accuracy is measured without SIMD in tests/frameworks/test_certificate.py.
"""

import os
import subprocess

from tests.simd import without_simd
from tools.frameworks import needs_frameworks
from tools.notebooks import ROOT, notebook_paths


def test_the_notebooks_pass_without_simd(python: str) -> None:
    """That SIMD is really off then is the control of tests/numeric/test_simd.py."""
    own = [path for path in notebook_paths() if not needs_frameworks(path)]
    paths = [path.relative_to(ROOT).as_posix() for path in own]
    assert len(paths) >= 15
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q", "--no-header"]
    run = subprocess.run(
        [python, "-m", "pytest", *options, *paths],
        cwd=ROOT,
        env=without_simd(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert " passed" in run.stdout
