"""What the pages say: links lead somewhere, tables are current, the Python lines run."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.main import get_command

from srcnn.cli.app import build_app
from srcnn.zoo import list_models

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("records/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_repository_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


@pytest.mark.parametrize("tool", ["tools/tables.py", "tools/reference"])
def test_what_is_generated_is_current(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, tool, "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_python_lines_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- python -->\n```python\n(.*?)```", readme, re.DOTALL)
    assert found
    (tmp_path / "examples").mkdir()
    Image.new("RGB", (12, 10), "teal").save(tmp_path / "examples" / "poster.png")
    monkeypatch.chdir(tmp_path)
    exec(found[1], {})
    assert Image.open("bigger.png").size == (36, 30)


def command_lines() -> list[tuple[str, str]]:
    """Every line of a code block that starts with ``srcnn``, with the page it is on."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)
        lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        lines += re.findall(r"^\| `(srcnn \w+ [^`]+)` \|", text, re.M)  # in the first column of a table
        found += [(str(page.relative_to(ROOT)), line) for line in lines if line.startswith("srcnn ")]
    return found


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_command_lines_of_the_pages_are_understood(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    if "[OPTIONS]" in words:
        pytest.skip("a pattern, not a command")
    words = words[: words.index("|")] if "|" in words else words
    command, name = get_command(build_app()), "srcnn"
    while words and words[0] in getattr(command, "commands", {}):
        name = words.pop(0)
        command = getattr(command, "commands")[name]  # noqa: B009
    # Parsing alone: names of options, how many arguments, numbers where numbers belong.
    command.make_context(name, words)


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command below one, with the words that call it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
    for word, each in (below or {}).items():
        yield from commands(each, f"{name} {word}")


@pytest.mark.parametrize(("name", "command"), [*commands(get_command(build_app()), "srcnn")])
def test_the_help_of_a_command_has_indented_examples_and_a_word_and_one_default_an_option(
    name: str, command: Any
) -> None:
    with command.make_context(name, [], resilient_parsing=True) as context:
        text = command.get_help(context)
        for option in command.params:
            value, said = option.get_help_record(context) or ("", "")
            # A type in brackets, <int range>, is what typer writes for an option without a word of its own.
            assert option.param_type_name == "argument" or not re.search(r"<(?!\w+\|)", value), value
            assert not re.search(r"\[(?!default|x|\d|env|required).*\[default: ", said), said
    assert f"\n  Examples:\n\n    srcnn {name.split()[1]}" in text or name == "srcnn web"


def test_commands_named_in_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`srcnn (\w+)", readme))
    assert named <= set(getattr(get_command(build_app()), "commands"))  # noqa: B009
    assert len(named) > 5


def test_every_shipped_model_has_its_record() -> None:
    for entry in list_models():
        assert (ROOT / "records" / entry.name / "record.json").exists(), entry.name


def test_every_room_has_its_row_on_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    package = ROOT / "src" / "srcnn"
    rooms = {p.name + "/" * p.is_dir() for p in package.iterdir() if not p.name.startswith(("_", "py.typed"))}
    assert rows == rooms


def test_versions_agree() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


TUTORIAL = ROOT / "docs" / "tutorial" / "first-network.ipynb"


def tutorial_code() -> list[str]:
    """What the cells of the tutorial run."""
    cells = json.loads(TUTORIAL.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_the_tutorial_shows_what_its_source_says_and_no_error() -> None:
    source = (ROOT / "tools" / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\{code-cell\} ipython3\n(.*?)\n```", source, re.DOTALL)
    assert tutorial_code() == blocks, "run: python tools/tutorial.py"
    shown = TUTORIAL.read_text(encoding="utf-8")
    assert "error:" not in shown
    assert "Traceback" not in shown


@pytest.mark.slow
def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("skimage")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SRCNN_DATA", raising=False)
    names: dict[str, object] = {"run": run_command}
    for code in tutorial_code():
        # Ten steps instead of thousands; the commands of a cell run as a shell would run them.
        short = code.replace("steps = 1500", "steps = 10").replace(
            "validate_every = 300", "validate_every = 5"
        )
        exec(re.sub(r"^!srcnn (.*)$", r'run(r"""\1""")', short, flags=re.M), names)
    assert Image.open("large.png").size == (451 * 3, 300 * 3)


def run_command(line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "srcnn", *shlex.split(line)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
