"""Checks of what callers pass in.

Each check either returns the argument in the form the caller needs, or raises an error that names
the argument, the position and the value of the first offender, and what was expected.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from xentlib._exact import Array

REDUCTIONS = ("none", "sum", "mean")


# --- arrays ---------------------------------------------------------------------------------------


def real_array(values: object, name: str) -> Array:
    """Return `values` as an array of booleans, integers or floating-point numbers."""
    _refuse_subclasses(values, name)
    try:
        array = np.asarray(values)
    except ValueError as error:
        _raise_ragged(values, name, error)
    if array.dtype.kind not in "biuf" and not _is_bfloat16(array.dtype):
        _raise_not_real(values, array, name)
    return array


def fractions(values: object, name: str, element: str) -> Array:
    """Return an array of numbers in [0, 1]: labels or probabilities."""
    array = real_array(values, name)
    require((array >= 0) & (array <= 1), array, name, f"every {element} must lie in [0, 1]")
    return array


def factors(values: object, name: str, shape: tuple[int, ...]) -> Array:
    """Return finite numbers >= 0 that broadcast to `shape` without enlarging it; None means 1."""
    if values is None:
        return np.ones(())
    array = real_array(values, name)
    valid = (array >= 0) & np.isfinite(array)
    require(valid, array, name, "every weight must be finite and at least 0")
    if not _broadcasts(array.shape, shape):
        raise ValueError(
            f"{name} has shape {array.shape}; it must broadcast to the shape {shape} of the labels "
            "without enlarging it."
        )
    return array


def same_shape(**arrays: Array) -> None:
    """Refuse two arrays of different shapes: nothing is broadcast by accident."""
    (first, a), (second, b) = arrays.items()
    if a.shape != b.shape:
        raise ValueError(
            f"{first} has shape {a.shape} but {second} has shape {b.shape}; "
            "they must have exactly the same shape, because nothing is broadcast."
        )


def require(valid: Array, array: Array, name: str, expected: str) -> None:
    """Raise a ValueError about the first element (in C order) that is not valid."""
    if not np.all(valid):
        index = np.unravel_index(int(np.argmin(valid)), array.shape)
        raise ValueError(f"{_place(name, index)} is {array[index]!s}; {expected}.")


def result_dtype(array: Array) -> np.dtype[Any]:
    """Return the argument's dtype in native byte order if it is floating, else float64."""
    is_floating = array.dtype.kind == "f" or _is_bfloat16(array.dtype)
    return array.dtype.newbyteorder("=") if is_floating else np.dtype(np.float64)


# --- options --------------------------------------------------------------------------------------


def fraction(value: Any, name: str) -> Array:
    """Return one real number in [0, 1] as an array without axes."""
    if not _is_real_number(value) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is {value!r}; it must be a real number in [0, 1].")
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {value!s}; it must lie in [0, 1].")
    return np.asarray(float(value))


def reduction(value: object) -> str:
    """Return the name of a reduction."""
    expected = f"it must be one of {', '.join(map(repr, REDUCTIONS))}"
    if not isinstance(value, str):
        raise TypeError(f"reduction is {value!r}; {expected}.")
    if value not in REDUCTIONS:
        raise ValueError(f"reduction is {value!r}; {expected}.")
    return value


# --- helpers --------------------------------------------------------------------------------------


def _is_bfloat16(dtype: np.dtype[Any]) -> bool:
    """Tell whether this is the bfloat16 of ml_dtypes, which is not imported for that."""
    return dtype.name == "bfloat16"


def _is_real_number(value: object) -> bool:
    # NumPy counts time differences among the integers.
    is_number = isinstance(value, (numbers.Real, np.bool_))
    return is_number and not isinstance(value, np.timedelta64)


def _refuse_subclasses(values: object, name: str, index: tuple[int, ...] = ()) -> None:
    """Refuse arrays that mean more than their numbers, such as masked arrays and matrices."""
    if isinstance(values, np.ndarray) and type(values) not in (np.ndarray, np.memmap):
        kind = f"{type(values).__module__.split('.')[0]}.{type(values).__qualname__}"
        raise TypeError(
            f"{_place(name, index)} is a {kind}; it must be a plain array, because what a {kind} "
            "means beyond its numbers would be lost. Convert it first: a masked array with "
            ".filled(value), any other with numpy.asarray."
        )
    if isinstance(values, (list, tuple)):
        for i, value in enumerate(values):
            if isinstance(value, (list, tuple, np.ndarray)):
                _refuse_subclasses(value, name, (*index, i))


def _raise_ragged(
    values: object, name: str, error: ValueError, index: tuple[int, ...] = ()
) -> NoReturn:
    """Say which row has another shape than the first row beside it."""
    shapes: list[tuple[int, ...]] = []
    for i, row in enumerate(values if isinstance(values, (list, tuple)) else ()):
        try:
            shapes.append(np.shape(row))
        except ValueError as inner:
            _raise_ragged(row, name, inner, (*index, i))
        if shapes[i] != shapes[0]:
            raise ValueError(
                f"{_place(name, (*index, i))} has shape {shapes[i]} but "
                f"{_place(name, (*index, 0))} has shape {shapes[0]}; "
                "all rows must have the same shape."
            ) from None
    raise ValueError(f"{name} cannot be read as an array of numbers: {error}") from None


def _raise_not_real(values: object, array: Array, name: str) -> NoReturn:
    """Show the first element that is no real number, as the caller wrote it."""
    if isinstance(values, (list, tuple)):
        array = np.asarray(values, dtype=object)
    for index in np.ndindex(array.shape if array.dtype.kind in "OSUTMmc" else (0,)):
        if not _is_real_number(array[index]):
            raise TypeError(
                f"{_place(name, index)} is {array[index]!r}; every element must be a real number."
            )
    raise TypeError(
        f"{name} has dtype {array.dtype}; it must be an array of real numbers: booleans, integers "
        "or floating point. Convert it first, for example with .astype(float)."
    )


def _place(name: str, index: Sequence[Any]) -> str:
    return f"{name}[{', '.join(str(int(i)) for i in index)}]" if len(index) else name


def _broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(a in (1, b) for a, b in pairs)
