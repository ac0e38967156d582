"""The most memory that this process has needed."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory() -> float:
    """Return the largest resident memory of this process so far, in MiB.

    Linux counts what a process needed before it became another program, such as the one that
    started it, into `ru_maxrss`. Its own file about the process leaves that out.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [row for row in status.read_text().splitlines() if row.startswith("VmHWM:")]
        return int(line.split()[1]) / 2**10
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 2**10)
