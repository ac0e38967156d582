"""How much memory `linear_softmax_cross_entropy` needs beyond its arguments and results.

    python -m benchmarks.linear_memory            # a growth curve, then 8,192 rows, 151,936 classes
    python -m benchmarks.linear_memory 512 4096   # other numbers of rows and classes

Each measurement is a process of its own: the peak of its resident memory, less what it was before.
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.memory import peak_memory

MIB = 2**20
SIZES = [(256, 4096), (256, 65_536), (2048, 4096), (2048, 65_536), (8192, 151_936)]


def measure(rows: int, classes: int, width: int, kind: str) -> None:
    """Print one line: the sizes, the logits' bytes, the memory beyond them, the seconds."""
    import numpy as np

    import xentlib

    rng = np.random.default_rng(0)
    hidden = rng.random((rows, width), np.float32)
    weight = rng.random((classes, width), np.float32)
    labels = rng.integers(0, classes, rows)
    loss = xentlib.linear_softmax_cross_entropy
    function = loss if kind == "value" else xentlib.value_and_grad(loss)
    function(labels[:1], hidden[:1], weight[:9], reduction="mean") if labels[0] < 9 else None
    before, start = peak_memory(), time.perf_counter()
    result = function(labels, hidden, weight, reduction="mean")
    seconds = time.perf_counter() - start
    peak = (peak_memory() - before) * MIB
    if kind != "value":
        peak -= sum(part.nbytes for part in result[1] if part is not None)
    whole = rows * classes * 4
    print(
        f"{rows:6,} x {classes:7,} {kind:8} logits {whole / MIB:7.0f} MiB, "
        f"needed {peak / MIB:5.0f} MiB, {seconds:6.1f} s",
        flush=True,
    )


def main() -> None:
    """Measure every size in its own process."""
    if len(sys.argv) == 5:
        measure(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
        return
    sizes = [(int(sys.argv[1]), int(sys.argv[2]))] if len(sys.argv) == 3 else SIZES
    for rows, classes in sizes:
        for kind in ("value", "gradient"):
            arguments = [str(rows), str(classes), "64", kind]
            module = "benchmarks.linear_memory"
            subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
