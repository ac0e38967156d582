"""How long `import xentlib` takes beyond `import numpy`: CPU time in fresh processes, in pairs.

python benchmarks/import_time.py
"""

import statistics
import subprocess
import sys

ROUNDS = 21
MEASURE = "import numpy, time; start = time.process_time(); {}; print(time.process_time() - start)"


def seconds(statement: str) -> float:
    """Return the CPU time of a statement in a new process that has imported NumPy."""
    command = [sys.executable, "-c", MEASURE.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print minimum, median and maximum in milliseconds."""
    seconds("import xentlib")  # writes the bytecode
    taken = [1000 * (seconds("import xentlib") - seconds("pass")) for _ in range(ROUNDS)]
    print(
        f"import xentlib: {min(taken):.1f} / {statistics.median(taken):.1f} / {max(taken):.1f} ms "
        f"(minimum, median, maximum of {ROUNDS}) beyond NumPy"
    )


if __name__ == "__main__":
    main()
