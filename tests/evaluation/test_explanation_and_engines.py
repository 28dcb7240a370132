import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights, skip_unless_available

from srcnn.errors import DataError, ImageError, UsageError
from srcnn.evaluation import AUTHORS, PROTOCOLS, NetworkUse, evaluate
from srcnn.evaluation.engine_comparison import compare_engines
from srcnn.evaluation.explanation import explain
from srcnn.evaluation.save_images import saved_pictures
from srcnn.files import Picture, read_pixels, write_picture


@pytest.fixture
def folder(tmp_path: Path, picture) -> Path:
    path = tmp_path / "pictures"
    path.mkdir()
    write_picture(Picture(picture), path / "one.png")
    write_picture(Picture(picture[:, ::-1]), path / "two.png")
    return path


UPSCALING = [name for name, protocol in PROTOCOLS.items() if protocol.task == "upscale"]


def test_every_protocol_in_one_table(folder: Path, tiny_weights: TinyWeights) -> None:
    seen: list[tuple[int, int]] = []
    result = explain(tiny_weights(), folder, 2, progress=lambda done, total: seen.append((done, total)))
    names = [evaluation.protocol.name for evaluation in result.evaluations]
    assert list(dict.fromkeys(names)) == list(UPSCALING)
    for name in UPSCALING:
        lumas = [e.use.luma for e in result.evaluations if e.protocol.name == name and e.use]
        assert lumas == (["card", "as-is"] if name.startswith("full-range") else ["card"])
    assert seen[0] == (1, 2 * len(names))
    assert seen[-1] == (2 * len(names), 2 * len(names))
    for evaluation in result.evaluations:
        alone = evaluate(tiny_weights(), folder, 2, protocol=evaluation.protocol.name, use=evaluation.use)
        assert alone.mean == evaluation.mean


