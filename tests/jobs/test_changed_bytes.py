"""Bytes in, bytes out: what the commands write, wherever and however often it is called."""

import hashlib
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from support import TinyWeights
from support import srcnn as command

import srcnn
from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, WriteOptions, write_picture
from srcnn.jobs import RestoreOptions, UpscaleOptions
from srcnn.scales import Size
from srcnn.weights import save_weights


@pytest.fixture
def weights(tmp_path: Path, tiny_weights: TinyWeights) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_weights(tiny_weights(), path)
    return path


@pytest.fixture
def pictures(tmp_path: Path, picture: np.ndarray) -> Path:
    """8 and 16 bits, alpha, JPEG, a format that is not written, text and resolution."""
    folder = tmp_path / "in"
    folder.mkdir()
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a stroke")
    Image.fromarray(picture).save(folder / "text.png", pnginfo=text, dpi=(300, 300))
    write_picture(Picture(picture.astype(np.uint16) * 257), folder / "deep.tif")
    write_picture(Picture(np.dstack([picture, picture[..., 0]])), folder / "alpha.webp")
    Image.fromarray(picture).save(folder / "photo.jpg", quality=60)
    Image.fromarray(picture).save(folder / "old.bmp")
    return folder


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }


def test_the_bytes_are_those_of_upscale(pictures: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--scale", "2.5", "--model", weights, "--quality", "80", "--strip", "--name", "{stem}{ext}"]
    done = command("upscale", pictures, "-o", out, *arguments)
    assert done.returncode == 0, done.stderr
    work = UpscaleOptions(Size(2.5), weights, write=WriteOptions(quality=80, strip=True))
    mine = {}
    for path in pictures.iterdir():
        result = srcnn.change_bytes(path.read_bytes(), path.name, work)
        mine[path.stem + result.suffix] = hashlib.sha256(result.content).hexdigest()
    assert mine == hashes(out)
    assert len(mine) == 5


def test_the_bytes_are_those_of_restore(pictures: Path, tmp_path: Path) -> None:
    Image.open(pictures / "photo.jpg").save(pictures / "fine.jpg", quality=98)  # copied as it is
    out = tmp_path / "out"
    names = ["photo.jpg", "fine.jpg"]
    done = command("restore", *(pictures / name for name in names), "-o", out, "--name", "{stem}{ext}")
    assert done.returncode == 0, done.stderr
    for name in names:
        result = srcnn.change_bytes((pictures / name).read_bytes(), name, RestoreOptions())
        assert result.content == (out / name).read_bytes()
        assert (result.width, result.height) == (37, 48)
        assert result.notes


def test_processes_and_threads_give_equal_bytes(pictures: Path, weights: Path) -> None:
    work = UpscaleOptions(model=weights, threads=1)
    change = pickle.loads(pickle.dumps(partial(srcnn.change_bytes, work=work, file_format="png")))
    names = sorted(path.name for path in pictures.iterdir())
    contents = [(pictures / name).read_bytes() for name in names]
    here = [change(content, name) for content, name in zip(contents, names, strict=True)]
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(change, contents, names)) == here
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        assert list(process.map(change, contents, names)) == here


def test_pixels_in_scratch_files_change_nothing(pictures: Path, weights: Path) -> None:
    content = (pictures / "text.png").read_bytes()
    held = srcnn.change_bytes(content, "text.png", UpscaleOptions(model=weights))
    scratch = srcnn.change_bytes(content, "text.png", UpscaleOptions(model=weights, max_memory=1))
    assert held == scratch


def test_weights_in_memory_serve_too(pictures: Path, tiny_weights: TinyWeights, weights: Path) -> None:
    content = (pictures / "photo.jpg").read_bytes()
    given = srcnn.change_bytes(content, "photo.jpg", UpscaleOptions(model=tiny_weights()))
    assert given == srcnn.change_bytes(content, "photo.jpg", UpscaleOptions(model=weights))


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.png", "a.png, which is empty"),
        (b"\x89PNG\r\n\x1a\nxxxx", "deep/a.png", "deep/a.png"),
        (b"no picture at all", "a.jpg", "a.jpg, which is none of them"),
    ],
)
def test_bad_bytes_are_named(content: bytes, name: str, message: str, weights: Path) -> None:
    with pytest.raises(ImageError, match=message):
        srcnn.change_bytes(content, name, UpscaleOptions(model=weights))


def test_an_unknown_format_is_refused(pictures: Path) -> None:
    with pytest.raises(UsageError, match="output format of png"):
        srcnn.change_bytes((pictures / "text.png").read_bytes(), "a", UpscaleOptions(), file_format="psd")


def test_no_torch_is_loaded(pictures: Path) -> None:
    code = (
        "import sys, srcnn; from srcnn.jobs import UpscaleOptions\n"
        "content = open(sys.argv[1], 'rb').read()\n"
        "srcnn.change_bytes(content, 'a.png', UpscaleOptions())\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(pictures / "text.png")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
