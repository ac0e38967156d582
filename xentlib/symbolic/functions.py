"""The book's functions as SymPy functions: sigmoid, log-sigmoid, softplus and logit.

They stay as they are written until a derivation asks for their definition.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from sympy import Add, Function, Integer, Mul, Pow, Symbol, exp, log

__all__ = ["LogSigmoid", "Logit", "Sigmoid", "Softplus", "definition"]


class _Defined(Function):  # type: ignore[misc]
    """A function of one argument given by a definition in exp and log."""

    nargs = 1
    latex_name = ""

    @classmethod
    @abstractmethod
    def definition(cls, argument: Any) -> Any:
        """Return the defining expression at `argument`, unevaluated."""

    def doit(self, **hints: Any) -> Any:
        """Stay as written: only a rewrite replaces a name by its definition."""
        return self.func(self.args[0].doit(**hints))

    def _eval_rewrite(self, rule: Any, args: Any, **hints: Any) -> Any:
        if rule in (exp, log, "exp", "log", "definition"):
            return _evaluated(self.definition(args[0]))
        return None

    def _eval_evalf(self, prec: int) -> Any:
        return _evaluated(self.definition(self.args[0]))._eval_evalf(prec)

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[0].is_extended_real else None

    def _latex(self, printer: Any, exp: Any = None) -> str:
        shown = f"{self.latex_name}({printer.doprint(self.args[0])})"
        return shown if exp is None else rf"\left[{shown}\right]^{{{exp}}}"

    def _mpmathcode(self, printer: Any) -> str:
        return str(printer.doprint(_evaluated(self.definition(self.args[0]))))

    _pythoncode = _numpycode = _lambdacode = _scipycode = _mpmathcode


class Sigmoid(_Defined):
    r"""The logistic function, :math:`\sigma(x) = 1/(1 + e^{-x})`.

    Examples
    --------
    >>> from sympy import Symbol, exp
    >>> x = Symbol("x", real=True)
    >>> Sigmoid(x).diff(x)
    (1 - Sigmoid(x))*Sigmoid(x)
    >>> Sigmoid(x).rewrite(exp)
    1/(1 + exp(-x))
    >>> Sigmoid(0).evalf(5)
    0.50000
    """

    latex_name = r"\sigma"

    @classmethod
    def definition(cls, argument: Any) -> Any:
        """Return 1/(1 + exp(-argument)), unevaluated."""
        return _reciprocal(_sum(Integer(1), _exp(_negative(argument))))

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative, σ(1 - σ)."""
        return self * (1 - self)

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_real else None


class LogSigmoid(_Defined):
    r"""The logarithm of the sigmoid, :math:`\ln \sigma(x) = -\ln(1 + e^{-x})`.

    Examples
    --------
    >>> from sympy import Symbol
    >>> LogSigmoid(Symbol("x")).diff()
    1 - Sigmoid(x)
    """

    latex_name = r"\ln\sigma"

    @classmethod
    def definition(cls, argument: Any) -> Any:
        """Return log(1/(1 + exp(-argument))), unevaluated."""
        return log(Sigmoid.definition(argument), evaluate=False)

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative, 1 - σ."""
        return 1 - Sigmoid(self.args[0])

    def _eval_is_negative(self) -> bool | None:
        return True if self.args[0].is_real else None


class Softplus(_Defined):
    r"""The smooth ramp, :math:`\ln(1 + e^x)`.

    Examples
    --------
    >>> from sympy import Symbol
    >>> Softplus(Symbol("x")).diff()
    Sigmoid(x)
    """

    latex_name = r"\operatorname{softplus}"

    @classmethod
    def definition(cls, argument: Any) -> Any:
        """Return log(1 + exp(argument)), unevaluated."""
        return log(_sum(Integer(1), _exp(argument)), evaluate=False)

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative, σ."""
        return Sigmoid(self.args[0])

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_real else None


class Logit(_Defined):
    r"""The log-odds, :math:`\ln(p/(1 - p))`, the inverse of the sigmoid.

    Examples
    --------
    >>> from sympy import Rational, Symbol
    >>> Logit(Symbol("p")).diff()
    1/(p*(1 - p))
    >>> Logit(Rational(1, 2)).rewrite("log")
    0
    """

    latex_name = r"\operatorname{logit}"

    @classmethod
    def definition(cls, argument: Any) -> Any:
        """Return log(argument/(1 - argument)), unevaluated."""
        odds = Mul(argument, _reciprocal(_sum(Integer(1), _negative(argument))), evaluate=False)
        return log(odds, evaluate=False)

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative, 1/(p(1 - p))."""
        p = self.args[0]
        return 1 / (p * (1 - p))

    def _eval_is_extended_real(self) -> bool | None:
        return None  # it is real between 0 and 1 only, which no assumption of SymPy's can say


def definition(name: str) -> Any:
    """Return the defining expression of one of the book's functions, for real x.

    Parameters
    ----------
    name : {"sigmoid", "log_sigmoid", "softplus", "logit"}

    Examples
    --------
    >>> definition("softplus")
    log(exp(x) + 1)
    """
    table = {"sigmoid": Sigmoid, "log_sigmoid": LogSigmoid, "softplus": Softplus, "logit": Logit}
    return _evaluated(table[name].definition(Symbol("x", real=True)))


def _evaluated(expression: Any) -> Any:
    if not expression.args:
        return expression
    return expression.func(*(_evaluated(argument) for argument in expression.args))


def _negative(argument: Any) -> Any:
    return Mul(-1, argument, evaluate=False)


def _sum(*terms: Any) -> Any:
    return Add(*terms, evaluate=False)


def _exp(argument: Any) -> Any:
    return exp(argument, evaluate=False)


def _reciprocal(argument: Any) -> Any:
    return Pow(argument, -1, evaluate=False)
