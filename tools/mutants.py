"""Break the library in many small ways and see whether its tests notice: mutation testing.

    python -m tools.mutants [MODULE ...]

mutmut makes the mutants, most of which live side by side in a copy of the library, so that a forked
process takes no time to choose one. That leaves out what mutmut does not reach by itself: functions
under a decorator (here they are harmless to copy: see `reach_decorated_functions`), and what acts
while a module is imported. Each mutant of the latter gets a copy and a process of its own.
"""

from __future__ import annotations

import difflib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import libcst as cst
from mutmut.configuration import config
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "mutants"
RESULTS = WORK / "on-import.json"
PROCESSES = 2
LONGEST = 600  # seconds of computing, so that a busy machine kills none; the tests take one minute

# These functions are called while their module is imported, and never again.
CALLED_ON_IMPORT = {"_exponentials", "differentiable"}
COPYABLE = {"np.errstate", "differentiable"}

# Only type checkers read these statements.
NAMES_OF_TYPES = re.compile(r": TypeAlias = | = (TypeVar|ParamSpec)\(")

# What these tests notice need not wait for the others.
FIRST_TESTS = ["tests/numeric/test_public_api.py", "tests/numeric/test_exact.py"]


def _decorators(function: cst.FunctionDef) -> set[str]:
    calls = [node.decorator for node in function.decorators]
    return {
        cst.Module([]).code_for_node(call.func if isinstance(call, cst.Call) else call)
        for call in calls
    }


def reach_decorated_functions() -> None:
    """Let mutmut change the functions under our own decorators, which only the original keeps."""
    skips = file_mutation.MutationVisitor._skip_node_and_children
    arranged = file_mutation.function_trampoline_arrangement

    @functools.wraps(skips)
    def skips_less(self: file_mutation.MutationVisitor, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef) and _decorators(node):
            return not _decorators(node) <= COPYABLE and skips(self, node)
        return skips(self, node)

    @functools.wraps(arranged)
    def arranged_without(
        function: cst.FunctionDef, mutants: Sequence[file_mutation.Mutation], class_name: str | None
    ) -> tuple[Sequence[file_mutation.MODULE_STATEMENT], ...]:
        declared, nodes, assigned, names = arranged(function, mutants, class_name)
        if _decorators(function) & COPYABLE:
            nodes = [nodes[0], *(node.with_changes(decorators=[]) for node in nodes[1:])]
        return declared, nodes, assigned, names  # type: ignore[return-value]

    file_mutation.MutationVisitor._skip_node_and_children = skips_less  # type: ignore[method-assign]
    file_mutation.function_trampoline_arrangement = arranged_without  # type: ignore[assignment]


def _acts_on_import(mutation: file_mutation.Mutation) -> bool:
    function = mutation.contained_by_top_level_function
    return not isinstance(function, cst.FunctionDef) or function.name.value in CALLED_ON_IMPORT


def leave_out_what_acts_on_import() -> None:
    """Keep mutmut from changing what a forked process would not run again."""
    grouped = file_mutation.group_by_top_level_node

    @functools.wraps(grouped)
    def grouped_without(mutations: Sequence[file_mutation.Mutation]) -> object:
        return grouped([m for m in mutations if not _acts_on_import(m)])

    file_mutation.group_by_top_level_node = grouped_without  # type: ignore[assignment]


def modules_of_settings() -> list[str]:
    """Return the modules that pyproject.toml names."""
    return [Path(path).stem for path in config().only_mutate]


def source_of(module: str) -> Path:
    """Return where a module stands, from the root."""
    return Path("xentlib", f"{module}.py")


def mutants_on_import(code: str, name: str = "module") -> Iterator[tuple[str, str]]:
    """Yield each mutant of what acts on import: the line changed, and the module's source."""
    module, mutations, _, _ = file_mutation.create_mutations(name, code)
    for mutation in filter(_acts_on_import, mutations):
        changed = file_mutation.deep_replace(module, mutation.original_node, mutation.mutated_node)
        assert isinstance(changed, cst.Module)
        lines = list(difflib.unified_diff(code.splitlines(), changed.code.splitlines(), n=0))
        if not NAMES_OF_TYPES.search(lines[3]):
            yield " -> ".join(line[1:].strip() for line in lines[3:]), changed.code


