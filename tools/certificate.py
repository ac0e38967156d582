"""Measure the certificate of accuracy and store it.

    python -m tools.certificate

Without the frameworks, xentlib alone is measured again, and what was measured of the others stays.
"""

import json
import sys
from typing import Any

from tools.frameworks import how_to_get_them
from tools.notebooks import shown
from xentlib.course.certificate import FILE, XENTLIB, Contestant, certified, renewed


def contestants() -> tuple[Contestant, ...]:
    """Return the libraries that can be measured here."""
    if how_to_get_them():
        return (XENTLIB,)
    from xentlib.course.frameworks.contestants import CONTESTANTS

    return CONTESTANTS


def written(certificate: dict[str, Any]) -> str:
    """Return the certificate as it is stored: a line for each entry, so that a change is seen."""
    return json.dumps(certificate, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the certificate, and say whether it has changed."""
    stored = certified(FILE) if FILE.exists() else {}
    text = written(renewed(stored, contestants()))
    if text != written(stored):
        FILE.write_text(text, encoding="utf-8", newline="\n")
        print(f"changed: {shown(FILE)}. Read the difference before you commit it.")
    if remedy := how_to_get_them():
        print(f"LEFT OUT: the frameworks were not measured again. {remedy}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
