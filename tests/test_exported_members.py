import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import srcnn

ROOT = Path(__file__).parents[1]


def test_the_surface_is_one_sorted_list_without_strays():
    assert srcnn.__all__ == sorted(srcnn.__all__)
    assert dir(srcnn) == srcnn.__all__
    with pytest.raises(AttributeError, match="no attribute 'upscal'"):
        _ = srcnn.upscal  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in srcnn.__all__ if name != "__version__"])
def test_every_name_is_there_and_explains_itself(name):
    assert getattr(srcnn, name).__doc__


def test_version_is_the_one_in_pyproject():
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == srcnn.__version__


@pytest.mark.parametrize(
    "first",
    [
        "pass",
        "import srcnn.enlargement",
        "import srcnn.jobs",
        "from srcnn.enlargement import upscale",
        "import srcnn.restoration",
    ],
)
def test_upscale_and_restore_are_the_functions_whatever_was_imported_first(first):
    # A module of the same name would replace the function on the package as soon as it is imported.
    code = f"{first}\nimport srcnn, srcnn.model\nassert callable(srcnn.upscale) and callable(srcnn.restore)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
