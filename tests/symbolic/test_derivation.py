"""What a derivation shows, and what it refuses to show."""

import copy
import re

import pytest
import sympy as sp

from xentlib.symbolic import (
    Derivation,
    DerivationError,
    FalseStep,
    Step,
    UndecidedStep,
    formula,
)
from xentlib.symbolic.prover import Proof


@pytest.fixture(scope="module")
def article():
    """The six lines of the source article."""
    return (
        Derivation(
            "z*(-log(sigmoid(x))) + (1 - z)*(-log(1 - sigmoid(x)))",
            name="L(x, z)",
            where="x real, 0 <= z <= 1",
        )
        .then(
            "z*(-log(1/(1 + exp(-x)))) + (1 - z)*(-log(exp(-x)/(1 + exp(-x))))",
            because=r"the definition of $\sigma$",
        )
        .then(
            "z*log(1 + exp(-x)) + (1 - z)*(-log(exp(-x)) + log(1 + exp(-x)))",
            because="logarithms of quotients",
        )
        .then(
            "z*log(1 + exp(-x)) + (1 - z)*(x + log(1 + exp(-x)))",
            because=r"$\ln e^{-x} = -x$",
        )
        .then("(1 - z)*x + log(1 + exp(-x))", because="the logarithms add up")
        .then("x - x*z + log(1 + exp(-x))", because="multiplied out")
    )


ARTICLE_LATEX = r"""$$
\begin{aligned}
L(x, z) ={}& z \cdot (-\ln \sigma(x)) + (1 - z) \cdot (-\ln(1 - \sigma(x))) \\
& \quad {\small \text{the definition of $\sigma$:}} \\
={}& z \cdot \left(-\ln\left(\frac{1}{1 + e^{-x}}\right)\right) + (1 - z) \cdot """ + (
    r"""\left(-\ln\left(\frac{e^{-x}}{1 + e^{-x}}\right)\right) \\
& \quad {\small \text{logarithms of quotients:}} \\
={}& z \ln(1 + e^{-x}) + (1 - z) \cdot (-\ln(e^{-x}) + \ln(1 + e^{-x})) \\
& \quad {\small \text{$\ln e^{-x} = -x$:}} \\
={}& z \ln(1 + e^{-x}) + (1 - z) \cdot (x + \ln(1 + e^{-x})) \\
& \quad {\small \text{the logarithms add up:}} \\
={}& (1 - z) x + \ln(1 + e^{-x}) \\
& \quad {\small \text{multiplied out:}} \\
={}& x - x z + \ln(1 + e^{-x})
\end{aligned}
$$"""
)


def test_the_article_prints_as_in_the_article(article):
    """Order and unevaluated forms are kept, each reason stands above its line."""
    assert article._repr_latex_() == ARTICLE_LATEX


def test_a_long_reason_is_broken_into_lines_that_a_phone_can_show():
    """Between words only: a formula in a reason stays whole, however long it is."""
    reason = r"a sum of two logarithms, of which each is $\ln(1 + e^{-x}) - \ln(1 + e^{-x})$, is 0"
    shown = Derivation("x + 0*x", where="x real").then("x", because=reason)._repr_latex_()
    lines = re.findall(r"\\small \\text\{(.*)\}\}", shown)
    assert " ".join(lines) == reason + ":"
    assert lines[0] == "a sum of two logarithms, of which each"
    assert len(lines) == 2
    assert all(line.count("$") % 2 == 0 for line in lines)


@pytest.mark.parametrize(
    ("last", "shown"), [(2, "for each C = 2"), (3, "for each C = 2, 3"), (4, "C = 2, ..., 4")]
)
def test_the_numbers_of_a_proof_are_said_plainly(last, shown):
    start = Derivation("sum(2*x[j], (j, 1, C))", where="x[j] real", each={"C": (2, last)})
    assert f"{shown})" in str(start.then("2*sum(x[j], (j, 1, C))", because="factor out 2"))


