import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from small_paper import SETS, Small, make_run
from support import skip_unless_available

from srcnn.errors import DataError
from srcnn.evaluation import AUTHORS
from srcnn.model import Model
from srcnn.reproduction.scores import (
    ImageSet,
    Measured,
    Measurement,
    Store,
    find_images,
    find_network,
    measure_all,
)
from srcnn.reproduction.speed import time_all

COUNT = len(SETS["Set5"])


def measurement_of(folder: Path, run: Path | None = None) -> Measurement:
    network = None if run is None else find_network(run / "weights.safetensors", "tiny")
    return Measurement(find_images("Set5", folder), 3, AUTHORS, network)


def counted(store: Path, *measurements: Measurement, version: str = "0") -> tuple[int, list[Measured]]:
    """How many pictures were measured, and the results."""
    done: list[str] = []
    results = measure_all(
        measurements,
        Store(store, version),
        processes=1,
        progress=lambda number, total, what: done.append(what),
    )
    return len(done), [results[measurement] for measurement in measurements]


def test_what_is_there_is_not_measured_again(small: Small, tmp_path: Path) -> None:
    bicubic = measurement_of(small.data / "Set5")
    count, (first,) = counted(tmp_path, bicubic, bicubic)[0], counted(tmp_path, bicubic)[1]
    assert count == COUNT
    again, (second,) = counted(tmp_path, bicubic)
    assert again == 0
    assert second == first
    assert first.mean["psnr"] == pytest.approx(sum(f["psnr"] for f in first.images.values()) / COUNT)


@pytest.mark.parametrize("what", ["cut off", "no JSON", "of other things", "without a metric", "not there"])
def test_a_measurement_that_is_not_whole_is_made_again(small: Small, tmp_path: Path, what: str) -> None:
    bicubic = measurement_of(small.data / "Set5")
    _, (first,) = counted(tmp_path, bicubic)
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    match what:
        case "cut off":
            path.write_text(text[:100], encoding="utf-8")
        case "no JSON":
            path.write_text("[1, 2]", encoding="utf-8")
        case "of other things":
            path.write_text(text.replace('"scale": 3', '"scale": 2'), encoding="utf-8")
        case "without a metric":
            path.write_text(text.replace('"ssim"', '"other"'), encoding="utf-8")
        case _:
            path.unlink()
    count, (again,) = counted(tmp_path, bicubic)
    assert count == COUNT
    assert again == first


def test_other_pictures_weights_protocols_or_versions_are_measured_anew(small: Small, tmp_path: Path) -> None:
    shutil.copytree(small.data / "Set5", tmp_path / "Set5")
    one, two = (make_run(tmp_path / name, seed=seed) for seed, name in enumerate(("one", "two")))
    store = tmp_path / "store"
    assert counted(store, measurement_of(tmp_path / "Set5", one))[0] == COUNT
    assert counted(store, measurement_of(tmp_path / "Set5", two))[0] == COUNT
    assert counted(store, measurement_of(tmp_path / "Set5", two), version="1")[0] == COUNT
    fewer = replace(measurement_of(tmp_path / "Set5", two), protocol=replace(AUTHORS, metrics=("psnr",)))
    assert counted(store, fewer)[0] == COUNT
    shutil.copyfile(tmp_path / "Set5" / "baby.png", tmp_path / "Set5" / "bird.png")
    assert counted(store, measurement_of(tmp_path / "Set5", two))[0] == COUNT
    assert counted(store, measurement_of(tmp_path / "Set5", two))[0] == 0


def test_an_interrupted_run_keeps_what_was_finished(small: Small, tmp_path: Path) -> None:
    bicubic = measurement_of(small.data / "Set5")
    network = measurement_of(small.data / "Set5", make_run(tmp_path / "run"))

    def interrupt(number: float, total: float, what: str) -> None:
        if number == COUNT + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_all((bicubic, network), Store(tmp_path / "store", "0"), processes=1, progress=interrupt)
    assert counted(tmp_path / "store", bicubic, network)[0] == COUNT


def test_processes_give_the_same_figures(small: Small, tmp_path: Path) -> None:
    wanted = measurement_of(small.data / "Set5", make_run(tmp_path / "run"))
    alone = measure_all([wanted], Store(tmp_path / "alone", "0"), processes=1)
    shared = measure_all([wanted], Store(tmp_path / "shared", "0"), processes=2)
    assert alone == shared


def test_a_picture_that_cannot_be_measured_is_named(small: Small, tmp_path: Path) -> None:
    few = replace(AUTHORS, metrics=("ifc",))
    wanted = replace(measurement_of(small.data / "Set5"), protocol=few, scale=60)
    with pytest.raises(DataError, match=r"baby\.png: expected at least 65x65 pixels"):
        measure_all([wanted], Store(tmp_path, "0"), processes=1)
    assert list(tmp_path.iterdir()) == []


def test_a_time_is_that_of_the_engine(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_unless_available("native")
    images = find_images("Set5", small.data / "Set5")
    network = measurement_of(small.data / "Set5", make_run(tmp_path / "run")).network
    assert network is not None
    timed: list[str] = []

    def seconds(net: Model | None, images: ImageSet) -> float:
        timed.append("bicubic" if net is None else net.engine.name)
        return 0.25 * len(timed)

    monkeypatch.setattr("srcnn.reproduction.speed._mean_seconds", seconds)
    store = Store(tmp_path / "store", "0")

    def times() -> dict[str, float]:
        return time_all([network], images, store, lambda *given: None)

    assert times() == times() == {"": 0.25, network.digest: 0.5}
    monkeypatch.setenv("SRCNN_NATIVE", "off")
    assert times() == times() == {"": 0.25, network.digest: 0.75}
    assert timed[:2] == ["bicubic", "native"]
    assert timed[2] in ("onnxruntime", "numpy")
