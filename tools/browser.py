"""Find a Chromium or Chrome, and open it without its own traffic to other hosts."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)
HOW_TO_GET_ONE = (
    "No Chromium or Chrome was found. Install one (Debian, Ubuntu: apt-get install chromium), "
    "or name its path in the variable CHROMIUM."
)
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # Chromium's sandbox does not start for root, and the pages are our own.
    *(["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []),
]


@cache
def find_browser() -> str | None:
    """Return the path of a Chromium or Chrome, or None."""
    if named := os.environ.get("CHROMIUM"):
        return named if Path(named).is_file() else None
    found = [shutil.which(name) for name in NAMES] + [p for p in PLACES if Path(p).is_file()]
    return next((path for path in found if path), None)