def test_text_for_a_terminal_is_aligned(article):
    lines = str(article).splitlines()
    assert lines[0] == "L(x, z) = z*(-log(sigmoid(x))) + (1 - z)*(-log(1 - sigmoid(x)))"
    assert lines[5].startswith("        = x - x*z + log(1 + exp(-x))  ")
    assert len({line.index("[") for line in lines[1:]}) == 1
    assert repr(article) == str(article)


def test_text_can_be_read_again(article):
    """What a terminal shows is what one may type: the same tree comes back."""
    for line in str(article).splitlines()[1:]:
        shown = line.split("=", 1)[1].split("[")[0].strip()
        again = Derivation(shown, where="x real, 0 <= z <= 1")
        assert again.start in [step.expression for step in article.steps]


def test_parts_are_at_hand(article):
    first = str(article).splitlines()[0].removeprefix("L(x, z) = ")
    assert article.start == Derivation(first, where="x z real").start
    assert len(article.steps) == 5
    assert article.result is article.steps[-1].expression
    assert article.steps[0].because == r"the definition of $\sigma$"
    assert article.steps[0].method


def test_a_derivation_does_not_change(article):
    """then() returns a new derivation: a failed or further step leaves the old one as it was."""
    before = str(article)
    longer = article.then("x*(1 - z) + log(1 + exp(-x))", because="collected")
    with pytest.raises(FalseStep):
        article.then("x", because="wrong")
    assert str(article) == before
    assert len(longer.steps) == 6
    with pytest.raises(AttributeError, match="does not change"):
        article.name = "other"
    with pytest.raises(AttributeError):
        article._steps = ()


def test_a_forged_step_is_not_displayed(article):
    """A step that `then` has not proved cannot be shown, even by poking."""
    forged = Step(sp.Symbol("x"), "because", "method", Proof("none"), True)
    for steps in [(forged,), (*article.steps, forged), article.steps[1:], article.steps[::-1]]:
        poked = article.then(article.result, because="the same")
        object.__setattr__(poked, "_steps", steps)
        for show in (str, repr, Derivation._repr_latex_):
            with pytest.raises(DerivationError, match="never proved"):
                show(poked)
        with pytest.raises(DerivationError):
            poked.establishes("sigmoid-cross-entropy-simplified")


def test_a_changed_step_is_not_displayed():
    """Nor one whose expression or reason was exchanged afterwards."""
    for field, value in [("expression", sp.Integer(0)), ("because", "another reason")]:
        made = Derivation("x + x", where="x real").then("2*x", because="twice")
        assert copy.deepcopy(made) is made
        assert copy.copy(made) is made
        object.__setattr__(made.steps[0], field, value)
        with pytest.raises(DerivationError, match="never proved"):
            str(made)


@pytest.mark.parametrize("reason", ["", "   ", None, 3])
def test_a_reason_is_required(reason):
    with pytest.raises(DerivationError, match="needs a reason"):
        Derivation("x", where="x real").then("x", because=reason)
    with pytest.raises(TypeError):
        Derivation("x", where="x real").then("x")


def test_the_false_step_error_shows_everything():
    with pytest.raises(FalseStep) as caught:
        Derivation("log(1 + exp(-x))", where="x real").then(
            "log(1 + exp(-x)) + x/10**30", because="too small to see"
        )
    assert str(caught.value) == (
        "this step is false:\n"
        "    left:  log(1 + exp(-x))\n"
        "    right: log(1 + exp(-x)) + x/10**30\n"
        "At x = 1:\n"
        "    left  = 0.313261687518222834048995494967856\n"
        "    right = 0.313261687518222834048995494968856"
    )


def test_the_undecided_step_error_says_what_to_do():
    with pytest.raises(UndecidedStep) as caught:
        Derivation("x/x", where="x real").then("1", because="cancelled")
    assert str(caught.value) == (
        "could not decide whether this step is true:\n"
        "    left:  x/x\n"
        "    right: 1\n"
        "Why: cannot show that x is never 0, in 1/x.\n"
        "What to do: add an intermediate step with then(), or an assumption with where=... "
        "(now: x real)."
    )


