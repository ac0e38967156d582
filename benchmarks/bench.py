"""How fast the losses are: xentlib and its peers, interleaved in one process, on the same arrays.

python -m benchmarks.bench [--quick] [--seconds 4] [--only WORDS] [--threads 1]

For one thread and for all, a process of its own times every case in many short rounds; in a round,
everybody is called once. Results are compared before the clock runs. The table, the picture and the
numbers go to benchmarks/results/; results of cases that are left out stay as they are.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
import warnings
from typing import Any

import numpy as np

from benchmarks import peers, report
from benchmarks.memory import peak_memory
from benchmarks.peers import Call, Case

RESULTS = pathlib.Path(__file__).parent / "results"
SHAPES = ((32, 10), (4_096, 10), (100_000, 10), (65_536, 1_000), (2_048, 50_257))
QUICK_SHAPES = SHAPES[:3]
BLOCK = 2**14  # elements of a block for the roofline: 128 KiB of float64
MAX_ROUNDS = 200


def cases(quick: bool, only: str) -> list[Case]:
    """Return every case whose name has all the words."""
    found = [
        Case(loss, shape, dtype, gradient)
        for shape in (QUICK_SHAPES if quick else SHAPES)
        for loss in peers.LOSSES
        for dtype in ("float32", "float64")
        for gradient in (False, True)
    ]
    return [case for case in found if all(word in str(case) for word in only.split("+"))]


# --- in the process that measures -----------------------------------------------------------------


def measure(case: Case, seconds: float) -> dict[str, Any]:
    """Time everybody on one case, in rounds."""
    labels, logits = case.arrays()
    calls = {name: peers.call(name, case, labels, logits) for name in peers.installed()}
    here = {name: call for name, call in calls.items() if call is not None}
    check_agreement(case, here)
    times: dict[str, list[float]] = {name: [] for name in [*here, "roofline"]}
    start = time.perf_counter()
    while len(times["roofline"]) < 3 or (
        time.perf_counter() - start < seconds and len(times["roofline"]) < MAX_ROUNDS
    ):
        for name, call in here.items():
            times[name].append(timed(call))
        times["roofline"].append(roofline(case, labels, logits))
    return summary(case, times) | {"extra_mib": extra_memory(here["xentlib"])}


def clock() -> float:
    """Return the time in seconds; with one thread, that of this process alone.

    The processor time of a single thread is not disturbed by what else runs on the machine.
    """
    return time.process_time() if threads() == 1 else time.perf_counter()


def threads() -> int:
    """Return how many threads everybody may use."""
    return int(os.environ["OMP_NUM_THREADS"])


def timed(call: Call) -> float:
    """Return the seconds of a call: the mean of as many as take about two milliseconds.

    For a short one, a call before them brings its data and its code back into the caches.
    """
    start = clock()
    call()
    first = clock() - start
    if first > 2e-2:
        return first
    repeats = int(min(max(2e-3 / max(first, 1e-6), 1), 100))
    start = clock()
    for _ in range(repeats):
        call()
    return (clock() - start) / repeats


def check_agreement(case: Case, calls: dict[str, Call]) -> None:
    """Refuse to time functions that do not compute the same."""
    expected = calls["xentlib"]()
    tolerance = 1e-3 if case.dtype == "float32" else 1e-9
    for name, call in calls.items():
        found = call()
        if name == "scikit-learn":
            np.testing.assert_allclose(found, np.mean(expected), rtol=1e-3)
            continue
        pairs = zip(found, expected, strict=True) if case.gradient else [(found, expected)]
        for there, here in pairs:
            np.testing.assert_allclose(np.asarray(there), here, tolerance, tolerance, err_msg=name)


def roofline(case: Case, labels: np.ndarray, logits: np.ndarray) -> float:
    """Return the seconds of what nobody can avoid.

    The input is read once from memory (and the gradient written once), and exp is taken of as many
    float64 numbers, which are in the cache.
    """
    flat, buffer = logits.reshape(-1), np.linspace(-10.0, 0.0, min(BLOCK, logits.size))
    result, target = np.empty_like(buffer), np.empty(BLOCK, logits.dtype)
    gradient = np.empty_like(flat) if case.gradient else None
    others = [labels.reshape(-1)] if labels.size == logits.size else []
    start = clock()
    for first in range(0, flat.size, BLOCK):
        for array in (flat, *others):
            part = array[first : first + BLOCK]
            np.copyto(target[: part.size], part)
        if gradient is not None:
            gradient[first : first + BLOCK] = target[: part.size]
        np.exp(buffer[: part.size], out=result[: part.size])
    return (clock() - start) / (threads() if flat.size > 2**17 else 1)


def extra_memory(call: Call) -> float:
    """Return the largest memory that Python's allocators held beyond the result, in MiB."""
    tracemalloc.start()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    arrays = result if isinstance(result, tuple) else (result,)
    return float((peak - sum(np.asarray(array).nbytes for array in arrays)) / 2**20)


