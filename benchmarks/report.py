"""From the numbers of bench.py: a table (Markdown), a picture (SVG), and how the goals are met."""

from __future__ import annotations

import json
import math
import pathlib
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
PEERS = ("JAX", "PyTorch", "TensorFlow", "SciPy", "scikit-learn")
COLOURS = {"float32": "#0072b2", "float64": "#d55e00"}


def write(found: dict[str, Any], folder: pathlib.Path) -> None:
    """Write results.json, results.md and results.svg."""
    text = json.dumps(rounded(found), indent=1)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    found = json.loads(text)
    (folder / "results.md").write_text(page(found), encoding="utf-8")
    (folder / "results.svg").write_text(picture(found), encoding="utf-8")


def rounded(value: Any) -> Any:
    """Return the same with four digits, which is more than repeats."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def geometric_mean(values: Iterable[float]) -> float:
    """Return the mean that suits ratios."""
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else math.nan


def is_large(row: Row) -> bool:
    """Tell whether the goals for 4,096 x 10 and above count this case."""
    return row["shape"][0] >= 1024


def is_ahead(row: Row, *peers: str) -> bool:
    """Tell whether the shortest time of xentlib is below those of these peers."""
    times = row["minimum_ms"]
    return all(times["xentlib"] <= times[name] for name in peers if name in times)


def goals(found: dict[str, Any]) -> str:
    """Return one line for each goal and number of threads."""
    lines = []
    for threads in sorted({row["threads"] for row in found["cases"]}):
        rows = [row for row in found["cases"] if row["threads"] == threads]
        large = [row for row in rows if is_large(row)]
        small = [row for row in rows if not is_large(row)]
        ahead = sum(is_ahead(row, "PyTorch", "TensorFlow", "SciPy") for row in large)
        fastest = sum(row["ratio_of_minima"] < 1 for row in large)
        near = sum(row["of_roofline"] <= 2 for row in large)
        torch = sum(is_ahead(row, "PyTorch") for row in small)
        lines += [
            f"{threads} thread{'s' if threads > 1 else ''}, 4,096 x 10 and above:",
            f"- ahead of PyTorch, TensorFlow and SciPy in {ahead} of {len(large)} cases",
            f"- fastest of all in {fastest} of {len(large)} cases",
            "- geometric mean of the ratios to the fastest peer: "
            f"{geometric_mean(row['ratio_of_minima'] for row in large):.2f}",
            f"- within 2 x of the roofline in {near} of {len(large)} cases",
            f"- at 32 x 10, no slower than PyTorch in {torch} of {len(small)} cases",
            "",
        ]
    return "\n".join(lines)


def machine_line(found: dict[str, Any]) -> str:
    """Return the machine and the versions in one sentence."""
    m = found["machine"]
    names = ", ".join(f"{name} {version}" for name, version in m["versions"].items())
    return (
        f"{m['processor']}, {m['processors']} processors, {m['system']}, Python {m['python']}; "
        f"{names}. Measured on {m['date']}."
    )


def page(found: dict[str, Any]) -> str:
    """Return everything as Markdown."""
    parts = [
        "# Results",
        machine_line(found),
        "Milliseconds are the shortest over the rounds: of processor time with one thread, of time "
        "on the wall with several. A ratio below 1 says that xentlib is faster.",
        "![Ratio of the time of xentlib to that of the fastest peer](results.svg)",
        goals(found),
    ]
    for threads in sorted({row["threads"] for row in found["cases"]}):
        parts.append(f"## {threads} thread{'s' if threads > 1 else ''}")
        parts.append(table([row for row in found["cases"] if row["threads"] == threads]))
    return "\n\n".join(parts) + "\n"


def table(rows: list[Row]) -> str:
    """Return a Markdown table with a line for each case."""
    names = ["xentlib", *(n for n in PEERS if any(n in row["median_ms"] for row in rows))]
    head = ["case", *(f"{n}, ms" for n in names), "fastest peer", "ratio"]
    head.append("in single rounds: min / median / max")
    head += ["times the roofline", "extra memory: Python / process, MiB"]
    lines = [head, ["---", *["---:"] * len(names), "---", *["---:"] * 4]]
    for row in rows:
        times = [row["minimum_ms"].get(name) for name in names]
        peak = f"{max(row['peak_mib'], 0):.1f}" if "peak_mib" in row else "–"
        lines.append(
            [
                row["case"],
                *("–" if value is None else f"{value:.3g}" for value in times),
                row["fastest"],
                f"{row['ratio_of_minima']:.2f}",
                " / ".join(f"{value:.2f}" for value in row["ratio"]),
                f"{row['of_roofline']:.1f}",
                f"{row['extra_mib']:.1f} / " + peak,
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def alternative(found: dict[str, Any]) -> str:
    """Return what the picture shows, in words."""
    rows = [row for row in found["cases"] if is_large(row)]
    faster = sum(row["ratio_of_minima"] < 1 for row in rows)
    mean = geometric_mean(row["ratio_of_minima"] for row in rows)
    return (
        "For every case, the shortest time of xentlib divided by that of the fastest peer, as a "
        "dot, with a bar from the smallest to the largest round. Of the "
        f"{len(rows)} cases of 4,096 x 10 and above, {faster} lie below 1; "
        f"the geometric mean is {mean:.2f}."
    )


def picture(found: dict[str, Any]) -> str:
    """Return the ratios as dots with bars, on a logarithmic axis."""
    rows = found["cases"]
    height, left, width, top = 15, 400, 420, 40
    low, high = 0.1, 20.0

    def place(value: float) -> float:
        share = math.log(min(max(value, low), high) / low) / math.log(high / low)
        return left + width * share

    bottom = top + height * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 30} {bottom + 40}" '
        'role="img" font-family="sans-serif" font-size="10">',
        f"<title>{alternative(found)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        x, colour = place(tick), "#000000" if tick == 1 else "#cccccc"
        parts.append(f'<path d="M{x:.1f} {top}V{bottom}" stroke="{colour}"/>')
        for y in (top - 6, bottom + 14):
            parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{tick:g}</text>')
    for number, row in enumerate(rows):
        y, colour = top + height * (number + 0.5), COLOURS[row["dtype"]]
        least, _, most = map(place, row["ratio"])
        median = place(row["ratio_of_minima"])
        label = f"{row['case']} ({row['threads']} thr.)"
        parts += [
            f'<text x="{left - 8}" y="{y + 3:.1f}" text-anchor="end">{label}</text>',
            f'<path d="M{least:.1f} {y:.1f}H{most:.1f}" stroke="{colour}"/>',
            f'<circle cx="{median:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>',
        ]
    caption = "time of xentlib / time of the fastest peer (below 1: xentlib is faster)"
    parts.append(f'<text x="{left}" y="14">{caption}</text>')
    parts.append(f'<text x="{left - 8}" y="{bottom + 30}">{machine_line(found)[:120]}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
