"""Steps from the book's subject: true ones, false ones, and ones that must not be decided."""

WHERE = (
    "x real, y real, c real, 0 <= z <= 1, a positive, b positive, n integer, 0 < p < 1, m <= 0, "
    "t nonzero, u complex, v complex, w[j] positive"
)

TRUE = [
    # the sigmoid
    ("sigmoid(x)", "1/(1 + exp(-x))"),
    ("sigmoid(x)", "exp(x)/(1 + exp(x))"),
    ("sigmoid(-x)", "1 - sigmoid(x)"),
    ("sigmoid(x)", "(1 + tanh(x/2))/2"),
    ("logit(sigmoid(x))", "x"),
    ("sigmoid(logit(p))", "p"),
    ("log(sigmoid(x))", "-softplus(-x)"),
    ("log_sigmoid(x)", "x - softplus(x)"),
    ("log(sigmoid(x)) - log(1 - sigmoid(x))", "x"),
    ("softplus(x) - softplus(-x)", "x"),
    ("tanh(x)", "2*sigmoid(2*x) - 1"),
    # two classes are one sigmoid
    ("sigmoid(y - x)", "exp(y)/(exp(x) + exp(y))"),
    ("log(exp(x) + exp(y))", "x + softplus(y - x)"),
    # derivatives
    ("diff(sigmoid(x), x)", "sigmoid(x)*(1 - sigmoid(x))"),
    ("diff(softplus(x), x)", "sigmoid(x)"),
    ("diff(diff(softplus(x), x), x)", "sigmoid(x)*sigmoid(-x)"),
    ("diff(logit(p), p)", "1/(p*(1 - p))"),
    ("diff(-p*log(p) - (1 - p)*log(1 - p), p)", "-logit(p)"),
    ("diff(x - x*z + log(1 + exp(-x)), x)", "sigmoid(x) - z"),
    # stable forms, by cases
    ("softplus(x)", "max(x, 0) + log(1 + exp(-abs(x)))"),
    ("log(exp(x) + exp(y))", "max(x, y) + log(1 + exp(-abs(x - y)))"),
    ("max(x, 0)", "x if x > 0 else 0"),
    ("max(x, 0)", "(x + abs(x))/2"),
    ("min(x, y) + max(x, y)", "x + y"),
    ("x*sign(x)", "abs(x)"),
    ("max(x, y, 0)", "max(max(x, y), 0)"),
    ("(1 if x > 0 else 0 if x < 0 else 1/2)", "(1 + sign(x))/2"),
    ("abs(exp(x) - 1)", "max(exp(x) - 1, 1 - exp(x))"),
    ("abs(m)", "-m"),
    ("abs(t)/t", "sign(t)"),
    # logarithms and powers, where assumptions allow
    ("log(exp(x))", "x"),
    ("exp(log(a))", "a"),
    ("log(a*b)", "log(a) + log(b)"),
    ("log(a/b)", "log(a) - log(b)"),
    ("log(a*t)", "log(a) + log(t)"),
    ("log(a**3)", "3*log(a)"),
    ("log(t**2)", "2*log(abs(t))"),
    ("log(4)", "2*log(2)"),
    ("sqrt(a**2)", "a"),
    ("sqrt(x**2)", "abs(x)"),
    ("sqrt(a*b)", "sqrt(a)*sqrt(b)"),
    ("1/sqrt(2)", "sqrt(2)/2"),
    ("a**(x + y)", "a**x*a**y"),
    ("exp(u + v)", "exp(u)*exp(v)"),
    ("(u + v)**2", "u**2 + 2*u*v + v**2"),
    ("log(x**4 + 1)", "log(x**2 + sqrt(2)*x + 1) + log(x**2 - sqrt(2)*x + 1)"),
    # small coefficients
    ("(1/10**30)*x", "x/10**30"),
    ("log(exp(sigmoid(1/2)))", "sigmoid(1/2)"),
    # entropy
    ("-p*log(p) - (1 - p)*log(1 - p)", "softplus(logit(p)) - p*logit(p)"),
    ("p*log(p/a)", "p*log(p) - p*log(a)"),
]

