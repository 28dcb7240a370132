"""Run tools/tutorial.md and keep it, with what it printed, as docs/tutorial/first-network.ipynb.

Usage: python tools/tutorial.py
"""

import os
import re
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from srcnn.atomic import write_bytes

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tools" / "tutorial.md"
TARGET = ROOT / "docs" / "tutorial" / "first-network.ipynb"


def main() -> None:
    """Run every cell; an error in one ends it and nothing is written."""
    os.environ["COLUMNS"] = "120"  # or lines of commands, which think that they have a terminal, are broken
    notebook = jupytext.read(SOURCE, fmt="md:myst")
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=3600, resources={"metadata": {"path": folder}}).execute()
        text = nbformat.writes(_lasting(notebook))
    if folder in text:
        sys.exit(f"{TARGET} would name this machine's folder {folder}")
    write_bytes(f"{text}\n".encode(), TARGET)


def _lasting(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    # What changes from run to run and means nothing: cell ids, times of execution, progress bars.
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = _printed(cell.outputs) + [o for o in cell.outputs if o.output_type != "stream"]
    for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
        output.get("data", {}).pop("image/jpeg", None)  # Pillow offers its pictures twice
    language = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": language}
    return notebook


def _printed(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    text = "".join(o.text for o in outputs if o.output_type == "stream")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    # A bar ends where the next carriage return begins, or where the line that was printed above it does.
    text = re.sub(
        r"^\w+ [━╺╸].*?(?=step |\n|$)", "", text.replace("\r\n", "\n").replace("\r", "\n"), flags=re.M
    )
    lines = [line.rstrip() for line in text.splitlines()]
    kept = re.sub(r"\n{2,}(?=step )|(?<=\n\n)\n+", "\n", "\n".join(lines)).strip("\n")
    return [nbformat.v4.new_output("stream", name="stdout", text=f"{kept}\n")] if kept else []


if __name__ == "__main__":
    main()