def test_one_base_class_for_both_refusals():
    assert issubclass(FalseStep, DerivationError)
    assert issubclass(UndecidedStep, DerivationError)
    assert issubclass(DerivationError, ValueError)
    assert not issubclass(FalseStep, UndecidedStep)
    assert not issubclass(UndecidedStep, FalseStep)


def test_a_case_split_is_said_on_the_page():
    """The page must say where one proof does not cover all; otherwise it says nothing."""
    start = Derivation("softplus(x)", where="x real")
    split = start.then("max(x, 0) + log(1 + exp(-abs(x)))", because="stable")
    assert r"\text{stable (cases $x \ge 0$ and $x < 0$):}" in split._repr_latex_()
    assert "[stable (cases x >= 0 and x < 0)]" in str(split)
    assert "cases" not in str(start.then("log(1 + exp(x))", because="defined so"))


def test_a_proof_for_each_number_of_classes_is_said_on_the_page():
    made = Derivation(
        "log(sum(exp(x[j]), (j, 1, C)))", where="x[j] real, m real", each={"C": (2, 6), "k": (1, 3)}
    ).then("m + log(sum(exp(x[j] - m), (j, 1, C)))", because="shift")
    assert r"\text{shift (for each $C = 2, \dots, 6$):}" in made._repr_latex_()
    assert "(for each C = 2, ..., 6)" in str(made)
    one = Derivation("sum(x, (j, 1, C))", where="x real", each={"C": (3, 3)})
    one = one.then("3*x", because="counted")
    assert "(for each C = 3)" in str(one)
    assert "for each $C = 3$" in one._repr_latex_()
    assert r"\sum_{j=1}^{C} e^{x_{j}}" in made._repr_latex_()


def test_a_gradient_starts_from_the_derivative_not_yet_taken():
    slope = Derivation.derivative(formula("sigmoid-cross-entropy-simplified"), "x").then(
        "sigmoid(x) - z", because="the chain rule"
    )
    opening = r"& \frac{\partial}{\partial x} \left[x - x z + \ln(1 + e^{-x})\right] \\"
    assert opening in slope._repr_latex_()
    with pytest.raises(FalseStep):
        Derivation.derivative("x**2", "x", where="x real").then("3*x", because="wrong")
    one = Derivation.derivative("log(1 + exp(x))", "x", where="x real", name=r"s'(x)")
    assert r"s'(x) ={}& \frac{d}{dx} \ln(1 + e^{x})" in one._repr_latex_()


@pytest.mark.parametrize(
    ("shown", "latex"),
    [
        (
            "(a if x > 0 else b)",
            r"\begin{cases} a & \text{if } x > 0 \\ b & \text{otherwise} \end{cases}",
        ),
        ("max(x, 0) - min(a, b)", r"\max(x, 0) - \min(a, b)"),
        ("exp(-abs(x))", r"e^{-\lvert x \rvert}"),
        ("a - (b - x)", "a - (b - x)"),
        ("a - (-b)", "a - (-b)"),
        ("-(a + b)*x", "-(a + b) x"),
        ("2*3*x", r"2 \cdot 3 x"),
        ("x*2", r"x \cdot 2"),
        ("a*b/(2*x)", r"\frac{a b}{2 x}"),
        ("a*(b/x)", r"a \frac{b}{x}"),
        ("a/b/x", r"\frac{a}{b x}"),
        ("(a + b)**2", "(a + b)^{2}"),
        ("x**(1/2)", r"x^{\frac{1}{2}}"),
        ("sqrt(x)", r"\sqrt{x}"),
        ("log(x)**2", r"(\ln x)^{2}"),
        ("log(x)*a", r"\ln(x) a"),
        ("a*log(x)", r"a \ln x"),
        ("log(2)", r"\ln 2"),
        ("1/x - 1/a", r"\frac{1}{x} - \frac{1}{a}"),
        ("1/10**30*x", r"\frac{1}{10^{30}} x"),
        ("softplus(-x)", r"\operatorname{softplus}(-x)"),
        ("x + 0 + 1*x", r"x + 0 + 1 x"),
        ("delta(1, 2)", r"\delta_{1, 2}"),
    ],
)
def test_formulas_look_like_a_textbook(shown, latex):
    """Signs, fractions, juxtaposition and parentheses, in the author's order."""
    made = Derivation(shown, where="x positive, a real, b nonzero")
    assert f"& {latex}\n" in made._repr_latex_()


