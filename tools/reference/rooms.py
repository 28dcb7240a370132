"""The storeys of docs/architecture.md: who stands on whom, read from the imports."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from pieces import table

PACKAGE = Path(__file__).parents[2] / "src" / "srcnn"
SURFACE = ("__init__", "__main__")


def storeys() -> str:
    """A table: each room stands on rooms of lower storeys alone."""
    stands_on = rooms()
    sorter, rows = TopologicalSorter(stands_on), []
    sorter.prepare()  # raises CycleError where two rooms stand on each other
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        sorter.done(*ready)
        rows.append([str(len(rows)), ", ".join(f"`{room}`" for room in ready)])
    return "\n".join(table(["storey", "rooms"], rows[::-1]))


def rooms() -> dict[str, set[str]]:
    """Each room to the rooms that its files import."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in SURFACE:
            found.setdefault(room, set()).update(_imported(path) - {room, *SURFACE})
    names = set(found)
    return {room: used & names for room, used in found.items()}


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("srcnn.")}