FALSE = [
    ("sigmoid(-x)", "sigmoid(x) - 1"),
    ("sigmoid(-x)", "-sigmoid(x)"),
    ("log(sigmoid(x))", "-softplus(x)"),
    ("log(sigmoid(x))", "-log(1 + exp(-x))/log(2)"),
    ("logit(sigmoid(x))", "-x"),
    ("sigmoid(y - x)", "exp(x)/(exp(x) + exp(y))"),
    ("softplus(x)", "log(1 + exp(-abs(x)))"),
    ("softplus(x)", "min(x, 0) + log(1 + exp(-abs(x)))"),
    ("softplus(x)", "x"),
    ("diff(sigmoid(x), x)", "sigmoid(x)*(1 + sigmoid(x))"),
    ("diff(softplus(x), x)", "sigmoid(-x)"),
    ("diff(x - x*z + log(1 + exp(-x)), x)", "z - sigmoid(x)"),
    ("max(x, 0)", "abs(x)"),
    ("abs(x + y)", "abs(x) + abs(y)"),
    ("sign(x)**2", "1"),
    ("max(x, y)", "(x + y)/2"),
    ("x - 10**8", "abs(x - 10**8)"),
    ("log(a + b)", "log(a) + log(b)"),
    ("log(a)/log(2)", "log(a)"),
    ("log(a)**2", "2*log(a)"),
    # traps of the complex logarithm and of roots
    ("log(exp(u))", "u"),
    ("log(u*v)", "log(u) + log(v)"),
    ("log(t**2)", "2*log(t)"),
    ("log(t*x/x)", "log(t) + x - x + 1"),
    ("sqrt(x**2)", "x"),
    ("sqrt(u**2)", "u"),
    ("(u**2)**(1/2)", "u"),
    ("exp(x)**y", "exp(x**y)"),
    # differences far below what a float shows
    ("x", "x + x/10**30"),
    ("1/10**30*x", "0"),
    ("log(1 + exp(-x))", "log(1 + exp(-x) + 1/10**40)"),
    ("x - x*z + log(1 + exp(-x))", "x - x*z + (1 + 1/10**30)*log(1 + exp(-x))"),
    ("log(exp(-60) + 1)", "exp(-60)"),
    # true at many points, not at all
    ("n*(n - 1)*(n - 2)*(n - 3)*(n - 4)", "0"),
    ("(-1)**n", "1"),
    ("z**2", "z"),
    ("p", "p**2"),
    ("min(x, 1000)", "x"),
    ("w[1]*log(w[1]) + w[2]*log(w[2])", "(w[1] + w[2])*log(w[1]*w[2])"),
]

# True somewhere, or true but beyond the prover: neither proved nor called false.
UNDECIDED = [
    ("x/x", "1", "x is never 0"),
    ("0/x", "0", "x is never 0"),
    ("n*(n - 1)/n", "n - 1", "n is never 0"),
    ("log(x**2)", "2*log(abs(x))", "x**2 > 0"),
    ("log(x)", "log(x)", "x > 0"),
    ("0*log(z)", "0", "z > 0"),
    ("(-1)**(2*n)", "1", "-1 > 0"),
    ("diff(abs(x), x)", "sign(x)", "derivative of cases"),
    ("log(u**2 + 1)", "log(1 + u**2)", "u**2 + 1 > 0"),
    ("sqrt(x)*sqrt(x)", "x", "x > 0"),
    ("1/(1 - exp(x))", "1/(1 - exp(x))", "never 0"),
]

# For each number of classes.
CLASSES = {"C": (2, 6), "k": (1, "C")}
SUMS_TRUE = [
    ("-log(exp(s[k])/sum(exp(s[j]), (j, 1, C)))", "log(sum(exp(s[j]), (j, 1, C))) - s[k]"),
    ("log(sum(exp(s[j]), (j, 1, C)))", "c + log(sum(exp(s[j] - c), (j, 1, C)))"),
    (
        "exp(s[k] + c)/sum(exp(s[j] + c), (j, 1, C))",
        "exp(s[k])/sum(exp(s[j]), (j, 1, C))",
    ),
    ("diff(log(sum(exp(s[j]), (j, 1, C))), s[k])", "exp(s[k])/sum(exp(s[j]), (j, 1, C))"),
    (
        "sum(w[j]*log(w[j]/u[j]), (j, 1, C))",
        "-sum(w[j]*log(u[j]), (j, 1, C)) - (-sum(w[j]*log(w[j]), (j, 1, C)))",
    ),
    ("exp(-sum(w[j]*log(w[j]), (j, 1, C)))", "prod(w[j]**(-w[j]), (j, 1, C))"),
    ("sum(q[j]*log(C*q[j]), (j, 1, C))", "log(C) + sum(q[j]*log(q[j]), (j, 1, C))"),
]
SUMS_FALSE = [
    ("-log(exp(s[k])/sum(exp(s[j]), (j, 1, C)))", "log(sum(exp(s[j]), (j, 2, C))) - s[k]"),
    ("log(sum(exp(s[j]), (j, 1, C)))", "log(sum(exp(s[j] - c), (j, 1, C)))"),
    ("diff(log(sum(exp(s[j]), (j, 1, C))), s[k])", "exp(s[1])/sum(exp(s[j]), (j, 1, C))"),
    ("sum(w[j]*log(C*w[j]), (j, 1, C))", "log(C) + sum(w[j]*log(w[j]), (j, 1, C))"),
    ("sum(q[j]*log(C*q[j]), (j, 1, C))", "log(2) + sum(q[j]*log(q[j]), (j, 1, C))"),
]
SUMS_WHERE = (
    "s[j] real, c real, w[j] positive, u[j] positive, q[j] positive, sum(q[j], (j, 1, C)) = 1"
)