def test_reasons_are_escaped_but_keep_their_formulas():
    made = Derivation("x", where="x real").then("x", because=r"100% & {so} \a_b $x_1^2$ #1")
    expected = r"\text{100$\%$ $\&$ \{so\} $\backslash$a$\_$b $x_1^2$ $\#$1:}"
    assert expected in made._repr_latex_()
    with pytest.raises(ValueError, match="without its partner"):
        Derivation("x", where="x real").then("x", because="costs 5$")


def test_sympy_objects_are_accepted():
    """With SymPy's own order, and with the author's where evaluation was switched off."""
    x = sp.Symbol("x", real=True)
    made = Derivation(sp.log(sp.exp(-x) + 1) + x).then(sp.log(1 + sp.exp(x)), because="exp")
    made = made.then("softplus(x)", because="its name")
    assert "softplus(x)" in str(made)
    kept = Derivation(sp.Add(x, 1, x, evaluate=False))
    assert "& x + 1 + x\n" in kept._repr_latex_()


@pytest.mark.parametrize(
    ("made", "latex", "text"),
    [
        (-2 * sp.Symbol("x", real=True), "-2 x", "-2*x"),
        (1 / sp.Symbol("x", real=True) ** 2, r"\frac{1}{x^{2}}", "1/x**2"),
        (sp.Rational(-1, 2), r"-\frac{1}{2}", "-1/2"),
        (sp.Rational(3, 4), r"\frac{3}{4}", "3/4"),
        (sp.Integer(-7), "-7", "-7"),
    ],
)
def test_sympy_objects_look_like_a_textbook(made, latex, text):
    shown = Derivation(made)
    assert f"& {latex}\n" in shown._repr_latex_()
    assert str(shown).strip() == text


def test_two_symbols_of_one_name_are_refused():
    """x real and x complex print alike: a derivation cannot hold both."""
    start = Derivation("x", where="x real")
    with pytest.raises(ValueError, match="two different symbols"):
        start.then(sp.Symbol("x"), because="the same letter")
    with pytest.raises(ValueError, match="declared twice"):
        Derivation("x", where="x real, x positive")


@pytest.mark.parametrize("wrong", [sp.Float("0.5") * sp.Symbol("x", real=True), "0.5*x", "1e-30"])
def test_decimal_numbers_are_refused(wrong):
    """A float is not exact, so no proof can be about it."""
    with pytest.raises(ValueError, match="not exact: write it as a fraction"):
        Derivation("x", where="x real").then(wrong, because="half")


@pytest.mark.parametrize("wrong", [sp.oo, sp.nan, sp.zoo])
def test_infinities_are_refused(wrong):
    with pytest.raises(ValueError, match="not a number that a step can contain"):
        Derivation("x", where="x real").then(wrong, because="far")


@pytest.mark.parametrize("wrong", [[1], None, sp.true, object()])
def test_what_is_no_formula_is_refused(wrong):
    with pytest.raises((ValueError, TypeError)):
        Derivation("x", where="x real").then(wrong, because="no formula")


def test_contradictory_conditions_prove_nothing():
    """From a contradiction everything would follow."""
    with pytest.raises(ValueError, match="contradict each other"):
        Derivation("x", where="x > 0, x < 0").then("x + 1", because="anything")


def test_a_derivative_in_a_tied_symbol_is_not_taken():
    """With p = sigmoid(x), d/dx of p is not 0, whatever SymPy makes of it."""
    with pytest.raises(UndecidedStep, match="tied"):
        Derivation("diff(p, x)", where="x real, p = sigmoid(x)").then("0", because="no x in it")


def test_a_bound_index_is_not_a_class_number():
    """The k of a sum is its own, also when each step is proved for every class k."""
    made = Derivation("sum(k*x[k], (k, 1, 2)) + x[k]", where="x[j] real", each={"k": (1, 3)}).then(
        "x[1] + 2*x[2] + x[k]", because="written out"
    )
    assert made.steps[0].proof.numbers


