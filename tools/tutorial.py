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
    os.environ["TERM"] = "dumb"  # a notebook's commands think that they have a terminal: no bars
    notebook = jupytext.read(SOURCE, fmt="md:myst")
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=3600, resources={"metadata": {"path": folder}}).execute()
        text = nbformat.writes(_lasting(notebook))
    if folder in text:
        sys.exit(f"{TARGET} would name this machine's folder {folder}")
    write_bytes(f"{text}\n".encode(), TARGET)


def _lasting(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    # What changes from run to run and means nothing: cell ids, times of execution, codes of terminals.
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata = {}
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.text).replace("\r\n", "\n")
    language = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": language}
    return notebook


if __name__ == "__main__":
    main()
