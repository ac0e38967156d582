"""How each framework spells what xentlib computes: the equivalent call for every loss and option.

A spelling takes the framework's own arrays in xentlib's order, labels first, and returns one loss
for each row or element. What a framework cannot say has no entry.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special
import scipy.stats
import sklearn.metrics

from xentlib.course.frameworks.adapters import (
    JAX,
    KERAS,
    NUMPY,
    PYTORCH,
    TENSORFLOW,
    Framework,
    jax,
    keras,
    optax,
    tf,
    torch,
)

F = torch.nn.functional
# The values of the options; the calls below write them out, as a reader would.
CLASS_WEIGHTS = (0.5, 1.0, 2.0, 0.25)
POSITIVE = 3.0
SMOOTHING = 0.1
IGNORED = 2
FOCUS = {"gamma": 2.0, "alpha": 0.25}


@dataclass(frozen=True)
class Spelling:
    """A framework's call that means the same as a call of xentlib."""

    framework: Framework
    function: str
    call: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        chosen = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.framework.name}: {self.function}({chosen})"

    def value(self, *arrays: np.ndarray) -> np.ndarray:
        """Return what the framework computes for NumPy's arrays."""
        return self.framework.value(self.call, *arrays)

    def gradient(self, labels: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the framework's own derivative of the losses' sum with respect to ``x``."""
        return self.framework.gradient(self.call, labels, x)

    @property
    def source(self) -> str:
        """The call as it is written in this file."""
        return _sources()[self.call.__code__.co_firstlineno]


@cache
def _sources() -> dict[int, str]:
    """Return the body of each call of this file by the number of the line on which it begins."""
    text = Path(__file__).read_text(encoding="utf-8")
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Lambda):
            first, *others = (ast.get_source_segment(text, node.body) or "").splitlines()
            line = text.splitlines()[node.lineno - 1]
            indent = len(line) - len(line.lstrip())
            found[node.lineno] = "\n".join([first, *(other[indent:] for other in others)])
    return found


_SPARSE = "sparse_softmax_cross_entropy"
_DENSE = "softmax_cross_entropy"
_SIGMOID = "sigmoid_cross_entropy"
_BINARY = "binary_cross_entropy"
_FOCAL = "sigmoid_focal_cross_entropy"

SPARSE = (
    Spelling(
        TENSORFLOW, _SPARSE,
        lambda y, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x),
    ),
    Spelling(
        KERAS, _SPARSE,
        lambda y, x: keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction=None, dtype=x.dtype
        )(y, x),
    ),
    Spelling(
        KERAS, _SPARSE,
        lambda y, x: keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=2, reduction=None, dtype=x.dtype
        )(y, x),
        {"ignore_index": IGNORED},
    ),
    Spelling(
        PYTORCH, _SPARSE, lambda y, x: F.cross_entropy(x, y, reduction="none")
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(
            x, y, reduction="none", ignore_index=2
        ),
        {"ignore_index": IGNORED},
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(
            x, y, weight=x.new_tensor([0.5, 1.0, 2.0, 0.25]), reduction="none"
        ),
        {"weights": CLASS_WEIGHTS},
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(
            x, y, label_smoothing=0.1, reduction="none"
        ),
        {"label_smoothing": SMOOTHING},
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(
            x, y, weight=x.new_tensor([0.5, 1.0, 2.0, 0.25]), label_smoothing=0.1, reduction="none"
        ),
        {"weights": CLASS_WEIGHTS, "label_smoothing": SMOOTHING},
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(x, y, weight=x.new_tensor([0.5, 1.0, 2.0, 0.25])),
        {"weights": CLASS_WEIGHTS, "reduction": "mean"},
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(
            x, y, weight=x.new_tensor([0.5, 1.0, 2.0, 0.25]), label_smoothing=0.1
        ),
        {"weights": CLASS_WEIGHTS, "label_smoothing": SMOOTHING, "reduction": "mean"},
    ),
    Spelling(
        PYTORCH, _SPARSE,
        lambda y, x: F.cross_entropy(x, y, ignore_index=2),
        {"ignore_index": IGNORED, "reduction": "mean"},
    ),
    Spelling(JAX, _SPARSE, lambda y, x: optax.softmax_cross_entropy_with_integer_labels(x, y)),
    Spelling(
        NUMPY, _SPARSE,
        lambda y, x: -np.take_along_axis(scipy.special.log_softmax(x, -1), y[:, None], 1)[:, 0],
    ),
    Spelling(
        NUMPY, _SPARSE,
        lambda y, x: sklearn.metrics.log_loss(
            y, scipy.special.softmax(x, -1), labels=range(x.shape[1])
        ),
        {"reduction": "mean"},
    ),
)  # fmt: skip

DENSE = (
    Spelling(
        TENSORFLOW, _DENSE,
        lambda y, x: tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x),
    ),
    Spelling(
        KERAS, _DENSE,
        lambda y, x: keras.losses.CategoricalCrossentropy(
            from_logits=True, reduction=None, dtype=x.dtype
        )(y, x),
    ),
    Spelling(
        KERAS, _DENSE,
        lambda y, x: keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=0.1, reduction=None, dtype=x.dtype
        )(y, x),
        {"label_smoothing": SMOOTHING},
    ),
    Spelling(
        PYTORCH, _DENSE, lambda y, x: F.cross_entropy(x, y, reduction="none")
    ),
    Spelling(
        PYTORCH, _DENSE,
        lambda y, x: F.cross_entropy(
            x, y, weight=x.new_tensor([0.5, 1.0, 2.0, 0.25]), reduction="none"
        ),
        {"weights": CLASS_WEIGHTS},
    ),
    Spelling(
        PYTORCH, _DENSE,
        lambda y, x: F.cross_entropy(
            x, y, label_smoothing=0.1, reduction="none"
        ),
        {"label_smoothing": SMOOTHING},
    ),
    Spelling(JAX, _DENSE, lambda y, x: optax.softmax_cross_entropy(x, y)),
    Spelling(
        JAX, _DENSE,
        lambda y, x: optax.softmax_cross_entropy(x, optax.smooth_labels(y, 0.1)),
        {"label_smoothing": SMOOTHING},
    ),
    Spelling(
        NUMPY, _DENSE, lambda y, x: -(y * scipy.special.log_softmax(x, -1)).sum(-1)
    ),
)  # fmt: skip

SIGMOID = (
    Spelling(
        TENSORFLOW, _SIGMOID,
        lambda y, x: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
    ),
    Spelling(
        TENSORFLOW, _SIGMOID,
        lambda y, x: tf.nn.weighted_cross_entropy_with_logits(y, x, pos_weight=3.0),
        {"pos_weight": POSITIVE},
    ),
    Spelling(
        KERAS, _SIGMOID,
        lambda y, x: keras.losses.BinaryCrossentropy(
            from_logits=True, reduction=None, dtype=x.dtype
        )(y[..., None], x[..., None]),
    ),
    Spelling(
        KERAS, _SIGMOID,
        lambda y, x: keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=0.1, reduction=None, dtype=x.dtype
        )(y[..., None], x[..., None]),
        {"label_smoothing": SMOOTHING},
    ),
    Spelling(
        PYTORCH, _SIGMOID,
        lambda y, x: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
    ),
    Spelling(
        PYTORCH, _SIGMOID,
        lambda y, x: F.binary_cross_entropy_with_logits(
            x, y, pos_weight=x.new_tensor(3.0), reduction="none"
        ),
        {"pos_weight": POSITIVE},
    ),
    Spelling(
        PYTORCH, _SIGMOID,
        lambda y, x: F.binary_cross_entropy_with_logits(
            x, y, weight=x.new_tensor([0.5, 1.0, 2.0, 0.25]), reduction="none"
        ),
        {"weights": CLASS_WEIGHTS},
    ),
    Spelling(
        PYTORCH, _SIGMOID,
        lambda y, x: F.binary_cross_entropy_with_logits(x, y),
        {"reduction": "mean"},
    ),
    Spelling(JAX, _SIGMOID, lambda y, x: optax.sigmoid_binary_cross_entropy(x, y)),
    Spelling(
        NUMPY, _SIGMOID,
        lambda y, x: -y * scipy.special.log_expit(x) - (1 - y) * scipy.special.log_expit(-x),
    ),
)  # fmt: skip

BINARY = (
    Spelling(
        KERAS, _BINARY,
        lambda y, p: keras.losses.BinaryCrossentropy(reduction=None, dtype=p.dtype)(
            y[..., None], p[..., None]
        ),
    ),
    Spelling(
        PYTORCH, _BINARY,
        lambda y, p: F.binary_cross_entropy(p, y, reduction="none"),
    ),
    Spelling(
        NUMPY, _BINARY,
        lambda y, p: scipy.special.kl_div(y, p) + scipy.special.kl_div(1 - y, 1 - p)
        + scipy.special.entr(y) + scipy.special.entr(1 - y),
    ),
)  # fmt: skip

FOCAL = (
    Spelling(
        KERAS, _FOCAL,
        lambda y, x: keras.losses.BinaryFocalCrossentropy(
            from_logits=True, gamma=2.0, reduction=None, dtype=x.dtype
        )(y[..., None], x[..., None]),
        {"gamma": FOCUS["gamma"]},
    ),
    Spelling(
        KERAS, _FOCAL,
        lambda y, x: keras.losses.BinaryFocalCrossentropy(
            from_logits=True, apply_class_balancing=True, alpha=0.25, gamma=2.0,
            reduction=None, dtype=x.dtype
        )(y[..., None], x[..., None]),
        FOCUS,
    ),
    Spelling(
        JAX, _FOCAL, lambda y, x: optax.sigmoid_focal_loss(x, y, alpha=0.25, gamma=2.0), FOCUS
    ),
)  # fmt: skip

ACTIVATIONS = (
    Spelling(TENSORFLOW, "sigmoid", lambda x: tf.sigmoid(x)),
    Spelling(TENSORFLOW, "log_sigmoid", lambda x: tf.math.log_sigmoid(x)),
    Spelling(TENSORFLOW, "softplus", lambda x: tf.math.softplus(x)),
    Spelling(TENSORFLOW, "softmax", lambda x: tf.nn.softmax(x)),
    Spelling(TENSORFLOW, "log_softmax", lambda x: tf.nn.log_softmax(x)),
    Spelling(TENSORFLOW, "logsumexp", lambda x: tf.reduce_logsumexp(x, axis=-1)),
    Spelling(KERAS, "sigmoid", lambda x: keras.ops.sigmoid(x)),
    Spelling(KERAS, "log_sigmoid", lambda x: keras.ops.log_sigmoid(x)),
    Spelling(KERAS, "softplus", lambda x: keras.ops.softplus(x)),
    Spelling(KERAS, "softmax", lambda x: keras.ops.softmax(x)),
    Spelling(KERAS, "log_softmax", lambda x: keras.ops.log_softmax(x)),
    Spelling(KERAS, "logsumexp", lambda x: keras.ops.logsumexp(x, axis=-1)),
    Spelling(PYTORCH, "sigmoid", lambda x: torch.sigmoid(x)),
    Spelling(PYTORCH, "log_sigmoid", lambda x: F.logsigmoid(x)),
    Spelling(PYTORCH, "softplus", lambda x: F.softplus(x)),
    Spelling(PYTORCH, "softmax", lambda x: F.softmax(x, -1)),
    Spelling(PYTORCH, "log_softmax", lambda x: F.log_softmax(x, -1)),
    Spelling(PYTORCH, "logsumexp", lambda x: torch.logsumexp(x, -1)),
    Spelling(JAX, "sigmoid", lambda x: jax.nn.sigmoid(x)),
    Spelling(JAX, "log_sigmoid", lambda x: jax.nn.log_sigmoid(x)),
    Spelling(JAX, "softplus", lambda x: jax.nn.softplus(x)),
    Spelling(JAX, "softmax", lambda x: jax.nn.softmax(x)),
    Spelling(JAX, "log_softmax", lambda x: jax.nn.log_softmax(x)),
    Spelling(JAX, "logsumexp", lambda x: jax.nn.logsumexp(x, axis=-1)),
    Spelling(NUMPY, "sigmoid", lambda x: scipy.special.expit(x)),
    Spelling(NUMPY, "log_sigmoid", lambda x: scipy.special.log_expit(x)),
    Spelling(NUMPY, "softmax", lambda x: scipy.special.softmax(x, -1)),
    Spelling(NUMPY, "log_softmax", lambda x: scipy.special.log_softmax(x, -1)),
    Spelling(NUMPY, "logsumexp", lambda x: scipy.special.logsumexp(x, -1)),
)

LOGITS = (
    Spelling(PYTORCH, "logit", lambda p: torch.logit(p)),
    Spelling(JAX, "logit", lambda p: jax.scipy.special.logit(p)),
    Spelling(NUMPY, "logit", lambda p: scipy.special.logit(p)),
)

ENTROPIES = (
    Spelling(NUMPY, "entropy", lambda p: scipy.stats.entropy(p, axis=-1)),
    Spelling(NUMPY, "entropy", lambda p: scipy.stats.entropy(p, axis=-1, base=2), {"base": 2}),
    Spelling(NUMPY, "entropy", lambda p: scipy.special.entr(p).sum(-1)),
    Spelling(JAX, "entropy", lambda p: jax.scipy.special.entr(p).sum(-1)),
    Spelling(PYTORCH, "entropy", lambda p: torch.special.entr(p).sum(-1)),
    Spelling(
        PYTORCH, "entropy", lambda p: torch.distributions.Categorical(probs=p).entropy()
    ),
)  # fmt: skip

DIVERGENCES = (
    Spelling(NUMPY, "kl_divergence", lambda p, q: scipy.stats.entropy(p, q, axis=-1)),
    Spelling(
        NUMPY, "kl_divergence", lambda p, q: scipy.stats.entropy(p, q, axis=-1, base=2),
        {"base": 2},
    ),
    Spelling(NUMPY, "kl_divergence", lambda p, q: scipy.special.rel_entr(p, q).sum(-1)),
    Spelling(NUMPY, "kl_divergence", lambda p, q: scipy.special.kl_div(p, q).sum(-1)),
    Spelling(
        PYTORCH, "kl_divergence",
        lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1),
    ),
    Spelling(
        KERAS, "kl_divergence",
        lambda p, q: keras.losses.KLDivergence(reduction=None, dtype=q.dtype)(p, q),
    ),
    Spelling(JAX, "kl_divergence", lambda p, q: optax.kl_divergence(jax.numpy.log(q), p)),
)  # fmt: skip
