"""Every statement of the book on a framework is measured again."""

import json
import re
from dataclasses import replace

import pytest

from tools.notebooks import ROOT
from xentlib.course.frameworks.adapters import LIBRARIES
from xentlib.course.frameworks.facts import FACTS, PAGE, VERSIONS, FactChangedError, facts_of

NAMES = [f"{fact.library} {fact.function}: {fact.aspect}" for fact in FACTS]
COVERED = {
    "TensorFlow": {
        "softmax_cross_entropy_with_logits",
        "sparse_softmax_cross_entropy_with_logits",
        "sigmoid_cross_entropy_with_logits",
        "weighted_cross_entropy_with_logits",
    },
    "Keras": {
        "CategoricalCrossentropy",
        "SparseCategoricalCrossentropy",
        "BinaryCrossentropy",
        "BinaryFocalCrossentropy",
        "KLDivergence",
    },
    "PyTorch": {
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "kl_div",
    },
    "Optax": {
        "softmax_cross_entropy",
        "softmax_cross_entropy_with_integer_labels",
        "sigmoid_binary_cross_entropy",
        "sigmoid_focal_loss",
        "kl_divergence",
    },
    "scikit-learn": {"log_loss"},
    "SciPy": {
        "stats.entropy",
        "special.rel_entr",
        "special.kl_div",
        "special.log_softmax",
        "special.logsumexp",
    },
}


@pytest.mark.parametrize("fact", FACTS, ids=NAMES)
def test_a_statement_is_still_true(fact) -> None:
    fact.confirm()


def test_a_changed_framework_is_named_with_the_sentence_and_its_place() -> None:
    """Negative control: a wrong fact, as if PyTorch had changed what its mean divides by."""
    (fact,) = (f for f in FACTS if (f.function, f.aspect) == ("cross_entropy", "mean"))
    with pytest.raises(FactChangedError) as caught:
        replace(fact, result="rows").confirm()
    message = str(caught.value)
    for part in (
        f"PyTorch {VERSIONS['PyTorch']}",
        "'with weight it divides by the sum of the labels' weights'".replace("'", '"', 1)[:-1],
        "measured as 'rows'; now it is 'weights'",
        f"{PAGE}, tab PyTorch, table cross_entropy, row 'mean'",
    ):
        assert part in message, message


@pytest.mark.parametrize("fact", FACTS, ids=NAMES)
def test_a_wrong_result_would_be_noticed(fact) -> None:
    """Each measurement returns one thing; a fact with another result fails."""
    assert fact.result not in ("", "none of these")
    with pytest.raises(FactChangedError, match=re.escape(fact.place)):
        replace(fact, result=f"not {fact.result}").confirm()


def test_every_function_is_covered() -> None:
    for library, functions in COVERED.items():
        found = facts_of(library)
        assert set(found) == functions
        for function, facts in found.items():
            aspects = [fact.aspect for fact in facts]
            assert "input" in aspects, function
            assert len(aspects) == len(set(aspects)) >= 3, function


def test_there_are_no_facts_on_an_unknown_library() -> None:
    with pytest.raises(ValueError, match=r"no facts on 'Theano'; there are on TensorFlow"):
        facts_of("Theano")


def test_the_versions_are_the_locked_ones() -> None:
    names = {"TensorFlow": "tensorflow-cpu", "PyTorch": "torch"}
    locks = [ROOT / "requirements" / f"{name}.txt" for name in ("dev", "frameworks", "torch")]
    text = "\n".join(lock.read_text(encoding="utf-8") for lock in locks)
    assert set(VERSIONS) == set(LIBRARIES)
    for library, locked in VERSIONS.items():
        name = names.get(library, library.lower())
        assert re.search(rf"^{name}=={re.escape(locked)}( |$)", text, re.MULTILINE), library


def test_the_chapter_tells_every_fact() -> None:
    """Its stored outputs hold each statement and what was measured."""
    notebook = json.loads((ROOT / f"{PAGE}.ipynb").read_text(encoding="utf-8"))
    told = json.dumps(notebook["cells"], ensure_ascii=False)
    assert not [fact.place for fact in FACTS if json.dumps(fact.statement)[1:-1] not in told]
