"""What the pages say: links lead somewhere, tables are current, the Python lines run."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from srcnn.zoo import list_models

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("records/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_repository_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_generated_tables_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "tools/tables.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_python_lines_of_the_readme_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- python -->\n```python\n(.*?)```", readme, re.DOTALL)
    assert found
    names = {"picture": np.full((12, 10, 3), 128, np.uint8)}
    exec(found[1], names)
    assert names["big"].shape == (36, 30, 3)


def test_every_command_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in set(re.findall(r"`srcnn (\w+)", readme)):
        help_of = [sys.executable, "-m", "srcnn", command, "--help"]
        assert subprocess.run(help_of, capture_output=True, check=False).returncode == 0, command


def test_every_shipped_model_has_its_record() -> None:
    for entry in list_models():
        assert (ROOT / "records" / entry.name / "record.json").exists(), entry.name
