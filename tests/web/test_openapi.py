"""The service does what its description says, and the description says what there is."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from web_fixtures import running

from srcnn.cli.app import build_app
from srcnn.web.queries import QUERIES

SETTINGS = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize("examples", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_schemathesis_finds_nothing(tmp_path: Path, examples: int):
    pytest.importorskip("schemathesis")
    with running(tmp_path, workers=2, max_pixels=40_000, max_per_client=64) as web:
        phases = "coverage,fuzzing,stateful" if examples > 2 else "fuzzing"
        options = ("--max-examples", str(examples), "--phases", phases, "--seed", "1")
        schemathesis = (sys.executable, "-m", "schemathesis.cli", "--config-file", SETTINGS, "run")
        done = subprocess.run(
            (*schemathesis, f"{web.url}/openapi.json", *options, "--request-timeout", "600"),
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout
        assert web.client.get("/healthz").status_code == 200


def test_every_parameter_is_described(web):
    paths = web.client.get("/openapi.json").json()["paths"]
    for task, query in QUERIES.items():
        for path in (f"/api/{task}", f"/api/jobs/{task}"):
            described = {each["name"]: each for each in paths[path]["post"]["parameters"]}
            assert set(described) == set(query.model_fields)
            assert "9-5-5" in described["model"]["schema"]["enum"]
            assert described["quality"]["schema"] == {
                "type": "integer",
                "minimum": 1,
                "maximum": 100,
                "default": 95,
            }


OF_FILES = {
    *("inputs", "out", "name", "recursive", "in_place", "drop_rest"),
    *("overwrite", "skip_existing", "resume", "workers", "threads", "max_memory", "report", "as_json"),
}
"""Options that say where files are, or how the machine is shared: here the service says it."""


@pytest.mark.parametrize("task", QUERIES)
def test_a_request_may_say_what_the_command_can(task: str):
    command = getattr(get_command(build_app()), "commands")[task]  # noqa: B009
    options = {parameter.name for parameter in command.params} - {"help"}
    alike = {"file_format": "format", "restore_first": "restore"}
    assert {alike.get(str(name), name) for name in options - OF_FILES} == set(QUERIES[task].model_fields)


def test_the_limits_in_force_are_described(tmp_path: Path):
    with running(tmp_path, max_bytes=123_456) as web:
        post = web.client.get("/openapi.json").json()["paths"]["/api/upscale"]["post"]
        assert "123,456 bytes" in post["description"]
        assert web.client.get("/api/capabilities").json()["limits"]["max_bytes"] == 123_456