def _tests_fail(tree: Path) -> bool:
    """Run the tests in a copy of the repository."""
    settings = config()
    command = ["sh", "-c", f'ulimit -t {LONGEST}; exec "$@"', "sh"]
    command += [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += settings.pytest_add_cli_args
    command += FIRST_TESTS + settings.pytest_add_cli_args_test_selection
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # none of another mutant
    ended = subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=False)
    return ended.returncode != 0


def _copy(tree: Path) -> None:
    for name in ["xentlib", *map(str, config().also_copy)]:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, tree / name)


def run_on_import(modules: Sequence[str]) -> None:
    """Try each mutant of what acts on import; with controls, that the copy is what is tested."""
    with tempfile.TemporaryDirectory() as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(PROCESSES):
            _copy(Path(folder, str(number)))
            trees.put(Path(folder, str(number)))

        def is_killed(module: str, code: str) -> bool:
            tree = trees.get()
            path = tree / source_of(module)
            original = path.read_text(encoding="utf-8")
            path.write_text(code, encoding="utf-8")
            killed = _tests_fail(tree)
            path.write_text(original, encoding="utf-8")
            trees.put(tree)
            return killed

        sources = {m: (ROOT / source_of(m)).read_text(encoding="utf-8") for m in modules}
        first = modules[0]
        if is_killed(first, sources[first]) or not is_killed(first, "raise ImportError"):
            sys.exit("The tests fail without a mutant, or do not notice that a module is broken.")
        jobs = [(m, *mutant) for m in modules for mutant in mutants_on_import(sources[m])]
        results: list[tuple[str, str, bool]] = []
        with ThreadPoolExecutor(PROCESSES) as pool:
            killed = pool.map(lambda job: is_killed(job[0], job[2]), jobs)
            for (module, line, _), is_dead in zip(jobs, killed, strict=True):
                results.append((module, line, is_dead))
                RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
                print(f"On import: {len(results)}/{len(jobs)}", end="\r", flush=True)
    print()


def run_in_functions(modules: Sequence[str]) -> None:
    """Let mutmut try the mutants of all functions."""
    from mutmut.__main__ import cli  # it changes how this process starts others

    patterns = [f"xentlib.{module}.*" for module in modules]
    cli(["run", "--max-children", str(PROCESSES), *patterns], standalone_mode=False)


def report(modules: Sequence[str]) -> int:
    """Print the mutants that survived, and how many died; return how many survived."""
    counts = {module: Counter[str]() for module in modules}
    for module in modules:
        data = SourceFileMutationData(path=source_of(module))
        data.load()
        for name, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            counts[module][status] += 1
            if status not in ("killed", "timeout"):
                function, _ = orig_function_and_class_names_from_key(name)
                print(f"\n{name} ({function}): {status}")
                print("\n".join(get_diff_for_mutant(name, path=source_of(module)).split("\n")[2:]))
    for module, line, killed in json.loads(RESULTS.read_text(encoding="utf-8")):
        if module in counts:
            counts[module]["killed" if killed else "survived"] += 1
            if not killed:
                print(f"\n{module}, on import: survived\n{line}")
    print("\n| module | mutants | killed | score |\n|---|---:|---:|---:|")
    counts["all"] = sum(counts.values(), Counter())
    for module, count in counts.items():
        killed = count["killed"] + count["timeout"]
        print(f"| {module} | {count.total()} | {killed} | {killed / count.total():.1%} |")
    return int(counts["all"].total() - killed)


def main(modules: Sequence[str]) -> int:
    """Try all mutants of these modules, by default of all that the settings name."""
    known = modules_of_settings()
    modules = modules or known
    if not set(modules) <= set(known):
        sys.exit(f"The modules are {', '.join(known)}.")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    reach_decorated_functions()
    run_on_import(modules)
    leave_out_what_acts_on_import()
    run_in_functions(modules)
    return min(report(modules), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
