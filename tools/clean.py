"""Remove the folders and files named, and every `__pycache__` outside .venv."""

import shutil
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
caches = [p for p in root.rglob("__pycache__") if ".venv" not in p.parts]
for path in [root / name for name in sys.argv[1:]] + caches:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
