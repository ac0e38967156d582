"""Checks of what callers pass in.

Each check either returns the argument in the form the caller needs, or raises an error that names
the argument, the position and the value of the first offender, and what was expected.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from xentlib._blocks import Block, row_blocks, without_axis
from xentlib._exact import Array

REDUCTIONS = ("none", "sum", "mean")

# How far probabilities may be from summing to 1, by the number of their bytes.
_TOLERANCES = {2: 1e-2, 4: 1e-5}


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


def at_most_float64(values: object, name: str) -> Array:
    """Return `values` as such an array, with no more digits than float64 has."""
    array = real_array(values, name)
    if array.dtype.type is np.longdouble:
        raise TypeError(
            f"{name} has dtype {array.dtype}; it must have at most the digits of float64. Convert "
            "it first, for example with .astype(float)."
        )
    return array


def fractions(values: object, name: str, element: str) -> Array:
    """Return an array of numbers in [0, 1]: labels or probabilities."""
    array = real_array(values, name)
    if not _all_between(array, 0, 1):
        require((array >= 0) & (array <= 1), array, name, f"every {element} must lie in [0, 1]")
    return array


def class_labels(values: object, name: str, classes: int, ignore_index: int | None = None) -> Array:
    """Return integers from 0 to `classes` - 1; `ignore_index` is allowed as well."""
    array = real_array(values, name)
    expected = f"every label must be the index of a class, an integer from 0 to {classes - 1}"
    if ignore_index is not None:
        expected += f", or ignore_index, {ignore_index}"
    if array.size and array.dtype.kind not in "iu":
        first = (0,) * array.ndim
        raise TypeError(f"{_place(name, first)} is {array[first]!s} ({array.dtype}); {expected}.")
    if not _all_between(array, 0, classes - 1):
        valid = (array >= 0) & (array < classes)
        if ignore_index is not None:
            valid |= array == ignore_index
        require(valid, array, name, expected, IndexError)
    return array


def factors(values: object, name: str, shape: tuple[int, ...]) -> Array:
    """Return finite numbers >= 0 that broadcast to `shape` without enlarging it; None means 1."""
    if values is None:
        return np.ones(())
    array = _weights(values, name)
    if not _broadcasts(array.shape, shape):
        raise ValueError(
            f"{name} has shape {array.shape}; it must broadcast to the shape {shape} of the labels "
            "without enlarging it."
        )
    return array


def class_weights(values: object, name: str, classes: int) -> Array:
    """Return finite numbers >= 0, one for each class; None means 1."""
    if values is None:
        return np.ones(classes)
    array = _weights(values, name)
    if array.shape != (classes,):
        raise ValueError(
            f"{name} has shape {array.shape}; it must have the shape ({classes},): "
            "one weight for each class."
        )
    return array


def _weights(values: object, name: str) -> Array:
    array = real_array(values, name)
    valid = (array >= 0) & np.isfinite(array)
    require(valid, array, name, "every weight must be finite and at least 0")
    return array


def same_shape(**arrays: Array) -> None:
    """Refuse two arrays of different shapes: nothing is broadcast by accident."""
    (first, a), (second, b) = arrays.items()
    if a.shape != b.shape:
        raise ValueError(
            f"{first} has shape {a.shape} but {second} has shape {b.shape}; "
            "they must have exactly the same shape, because nothing is broadcast."
        )


def one_per_row(labels: Array, logits: Array, axis: int) -> None:
    """Refuse labels that are not one for each row of the logits."""
    rows = without_axis(logits.shape, axis)
    if labels.shape != rows:
        raise ValueError(
            f"labels has shape {labels.shape} but logits has shape {logits.shape} with the classes "
            f"along axis {axis}; labels must have exactly the shape {rows}, because nothing is "
            "broadcast."
        )


def linear_layer(hidden: Array, weight: Array) -> None:
    """Refuse rows and a matrix that do not fit."""
    if hidden.ndim == 0:
        raise ValueError("hidden has shape (); it must have an axis of hidden numbers, the last.")
    if weight.ndim != 2 or weight.shape[1] != hidden.shape[-1]:
        raise ValueError(
            f"weight has shape {weight.shape} but hidden has shape {hidden.shape}; weight must "
            f"have a row of {hidden.shape[-1]} numbers for each class."
        )
    if len(weight) == 0:
        raise ValueError(f"weight has shape {weight.shape}; it must have at least one class.")


def one_per_class(array: Array, name: str, classes: int) -> Array:
    """Return an array that has one number for each class."""
    if array.shape != (classes,):
        raise ValueError(
            f"{name} has shape {array.shape}; it must have the shape ({classes},): "
            "one number for each class."
        )
    return array


def one_per_hidden_row(labels: Array, hidden: Array) -> None:
    """Refuse labels that are not one for each row of hidden numbers."""
    if labels.shape != hidden.shape[:-1]:
        raise ValueError(
            f"labels has shape {labels.shape} but hidden has shape {hidden.shape}; labels must "
            f"have exactly the shape {hidden.shape[:-1]}, because nothing is broadcast."
        )


def require_hidden_rows(valid: Array, rows: Array, shape: tuple[int, ...], problem: str) -> None:
    """Raise a ValueError about the first of some rows of `hidden` that is not valid."""
    if not np.all(valid):
        index = np.unravel_index(int(rows[np.argmin(valid)]), shape[:-1])
        raise ValueError(f"{_place('hidden', [*index, ':'])} {problem}.")


def require(
    valid: Array,
    array: Array,
    name: str,
    expected: str,
    error: type[Exception] = ValueError,
) -> None:
    """Raise an error about the first element (in C order) that is not valid."""
    if not np.all(valid):
        index = np.unravel_index(int(np.argmin(valid)), array.shape)
        raise error(f"{_place(name, index)} is {array[index]!s}; {expected}.")


def require_rows(valid: Array, array: Array, name: str, block: Block, problem: str) -> None:
    """Raise a ValueError about the first row of a block of the array that is not valid."""
    if not np.all(valid):
        axis, number = block.array_axis, block.first + int(np.argmin(valid))
        index: list[Any] = list(np.unravel_index(number, without_axis(array.shape, axis)))
        index.insert(axis, ":")
        raise ValueError(f"{_place(name, index)} {problem}.")


def distributions(values: object, name: str, axis: int) -> tuple[Array, int]:
    """Return vectors of numbers in [0, 1] that sum to 1, and the number of their axis."""
    array = fractions(values, name, "probability")
    axis = class_axis(axis, array, name)
    tolerance = _TOLERANCES.get(result_dtype(array).itemsize, 1e-8)
    for block in row_blocks(array.shape, axis):
        sums = np.sum(block.rows(array), axis=block.axis)
        valid = np.abs(sums - 1) <= tolerance
        total = sums[np.argmin(valid)] if sums.size else 1
        problem = f"sums to {total:.9g}; every distribution must sum to 1 within {tolerance}"
        require_rows(valid, array, name, block, problem)
    return array, axis


def common_dtype(first: Array, second: Array) -> np.dtype[Any]:
    """Return the wider of the dtypes of those arguments that are floating, else float64."""
    floating = [a for a in (first, second) if a.dtype.kind not in "biu"]
    dtypes = [result_dtype(array) for array in floating or [first]]
    return np.promote_types(dtypes[0], dtypes[-1])


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


def at_least_zero(value: Any, name: str) -> Array:
    """Return one finite real number >= 0 as an array without axes."""
    if not _is_real_number(value) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is {value!r}; it must be a finite real number, at least 0.")
    if not 0.0 <= value < np.inf:
        raise ValueError(f"{name} is {value!s}; it must be finite and at least 0.")
    return np.asarray(float(value))


def base(value: Any) -> float:
    """Return the base of a logarithm."""
    if not _is_real_number(value) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"base is {value!r}; it must be a finite real number above 1.")
    if not 1.0 < value < np.inf:
        raise ValueError(f"base is {value!s}; it must be finite and above 1.")
    return float(value)


def integer(value: Any, name: str) -> int:
    """Return one integer."""
    is_integer = isinstance(value, numbers.Integral) and _is_real_number(value)
    if not is_integer or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}; it must be an integer.")
    return int(value)


def at_least_one(value: Any, name: str) -> int:
    """Return one integer >= 1."""
    number = integer(value, name)
    if number < 1:
        raise ValueError(f"{name} is {number}; it must be at least 1.")
    return number


def real_dtype(value: Any) -> np.dtype[Any]:
    """Return a dtype of booleans, integers or floating-point numbers."""
    try:
        dtype: np.dtype[Any] = np.dtype(value)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "biuf" and not _is_bfloat16(dtype):
        raise TypeError(f"dtype is {value!r}; it must be a boolean, integer or floating dtype.")
    return dtype


def axis(value: Any, ndim: int, name: str) -> int:
    """Return the number of an axis of an array with so many axes, counted from the first."""
    number = integer(value, "axis")
    if ndim == 0:
        raise ValueError(f"{name} has shape (); it must have an axis along which the classes lie.")
    if not -ndim <= number < ndim:
        raise ValueError(
            f"axis is {number}; it must be an integer from {-ndim} to {ndim - 1}, because {name} "
            f"has {ndim} {'axis' if ndim == 1 else 'axes'}."
        )
    return number % ndim


def class_axis(value: Any, array: Array, name: str) -> int:
    """Return the number of the axis along which at least one class lies."""
    number = axis(value, array.ndim, name)
    if array.shape[number] == 0:
        raise ValueError(
            f"{name} has shape {array.shape}; it must have at least one class along axis {number}."
        )
    return number


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
    raise ValueError(
        f"{_place(name, index)} cannot be read as an array of numbers: {error}"
    ) from None


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
    return f"{name}[{', '.join(map(str, index))}]" if len(index) else name


def _all_between(array: Array, low: int, high: int) -> bool:
    """Tell whether every number is, without another array of that size."""
    with np.errstate(invalid="ignore"):
        return array.size == 0 or bool(array.min() >= low and array.max() <= high)


def _broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(a in (1, b) for a, b in pairs)