def test_the_lines_say_what_changes(folder: Path, tiny_weights: TinyWeights) -> None:
    result = explain(tiny_weights(), folder, 3, metrics=["psnr"])
    text = str(result)
    lines = {line.split("  ")[0]: line for line in text.splitlines() if "  " in line}
    assert lines["opencv"].endswith("LR cubic as OpenCV's (a = -0.75, no antialiasing); replicated borders")
    assert lines["full-range"].endswith("converted to studio range for the network")
    assert lines["full-range, luma as-is"].endswith("the network gets it as it is")
    change = result.evaluations[4].mean["srcnn"]["psnr"] - result.first.mean["srcnn"]["psnr"]
    assert f"{change:+.2f}" in lines["opencv"]
    assert AUTHORS.describe().split(";")[0] in text
    table = [line for line in result.to_markdown().splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(result.evaluations)
    rows = list(csv.DictReader(io.StringIO(result.to_csv())))
    assert float(rows[0]["srcnn psnr"]) == result.first.mean["srcnn"]["psnr"]
    assert all(row["protocol"].split(",")[0] in row["conventions"] for row in rows)
    assert len(json.loads(json.dumps(result.to_json()))["explain"]) == len(rows)


def test_full_range_weights_are_shown_both_ways_under_studio_range(
    folder: Path, tiny_weights: TinyWeights
) -> None:
    weights = tiny_weights()
    full = replace(weights, card=replace(weights.card, luma_range="full"))
    names = [(e.protocol.name, e.use.luma) for e in explain(full, folder, 2).evaluations if e.use]
    assert names[:2] == [("authors", "card"), ("authors", "as-is")]
    assert ("full-range", "as-is") not in names


def test_restoration_is_explained_at_its_quality(folder: Path) -> None:
    protocol = replace(PROTOCOLS["jpeg"], quality=30)
    result = explain(None, folder, protocol=protocol)
    assert [(e.protocol.name, e.protocol.quality) for e in result.evaluations] == [
        ("jpeg", 30),
        ("jpeg-colour", 30),
        ("jpeg-rgb", 30),
    ]


def test_restoration_takes_a_name_without_its_quality(folder: Path) -> None:
    result = explain("9-5-5", folder, protocol=replace(PROTOCOLS["jpeg"], quality=20))
    assert result.first.model == "9-5-5-jpeg20"
    first = next(line for line in str(result).splitlines() if line.startswith("jpeg "))
    assert "quality" not in first  # it is what the others are compared with


def test_three_planes_are_measured_where_three_are_damaged(folder: Path) -> None:
    protocol = replace(PROTOCOLS["jpeg-rgb"], quality=20)
    result = explain("9-5-5", folder, protocol=protocol)
    assert [e.protocol.name for e in result.evaluations] == ["jpeg-colour", "jpeg-rgb"]
    assert result.first.model == "9-5-5-rgb-jpeg20"
    for name in ("jpeg", "blur"):
        with pytest.raises(DataError, match=rf"weights for luma under the protocol {name}.* for rgb"):
            evaluate("9-5-5-rgb-jpeg20", folder, protocol=name)
    with pytest.raises(UsageError, match="luma under the protocol blur, got 9-5-5-rgb-jpeg20"):
        explain("9-5-5-rgb-jpeg20", folder, protocol="blur")


def test_three_planes_are_explained_on_grey_pictures_as_they_are_measured(folder: Path, picture) -> None:
    for path in folder.iterdir():
        write_picture(Picture(np.ascontiguousarray(picture[..., 1])), path)
    result = explain("9-5-5-rgb-jpeg20", folder, protocol="blur")
    assert [e.protocol.name for e in result.evaluations] == ["blur"]
    assert result.first.mean == evaluate("9-5-5-rgb-jpeg20", folder, protocol="blur").mean
    result = explain("9-5-5-rgb-jpeg20", folder, protocol=replace(PROTOCOLS["jpeg-rgb"], quality=20))
    assert [e.protocol.name for e in result.evaluations] == ["jpeg", "jpeg-colour", "jpeg-rgb"]
    (folder / "broken.png").touch()
    with pytest.raises(DataError, match=r"broken\.png, which is empty"):
        explain("9-5-5-rgb-jpeg20", folder, protocol="blur")
    assert explain("9-5-5-rgb-jpeg20", folder, protocol="blur", skip_unreadable=True).first.left_out
    write_picture(Picture(picture), folder / "colour.png")
    with pytest.raises(UsageError, match="luma under the protocol blur, got 9-5-5-rgb-jpeg20"):
        explain("9-5-5-rgb-jpeg20", folder, protocol="blur")


def test_a_grey_picture_has_no_colours_to_miss(tmp_path: Path, picture) -> None:
    write_picture(Picture(np.ascontiguousarray(picture[..., 1])), tmp_path / "grey.png")
    protocols = [replace(PROTOCOLS[name], quality=20) for name in ("jpeg", "jpeg-colour")]
    first, second = (evaluate("9-5-5-rgb-jpeg20", tmp_path / "grey.png", protocol=p) for p in protocols)
    assert first.mean["srcnn"]["psnr"] == second.mean["srcnn"]["psnr"]


def test_engines_side_by_side(folder: Path, tiny_weights: TinyWeights) -> None:
    result = compare_engines(tiny_weights(), folder, 2, engines=("numpy", "onnxruntime"))
    assert list(result.evaluation.mean) == ["bicubic", "numpy", "onnxruntime"]
    assert set(result.differences) == {"one", "two"}
    for image in result.differences.values():
        assert 0 <= image["onnxruntime"].levels < 1e-3
    assert result.evaluation.mean["numpy"]["psnr"] == pytest.approx(
        evaluate(tiny_weights(), folder, 2, engine="numpy").mean["srcnn"]["psnr"], abs=1e-12
    )
    rows = list(csv.DictReader(io.StringIO(result.to_csv())))
    assert [row["method"] for row in rows] == ["bicubic", "numpy", "onnxruntime"] * 3
    text = str(result)
    mean = result.evaluation.mean
    assert f"{mean['numpy']['psnr']:.6f}" in text
    percent = 100 * (mean["bicubic"]["mse"] - mean["numpy"]["mse"]) / mean["bicubic"]["mse"]
    assert f"{percent:+.6f}" in text
    assert "largest difference between numpy and onnxruntime" in text
    value = json.loads(json.dumps(result.to_json()))
    assert value["engines"] == ["numpy", "onnxruntime"]
    assert value["largest_difference"]["levels"] == result.largest.levels
    assert result.to_markdown().count("\n|") == 2 + 9


def test_each_line_of_a_csv_says_what_its_figures_are(folder: Path, tiny_weights: TinyWeights) -> None:
    skip_unless_available("native")
    engines = compare_engines(tiny_weights(), folder, 2, metrics=["psnr", "mse"])
    explained = explain(tiny_weights(), folder, 2)
    for result in (engines, explained):
        for row in csv.DictReader(io.StringIO(result.to_csv())):
            assert (row["set"], row["scale"], row["model"]) == ("pictures", "2", "tiny-3-1-3-x2")
            assert row["protocol"].split(",")[0] in row["conventions"]
            assert "network: one pass" in row["conventions"]
    rows = list(csv.DictReader(io.StringIO(engines.to_csv())))
    assert [float(row["difference"]) for row in rows if row["difference"]] == [
        pair["numpy"].levels for pair in engines.differences.values()
    ]
    mean = engines.evaluation.mean
    percent = 100 * (mean["native"]["psnr"] / mean["bicubic"]["psnr"] - 1)
    assert float(rows[-2]["PSNR gain %"]) == pytest.approx(percent)
    assert {"PSNR", "PSNR gain %", "MSE", "MSE gain %", "difference", "samples"} <= set(rows[0])


def test_no_luma_is_said_of_a_network_without(folder: Path, tiny_weights: TinyWeights) -> None:
    skip_unless_available("native")
    result = compare_engines(tiny_weights(channels=3), folder, 2)
    assert result.describe() == evaluate(tiny_weights(channels=3), folder, 2).describe()
    assert "R, G and B as they are" in result.describe()


def test_no_percentage_of_what_is_identical(tmp_path: Path, tiny_weights: TinyWeights) -> None:
    skip_unless_available("native")
    write_picture(Picture(np.full((36, 36), 90, np.uint8)), tmp_path / "flat.png")
    text = str(compare_engines(tiny_weights(), tmp_path / "flat.png", 2))
    assert "nan" not in text


def test_a_difference_is_found(folder: Path, tiny_weights: TinyWeights, monkeypatch) -> None:
    skip_unless_available("native")
    from srcnn.engines.numpy import NumpyEngine

    run = NumpyEngine.run
    monkeypatch.setattr(NumpyEngine, "run", lambda self, planes, edges: run(self, planes, edges) + 2 / 255)
    result = compare_engines(tiny_weights(), folder, 2)
    assert result.largest.levels == pytest.approx(2, abs=1e-3)
    assert result.largest.pixels > 48 * 36
    assert result.differences["one"]["numpy"].levels == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize("engines", [(), ("numpy",), ("numpy", "numpy")])
def test_one_engine_is_nothing_to_compare(folder: Path, tiny_weights: TinyWeights, engines) -> None:
    with pytest.raises(UsageError, match="two different engines"):
        compare_engines(tiny_weights(), folder, 2, engines=engines)


def test_saved_pictures_are_what_was_measured(folder: Path, tmp_path: Path, tiny_weights) -> None:
    with saved_pictures(tmp_path / "out") as keep:
        result = evaluate(tiny_weights(), folder, 3, baselines=["nearest"], keep=keep)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    methods = ("hr", "nearest", "bicubic", "srcnn")
    assert names == {f"{image}_{method}.png" for image in ("one", "two") for method in methods}
    truth, ours = (read_pixels(tmp_path / "out" / f"one_{m}.png").astype(float) for m in ("hr", "srcnn"))
    assert truth.shape == (48, 36)
    mse = np.mean((truth - ours)[3:-3, 3:-3] ** 2)
    assert 10 * math.log10(255**2 / mse) == pytest.approx(result.images[0].methods["srcnn"]["psnr"])


@pytest.mark.parametrize("name", ["colour-ycbcr", "colour-rgb"])
def test_colours_are_saved_as_colours(folder: Path, tmp_path: Path, name: str, picture) -> None:
    with saved_pictures(tmp_path / "out") as keep:
        evaluate(None, folder, 2, protocol=name, keep=keep)
    saved = read_pixels(tmp_path / "out" / "one_hr.png").astype(int)
    assert np.abs(saved - picture[:48, :36]).max() <= 2


def test_nothing_is_left_of_what_went_wrong(folder: Path, tmp_path: Path, tiny_weights) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("mine", encoding="utf-8")
    write_picture(Picture(np.zeros((12, 12), np.uint8)), folder / "zero.png")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Exception, match="expected at least 11x11"), saved_pictures(tmp_path / "out") as keep:
        evaluate(tiny_weights(), folder, 2, keep=keep)
    assert sorted(tmp_path.rglob("*")) == before
    with pytest.raises(UsageError, match="which is a file"), saved_pictures(tmp_path / "out" / "kept.txt"):
        pass
    with pytest.raises(ImageError), saved_pictures(tmp_path / "no" / "such") as keep:
        evaluate(None, folder / "one.png", 2, keep=keep)
    assert sorted(tmp_path.rglob("*")) == before


def test_use_without_a_network_is_not_said(folder: Path) -> None:
    result = evaluate(None, folder, 2, use=NetworkUse(ensemble=True), baselines=["lanczos", "nearest"])
    assert list(result.mean) == ["nearest", "bicubic", "lanczos"]
    assert "network" not in str(result)
    assert result.mean["nearest"]["psnr"] < result.mean["bicubic"]["psnr"] < result.mean["lanczos"]["psnr"]
    with pytest.raises(UsageError, match="baselines out of nearest"):
        evaluate(None, folder, 2, baselines=["sinc"])
