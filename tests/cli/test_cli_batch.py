"""What `srcnn batch` refuses before any cluster is started."""

from pathlib import Path

import pytest
from support import assert_fails, srcnn

pytest.importorskip("pyarrow", reason="a corpus needs the cluster extra")
pytest.importorskip("ray", reason="a corpus needs the cluster extra")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--task", "restore", "--scale", "2"], "--task restore keeps the size"),
        (["--task", "enlarge"], "a task of upscale, restore, got 'enlarge'"),
        (["--resume", "--overwrite"], "use either --resume or --overwrite"),
        (["--base", "x"], "use --base with a list of names"),
        (["--model", "9-9-9"], "9-9-9"),
        (["--name", "{size}{ext}"], "a name with {stem}"),
        (["--address", "nowhere"], "a cluster's address"),
    ],
)
def test_what_cannot_be_done_is_refused(photo: Path, tmp_path: Path, options: list[str], says: str) -> None:
    done = srcnn("batch", photo.parent, tmp_path / "out", *options)
    assert_fails(done, 1 if "--address" in options else 2, says)
    assert not (tmp_path / "out").exists()
