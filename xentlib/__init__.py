"""Cross-entropy losses, exact to the last digit of their floating-point type."""

from xentlib.activations import (
    log_sigmoid,
    log_softmax,
    logit,
    logsumexp,
    one_hot,
    sigmoid,
    softmax,
    softplus,
)
from xentlib.gradients import grad, value_and_grad
from xentlib.information import cross_entropy, entropy, kl_divergence, perplexity, surprisal
from xentlib.losses import (
    binary_cross_entropy,
    sigmoid_cross_entropy,
    sigmoid_focal_cross_entropy,
    softmax_cross_entropy,
    sparse_softmax_cross_entropy,
)
from xentlib.streaming import LogSumExp, linear_softmax_cross_entropy

__version__ = "0.1.0"

__all__ = [
    "LogSumExp",
    "binary_cross_entropy",
    "cross_entropy",
    "entropy",
    "grad",
    "kl_divergence",
    "linear_softmax_cross_entropy",
    "log_sigmoid",
    "log_softmax",
    "logit",
    "logsumexp",
    "one_hot",
    "perplexity",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sigmoid_focal_cross_entropy",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "sparse_softmax_cross_entropy",
    "surprisal",
    "value_and_grad",
]
