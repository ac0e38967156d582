"""Cross-entropy losses, exact to the last digit of their floating-point type."""

from xentlib.activations import log_sigmoid, logit, sigmoid, softplus
from xentlib.gradients import grad, value_and_grad
from xentlib.losses import binary_cross_entropy, sigmoid_cross_entropy

__version__ = "0.1.0"

__all__ = [
    "binary_cross_entropy",
    "grad",
    "log_sigmoid",
    "logit",
    "sigmoid",
    "sigmoid_cross_entropy",
    "softplus",
    "value_and_grad",
]
