"""List a makefile's commands with the words that stand behind `##`."""

import re
import sys
from pathlib import Path

for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    if match := re.match(r"([a-z]+):.*?## (.*)", line):
        print(f"make {match[1]:<10} {match[2]}")
