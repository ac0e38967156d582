"""Derivations that are proved before they are shown, and the registry of the book's formulas.

Needs SymPy; nothing outside `xentlib.symbolic` and `xentlib.course` imports it.
"""

from xentlib.symbolic.derivation import (
    Derivation,
    DerivationError,
    FalseStep,
    Step,
    UndecidedStep,
)
from xentlib.symbolic.formulas import Formula, Quantity, formula, formulas, register
from xentlib.symbolic.functions import Logit, LogSigmoid, Sigmoid, Softplus

__all__ = [
    "Derivation",
    "DerivationError",
    "FalseStep",
    "Formula",
    "LogSigmoid",
    "Logit",
    "Quantity",
    "Sigmoid",
    "Softplus",
    "Step",
    "UndecidedStep",
    "formula",
    "formulas",
    "register",
]