def summary(case: Case, times: dict[str, list[float]]) -> dict[str, Any]:
    """Return the medians, and the ratio to the fastest peer with its spread over the rounds."""
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    least = {name: min(taken) for name, taken in times.items()}
    fair = [n for n in times if n not in ("xentlib", "roofline", "scikit-learn")]

    def ratios(name: str) -> list[float]:
        pairs = zip(times["xentlib"], times[name], strict=True)
        quotients = sorted(here / there for here, there in pairs)
        return [quotients[0], statistics.median(quotients), quotients[-1]]

    fastest = min(fair, key=lambda name: least[name])
    return {
        "case": str(case),
        "loss": case.loss,
        "shape": case.shape,
        "dtype": case.dtype,
        "gradient": case.gradient,
        "rounds": len(times["xentlib"]),
        "median_ms": {name: 1e3 * value for name, value in medians.items()},
        "minimum_ms": {name: 1e3 * value for name, value in least.items()},
        "fastest": fastest,
        "ratio": ratios(fastest),
        "ratios": {name: ratios(name)[1] for name in fair},
        "ratio_of_minima": least["xentlib"] / min(least[name] for name in fair),
        "of_roofline": ratios("roofline")[1],
    }


def peak_of_process(case: Case) -> float:
    """Return by how much a call of xentlib raises the peak of this process, in MiB.

    Inputs and a first result are held meanwhile; what the second result takes is subtracted.
    """
    labels, logits = case.arrays()
    call = peers.call("xentlib", case, labels, logits)
    assert call is not None
    peers.call("xentlib", case, labels[:8], logits[:8])  # imports
    before = peak_memory()
    result = call()
    raised = peak_memory() - before
    arrays = result if isinstance(result, tuple) else (result,)
    return raised - sum(np.asarray(array).nbytes for array in arrays) / 2**20


# --- the command ----------------------------------------------------------------------------------


def in_process(arguments: list[str]) -> Any:
    """Run this script in a new process and return what it prints, read as JSON."""
    command = [sys.executable, "-m", "benchmarks.bench", *arguments]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            found = json.loads(line)
            lines.append(found)
            if "case" in found:
                line = f"{found['case']}: {found['ratio_of_minima']:.2f} of {found['fastest']}"
                print(line, flush=True)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed.")
    return lines


def machine() -> dict[str, Any]:
    """Return what the numbers depend on."""
    name = platform.processor() or platform.machine()
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        name = models[0] if models else name
    return {
        "processor": name,
        "processors": peers.available(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "versions": peers.versions(),
        "date": time.strftime("%Y-%m-%d"),
    }


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the large shapes")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each case and threads")
    parser.add_argument("--only", default="", help="cases that have these words, joined by +")
    parser.add_argument("--threads", type=int, help="one number of threads instead of all")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    chosen = cases(options.quick, options.only)
    if options.memory is not None:
        peers.set_threads(peers.available())
        print(json.dumps({"peak_mib": peak_of_process(chosen[options.memory])}))
        return
    if options.worker:
        peers.set_threads(options.worker)
        warnings.simplefilter("ignore")
        for case in chosen:
            print(json.dumps(measure(case, options.seconds)), flush=True)
        return
    shared = ["--only", options.only, "--seconds", str(options.seconds)]
    shared += ["--quick"] if options.quick else []
    counts = [options.threads] if options.threads else sorted({1, peers.available()})
    rows = []
    for count in counts:
        lines = in_process([*shared, "--worker", str(count)])
        rows += [line | {"threads": count} for line in lines]
    for number, case in enumerate(chosen):
        if math.prod(case.shape) < 2**20:
            continue
        peak = in_process([*shared, "--memory", str(number)])[0]["peak_mib"]
        for row in rows:
            if row["case"] == str(case):
                row["peak_mib"] = peak
    found = {"machine": machine(), "cases": merged(rows)}
    RESULTS.mkdir(exist_ok=True)
    report.write(found, RESULTS)
    print(report.goals(found))


def merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the stored results with these in place of older ones of the same cases."""
    path = RESULTS / "results.json"
    old = json.loads(path.read_text(encoding="utf-8"))["cases"] if path.exists() else []
    by_case = {(row["threads"], row["case"]): row for row in [*old, *rows]}
    order = {str(case): number for number, case in enumerate(cases(False, ""))}
    return sorted(by_case.values(), key=lambda row: (row["threads"], order[row["case"]]))


if __name__ == "__main__":
    main()
