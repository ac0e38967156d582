"""Switch the SIMD paths of NumPy and of the frameworks off in a new process."""

from collections.abc import Mapping

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__


def dispatched() -> list[str]:
    """Return the CPU features that NumPy uses here beyond those it was compiled for."""
    return [name for name in __cpu_dispatch__ if __cpu_features__[name]]


def without_simd(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process in which NumPy uses none of them.

    PyTorch and JAX take their plainest paths there. (TensorFlow's are chosen when it is built.)
    """
    return {
        **environment,
        "NPY_DISABLE_CPU_FEATURES": " ".join(dispatched()),
        "ATEN_CPU_CAPABILITY": "default",
        "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2",
    }
