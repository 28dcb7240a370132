import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import TinyWeights

from srcnn.errors import WeightsError
from srcnn.weights import Weights, half_precision, load_weights, save_weights


def saved(weights: Weights, folder: Path) -> Path:
    path = folder / "some.safetensors"
    save_weights(weights, path)
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the JSON header of a file; its arrays stay as they are."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        load_weights(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_what_is_saved_is_loaded(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    weights = tiny_weights("9-5-5", (6, 3), channels=3, border="replicate", scale=3)
    facts = {"data": ("T91",), "degradation": ("jpeg 20",), "figures": {"Set5": {"psnr": 32.75}}}
    facts |= {"input_range": 255.0, "color": "rgb"}
    weights = replace(weights, card=replace(weights.card, **facts))
    loaded = load_weights(saved(weights, tmp_path))
    assert loaded.architecture == weights.architecture
    assert loaded.card == weights.card
    for mine, theirs in zip(weights.kernels + weights.biases, loaded.kernels + loaded.biases, strict=True):
        assert np.array_equal(mine, theirs)
    assert loaded.digest == weights.digest


def test_half_precision_is_stored_in_half_the_room_and_loaded_as_what_was_rounded(
    tiny_weights: TinyWeights, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    weights = tiny_weights("9-5-5", (64, 32))
    rounded = half_precision(weights)
    path = tmp_path / "half.safetensors"
    save_weights(weights, path, half=True)
    assert {array.dtype for array in load_file(path).values()} == {np.dtype(np.float16)}
    assert path.stat().st_size < 0.51 * saved(weights, tmp_path).stat().st_size
    loaded = load_weights(path)
    assert loaded.kernels[0].dtype == np.float32
    assert loaded.digest == rounded.digest != weights.digest
    assert half_precision(loaded).digest == loaded.digest
    # float16 has 11 significant bits: half a step is at most 2 ** -11 of the value.
    for mine, theirs in zip(weights.kernels, loaded.kernels, strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=2**-11, atol=2**-25)


def test_equal_weights_are_equal_bytes(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    # safetensors alone writes the two entries of its metadata in either order.
    files = [tmp_path / f"{number}.safetensors" for number in range(8)]
    for file in files:
        save_weights(tiny_weights(), file)
    assert len({file.read_bytes() for file in files}) == 1


def test_what_half_precision_cannot_hold_is_refused(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    weights = tiny_weights()
    large = replace(weights, biases=(weights.biases[0] + np.float32(1e5), *weights.biases[1:]))
    with pytest.raises(WeightsError, match="finite weights, got inf or nan in layer 1"):
        save_weights(large, tmp_path / "half.safetensors", half=True)
    assert not (tmp_path / "half.safetensors").exists()


def test_the_digest_is_of_the_network_and_not_of_its_card(tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    assert replace(weights, card=replace(weights.card, name="other")).digest == weights.digest
    moved = (weights.biases[0] + np.float32(1e-3), *weights.biases[1:])
    assert replace(weights, biases=moved).digest != weights.digest
    assert tiny_weights(border="zero").digest != tiny_weights(border="valid").digest


def test_shapes_that_do_not_fit_the_architecture(tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    with pytest.raises(WeightsError, match="layer 2"):
        replace(weights, kernels=(weights.kernels[0], weights.kernels[0], weights.kernels[2]))
    with pytest.raises(WeightsError, match="3 layers"):
        replace(weights, kernels=weights.kernels[:2])
    with pytest.raises(WeightsError, match="finite"):
        replace(weights, biases=(weights.biases[0] * np.float32(np.nan), *weights.biases[1:]))


@pytest.mark.parametrize("name", ["none.safetensors", "none.npz"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert refusal(path) == f"{path} not found"


def test_a_folder(tmp_path: Path) -> None:
    refusal(tmp_path)


@pytest.mark.parametrize("keep", [0, 3, 8, 100, -1])
def test_a_truncated_file(tiny_weights: TinyWeights, tmp_path: Path, keep: int) -> None:
    path = saved(tiny_weights(), tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    assert "whole" in refusal(path)


@pytest.mark.parametrize("length", [0, 1, 10_000, 2**40, 2**64 - 1])
def test_a_header_that_lies_about_its_length(tiny_weights: TinyWeights, tmp_path: Path, length: int) -> None:
    path = saved(tiny_weights(), tmp_path)
    path.write_bytes(struct.pack("<Q", length) + path.read_bytes()[8:])
    assert "whole" in refusal(path)


@pytest.mark.parametrize("offsets", [[0, 10**12], [8, 4], [0, 4]])
def test_a_header_that_lies_about_its_arrays(
    tiny_weights: TinyWeights, tmp_path: Path, offsets: list[int]
) -> None:
    path = saved(tiny_weights(), tmp_path)
    rewrite(path, lambda header: header["conv2.bias"].update(data_offsets=offsets))
    assert "whole" in refusal(path)


def test_random_bytes(tmp_path: Path) -> None:
    path = tmp_path / "noise.safetensors"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    assert "whole" in refusal(path)


@pytest.mark.parametrize("name", ["conv1.weight", "conv3.bias"])
def test_a_missing_array(tiny_weights: TinyWeights, tmp_path: Path, name: str) -> None:
    path = saved(tiny_weights(), tmp_path)
    rewrite(path, lambda header: header.update({f"other.{name}": header.pop(name)}))
    assert name in refusal(path)


def test_a_wrong_shape(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    path = saved(tiny_weights(), tmp_path)
    rewrite(path, lambda header: header["conv1.weight"].update(shape=[4, 1, 9, 1]))
    assert "(4, 1, 3, 3)" in refusal(path)


def test_a_third_partys_file(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "other.safetensors"
    save_file({"conv1.weight": np.zeros((4, 1, 3, 3), np.float32)}, path)
    assert f"was not saved by srcnn; convert it with: srcnn import {path} -o" in refusal(path)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("srcnn.architecture", "not JSON"),
        ("srcnn.architecture", "null"),
        ("srcnn.architecture", "{}"),
        ("srcnn.architecture", '{"layers": [], "channels": 1}'),
        ("srcnn.architecture", '{"layers": [{"kernel": 3.0, "width": 1}], "channels": 1}'),
        ("srcnn.architecture", '{"layers": [{"kernel": 2, "width": 1}], "channels": 1}'),
        ("srcnn.architecture", '{"layers": [{"kernel": 3, "width": 1, "stride": 2}], "channels": 1}'),
        ("srcnn.architecture", '{"layers": [{"kernel": 3, "width": 1}], "channels": 1}'),
        ("srcnn.card", "[]"),
        ("srcnn.card", "{}"),
        ("srcnn.card", '{"name": "a", "scale": "three"}'),
        ("srcnn.card", '{"name": "a", "scale": 0}'),
        ("srcnn.card", '{"name": "a", "scale": 3, "input_range": 0}'),
    ],
)
def test_a_header_that_describes_no_srcnn(
    tiny_weights: TinyWeights, tmp_path: Path, entry: str, value: str
) -> None:
    path = saved(tiny_weights(), tmp_path)
    rewrite(path, lambda header: header["__metadata__"].update({entry: value}))
    refusal(path)


def test_facts_of_a_later_version_are_no_error(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    path = saved(tiny_weights(), tmp_path)

    def add(header: dict[str, Any]) -> None:
        card = json.loads(header["__metadata__"]["srcnn.card"]) | {"mood": "good"}
        header["__metadata__"]["srcnn.card"] = json.dumps(card)

    rewrite(path, add)
    assert load_weights(path).card == tiny_weights().card


# A training in the same process has the processor flush subnormal numbers to zero.
@given(
    where=st.floats(0, 1, exclude_max=True, allow_subnormal=False), value=st.integers(0, 255), data=st.data()
)
def test_one_changed_byte_loads_or_is_refused(
    tiny_weights: TinyWeights,
    tmp_path_factory: pytest.TempPathFactory,
    where: float,
    value: int,
    data: st.DataObject,
) -> None:
    path = saved(tiny_weights(), tmp_path_factory.mktemp("bytes"))
    content = bytearray(path.read_bytes())
    (header,) = struct.unpack("<Q", content[:8])
    end = data.draw(st.sampled_from([8 + header, len(content)]))
    content[int(where * end)] = value
    path.write_bytes(content)
    try:
        load_weights(path)
    except WeightsError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


def test_a_folder_that_cannot_be_written_to(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WeightsError, match="cannot write"):
        save_weights(tiny_weights(), tmp_path / "file" / "some.safetensors")
