"""What the command refuses: an exit code, one line, and nothing left behind."""

from pathlib import Path

import numpy as np
import pytest
from support import assert_fails, left, srcnn

from srcnn.files import Picture, write_picture


@pytest.mark.parametrize("scale", ["0", "1", "nan", "inf", "-2", "0.5", "abc"])
def test_scales_that_cannot_be_meant(tmp_path: Path, photo: Path, weights: Path, scale):
    done = srcnn("upscale", photo, "-o", tmp_path / "a.png", "-m", weights, "--scale", scale)
    assert_fails(done, 2, scale)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--model", "9-9-9"), "9-9-9"),
        (("--engine", "cuda"), "cuda"),
        (("--quality", "0"), "quality"),
        (("--tile", "0"), "tile"),
        (("",), "empty name"),
        (("--colour",), "--colour"),
        (("-o", "a.xyz"), ".webp"),
        (("-o", "a.gif"), ".webp"),
        (("-o", ""), "output"),
    ],
)
def test_options_that_cannot_be_meant(tmp_path: Path, photo: Path, weights: Path, options, says):
    done = srcnn("upscale", photo, "-o", "a.png", "-m", weights, *options, folder=tmp_path)
    assert_fails(done, 2, says)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("upscale",), "IN"), (("upscale", "a.png"), "--out"), (("enlarge",), "enlarge")],
)
def test_what_is_missing_is_named_and_help_is_pointed_at(arguments, says):
    assert_fails(srcnn(*arguments), 2, says, "--help")


@pytest.mark.parametrize("out", ["in/photo.png", "in/../in/photo.png", "link.png", "hard.png"])
def test_the_input_is_never_overwritten(tmp_path: Path, photo: Path, weights: Path, out):
    (tmp_path / "link.png").symlink_to(photo)
    (tmp_path / "hard.png").hardlink_to(photo)
    before = photo.read_bytes()
    done = srcnn("upscale", photo, "-o", out, "-m", weights, folder=tmp_path)
    assert_fails(done, 2, "would overwrite")
    assert photo.read_bytes() == before


def test_missing_file(tmp_path: Path, weights: Path):
    done = srcnn("upscale", tmp_path / "none.png", "-o", tmp_path / "a.png", "-m", weights)
    assert_fails(done, 1, "none.png not found")
    assert left(tmp_path) == []


@pytest.mark.parametrize("scale", ["30000", "100000"])
def test_a_scale_beyond_any_disk(tmp_path: Path, photo: Path, weights: Path, scale: str):
    done = srcnn("upscale", photo, "-o", tmp_path / "a.png", "-m", weights, "-s", scale)
    assert_fails(done, 1, "photo.png", "expected room for the scratch file", "needs")
    assert left(tmp_path) == []


def test_text_file_named_png(tmp_path: Path, photo: Path, weights: Path):
    photo.write_text("hello\n")
    done = srcnn("upscale", photo, "-o", tmp_path / "out/", "-m", weights)
    assert_fails(done, 1, "expected a PNG", "photo.png")
    assert left(tmp_path) == []


def test_truncated_jpeg(tmp_path: Path, weights: Path, picture):
    whole = tmp_path / "a.jpg"
    write_picture(Picture(picture), whole)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    done = srcnn("upscale", whole, "-o", tmp_path / "b.png", "-m", weights)
    assert_fails(done, 1, "truncated", "a.jpg")
    assert left(tmp_path) == ["a.jpg"]


def test_empty_folder(tmp_path: Path, weights: Path):
    (tmp_path / "empty").mkdir()
    done = srcnn("upscale", tmp_path / "empty", "-o", tmp_path / "out", "-m", weights)
    assert_fails(done, 1, "expected pictures", "empty", "got none")
    assert left(tmp_path) == ["empty"]


def test_alpha_into_a_jpeg(tmp_path: Path, photo: Path, weights: Path):
    write_picture(Picture(np.zeros((8, 8, 4), np.uint8)), photo)
    done = srcnn("upscale", photo, "-o", tmp_path / "a.jpg", "-m", weights)
    assert_fails(done, 1, "alpha", "PNG")
    assert left(tmp_path) == []


def test_truncated_weights(tmp_path: Path, photo: Path, weights: Path):
    weights.write_bytes(weights.read_bytes()[:-100])
    done = srcnn("upscale", photo, "-o", tmp_path / "a.png", "-m", weights)
    assert_fails(done, 1, "whole .safetensors file", "tiny.safetensors")
    assert left(tmp_path) == []


def test_weights_of_a_wrong_shape(tmp_path: Path, photo: Path, weights: Path):
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    with safe_open(weights, "numpy") as file:
        metadata = file.metadata()
    tensors = load_file(weights)
    tensors["conv2.weight"] = np.zeros((3, 4, 5, 5), np.float32)
    save_file(tensors, weights, metadata)
    done = srcnn("upscale", photo, "-o", tmp_path / "a.png", "-m", weights)
    assert_fails(done, 1, "(3, 4, 1, 1)", "(3, 4, 5, 5)")
    assert left(tmp_path) == []


def test_missing_weights(tmp_path: Path, photo: Path):
    done = srcnn("upscale", photo, "-o", tmp_path / "a.png", "-m", tmp_path / "none.safetensors")
    assert_fails(done, 1, "none.safetensors not found")


@pytest.mark.parametrize("out", ["/dev/null/a.png", "/dev/null/folder/", "in/photo.png/a.png"])
def test_unwritable_output(tmp_path: Path, photo: Path, weights: Path, out):
    # Below something that is no folder nothing can be written, not even by root.
    done = srcnn("upscale", photo, "-o", out, "-m", weights, folder=tmp_path)
    assert_fails(done, 1, "expected a folder", out.rstrip("/").removesuffix("/a.png"))
    assert left(tmp_path) == []


def test_output_that_is_a_folder_by_the_name_of_the_picture(tmp_path: Path, photo: Path, weights: Path):
    (tmp_path / "out" / "photo_x2.png").mkdir(parents=True)
    done = srcnn("upscale", photo, "-o", tmp_path / "out", "-m", weights)
    assert_fails(done, 1, "cannot write", "not a file")
    assert left(tmp_path) == ["out", "out/photo_x2.png"]
