"""Rules for the files of the package: names, length, and no circles between files."""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "srcnn"
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if not path.stem.startswith("__")]
LONGEST = 300


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def identifiers(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        for field in ("id", "arg", "attr", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield name


def exported(package: Path) -> set[str]:
    """Functions that the ``__init__`` of a package exports, also those that are loaded when asked for."""
    init = tree(package / "__init__.py")
    functions = [node for node in init.body if isinstance(node, ast.FunctionDef)]
    inside = {node for function in functions for node in ast.walk(function)}
    names = {
        alias.asname or alias.name
        for node in ast.walk(init)
        if isinstance(node, ast.ImportFrom) and node not in inside
        for alias in node.names
    }
    return names | {function.name for function in functions}


def test_no_file_imports_itself_in_a_circle() -> None:
    # Imports inside functions and those for type checkers count too.
    files = {dotted(path): path for path in FILES}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        used: set[str] = set()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                both = [(f"{node.module}.{alias.name}", node.module) for alias in node.names]
                used |= {inner if inner in files else outer for inner, outer in both}
        graph[name] = (used & set(files)) - {name}
    assert graph["srcnn.cli.data"] >= {"srcnn.cli.data_check", "srcnn.cli.common"}
    TopologicalSorter(graph).prepare()  # raises CycleError, with the circle


def test_a_module_name_stands_once() -> None:
    # A command's file answers to what it calls; `data_check` and `data` are its groups.
    count = Counter(path.stem for path in MODULES if path.parent.name != "cli")
    assert [name for name, times in count.items() if times > 1] == []


def test_singular_and_plural_of_a_word_are_one_file() -> None:
    names = {path.stem for path in MODULES if path.parent.name != "cli"}
    plurals = {name: {f"{name}s", f"{name}es" if name[-1] in "sxz" else f"{name[:-1]}ies"} for name in names}
    assert {name: both & names for name, both in plurals.items() if both & names} == {}


@pytest.mark.parametrize("init", [p for p in FILES if p.stem == "__init__"], ids=relative)
def test_no_module_has_the_name_of_a_function_beside_it(init: Path) -> None:
    inside = {p.stem for p in init.parent.glob("*.py")} | {p.parent.name for p in init.parent.glob("*/*.py")}
    modules_exported = {"errors"} if init.parent == PACKAGE else set()
    assert exported(init.parent) & inside <= modules_exported


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_files_are_short_and_color_is_spelled_one_way(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST
    assert [name for name in identifiers(path) if "colour" in name.lower()] == []