def test_elements_and_symbols_of_similar_names_are_different():
    """x[1] is not x[2]; x_1 would look like the first of them, and is refused."""
    with pytest.raises(FalseStep):
        Derivation("x[1]", where="x[j] real").then("x[2]", because="alike")
    with pytest.raises(ValueError, match="look alike"):
        Derivation("x[1]", where="x[j] real, x_1 real")


# --- establishes ---------------------------------------------------------------------------------


def test_a_derivation_establishes_the_registrys_formula(article):
    assert article.establishes("sigmoid-cross-entropy-simplified") is article


def test_establishing_refuses_another_result(article):
    with pytest.raises(DerivationError, match="equal, but written in another form"):
        article.establishes("sigmoid-cross-entropy-stable")
    with pytest.raises(DerivationError, match="not shown to be equal"):
        article.establishes("softplus")
    with pytest.raises(LookupError, match="did you mean 'sigmoid-cross-entropy-simplified'"):
        article.establishes("sigmoid-cross-entropy-simplifed")
    with pytest.raises(DerivationError, match="at least one step"):
        Derivation(formula("softplus")).establishes("softplus")


@pytest.mark.parametrize("narrow", ["x > 0", "x integer", "x >= -10**9", "x nonzero"])
def test_establishing_refuses_narrower_conditions(narrow):
    """What is derived for some x is not the formula for all x."""
    made = Derivation("softplus(x)", where=narrow).then("log(1 + exp(x))", because="defined so")
    with pytest.raises(DerivationError, match="assumes more"):
        made.establishes("softplus")


def test_establishing_refuses_a_tied_symbol():
    made = Derivation("softplus(x)", where="x = y + 1, y > 0").then(
        "log(1 + exp(x))", because="defined so"
    )
    with pytest.raises(DerivationError, match="assumes more"):
        made.establishes("softplus")


@pytest.mark.parametrize(
    ("labels", "sums_to", "wide_enough"),
    [("nonnegative", "1", True), ("real", "1", True), ("positive", "1", True),
     ("nonnegative", "2", False), ("negative", "-1", False), ("integer", "1", False)],
)  # fmt: skip
def test_a_wider_row_under_the_same_equation_is_enough(labels, sums_to, wide_enough):
    """Labels that may be 0 and sum to 1 cover those that are positive and sum to 1."""
    loss = formula("softmax-cross-entropy")
    made = Derivation(
        "sum(y[i]*(-log(exp(x[i])/sum(exp(x[j]), (j, 1, C)))), (i, 1, C))",
        where=f"x[j] real, y[j] {labels}, sum(y[j], (j, 1, C)) = {sums_to}", each=dict(loss.each),
    ).then(loss.written, because="the minus goes in front")  # fmt: skip
    if wide_enough:
        assert made.establishes(loss.id) is made
    else:
        with pytest.raises(DerivationError, match="assumes more"):
            made.establishes(loss.id)


def test_establishing_refuses_other_class_numbers_and_other_sums():
    """For two classes only, or for a distribution that adds up to 2, it is another formula."""
    for each, total, message in [((2, 3), 1, "is for"), ((2, 6), 2, "assumes more")]:
        where = f"p[j] positive, sum(p[j], (j, 1, C)) = {total}"
        made = Derivation("sum(-p[j]*log(p[j]), (j, 1, C))", where=where, each={"C": each})
        made = made.then("-sum(p[j]*log(p[j]), (j, 1, C))", because="one sign for all")
        with pytest.raises(DerivationError, match=message):
            made.establishes("entropy")


def test_an_auxiliary_name_narrows_nothing():
    made = Derivation("-z*log(p) - (1 - z)*log(1 - p)", where="x real, 0 <= z <= 1, p = sigmoid(x)")
    made = made.then("x - x*z + log(1 + exp(-x))", because=r"$p = \sigma(x)$")
    assert made.establishes("sigmoid-cross-entropy-simplified") is made
