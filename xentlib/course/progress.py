"""A progress bar that a notebook can store: it names no times, so every run ends alike."""

import sys
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

__all__ = ["progress"]


def progress(steps: Sequence[Any], name: str = "training") -> tqdm:
    """Go through the steps and show how far we are.

    It is a tqdm bar, so ``set_postfix`` can show a number that changes. Each state of the bar
    overwrites the one before, and only the last is kept when the notebook is stored.

    Parameters
    ----------
    steps : sequence
        What to go through.
    name : str
        What is being done.

    Returns
    -------
    tqdm
        The bar, to be used in a ``for`` loop.
    """
    return tqdm(
        steps,
        desc=name,
        file=sys.stdout,
        ncols=40,  # what a phone can show in one line
        ascii=False,
        bar_format="{desc} |{bar}| {n_fmt}/{total_fmt}{postfix}",
    )
