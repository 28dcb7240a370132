import csv
import io
import json
import math
from dataclasses import replace

import pytest

from srcnn.evaluation import AUTHORS, Evaluation, ImageScores


def evaluation(set_name: str = "Set5", scale: int = 3, count: int = 5, architecture: str = "9-5-5"):
    images = tuple(
        ImageScores(
            f"image{number}",
            {
                "bicubic": {"psnr": 30.0 + number, "ssim": 0.85},
                "srcnn": {"psnr": 32.0 + number, "ssim": 0.90 + number / 100},
            },
        )
        for number in range(count)
    )
    model = f"{architecture}-x{scale}"
    return Evaluation(AUTHORS, scale, model, architecture, "0" * 64, set_name, images)


def rows(text: str) -> dict[str, list[str]]:
    """First cell to the others, for the lines of figures."""
    split = (line.rsplit(maxsplit=6) for line in text.splitlines())
    return {cells[0].strip(): cells[1:] for cells in split if len(cells) == 7}


def test_mean_is_over_images():
    assert evaluation().mean == {
        "bicubic": {"psnr": 32.0, "ssim": pytest.approx(0.85)},
        "srcnn": {"psnr": 34.0, "ssim": pytest.approx(0.92)},
    }


def test_text():
    text = str(evaluation())
    assert text.splitlines()[0] == "Set5 x3, 5 images, 9-5-5-x3"
    assert text.splitlines()[1] == AUTHORS.describe()
    table = rows(text)
    assert table["image0"] == ["30.00", "0.8500", "32.00", "0.9000", "+2.00", "+0.0500"]
    assert table["mean"] == ["32.00", "0.8500", "34.00", "0.9200", "+2.00", "+0.0700"]
    assert table["srcnn 9-5-5, as published"] == ["30.39", "0.8682", "32.75", "0.9090", "+2.36", "+0.0408"]
    assert "a+ 32.59/0.9088" in text
    assert "arXiv:1501.00092v3, Table 2" in text
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_columns_are_aligned():
    lines = str(evaluation()).splitlines()
    ends = {line.index("+0.0") + len("+0.0500") for line in lines if "+0.0" in line}
    assert len(ends) == 1


def test_own_architecture_stands_beside_the_papers():
    table = rows(str(evaluation(architecture="9-1-5")))
    assert "srcnn 9-5-5, as published" in table
    # The paper gives a PSNR alone: what is not known is a dash, not a zero.
    assert table["srcnn 9-1-5, as published"] == ["30.39", "0.8682", "32.52", "-", "+2.13", "-"]
    assert table["srcnn 9-1-5 (91 images), measured"][2] == "32.39"
    assert "srcnn 9-3-5, as published" not in table


def test_another_protocol_is_labelled():
    text = str(evaluation("BSD200", count=200))
    assert rows(text)["srcnn 9-5-5, as published, full-range"][:3] == ["25.94", "0.7469", "27.18"]
    assert "do not compare" in text
    assert "do not compare" not in str(evaluation())


@pytest.mark.parametrize("other", [{"count": 4}, {"set_name": "photos"}, {"scale": 8}])
def test_nothing_published_stands_beside_another_set(other):
    result = evaluation(**other)
    assert result.published == ()
    assert "published" not in str(result)


def test_fewer_metrics_are_fewer_columns():
    whole = evaluation()
    images = tuple(
        ImageScores(image.name, {name: {"psnr": f["psnr"]} for name, f in image.methods.items()})
        for image in whole.images
    )
    text = str(replace(whole, protocol=replace(AUTHORS, metrics=("psnr",)), images=images))
    assert "SSIM" not in text
    assert "image0" in text


def test_many_figures_get_a_line_for_each_method():
    whole = evaluation()
    figures = {"psnr": 30.0, "ssim": 0.9, "ifc": 3.0, "nqm": 28.0}
    methods: dict[str, dict[str, float]] = dict.fromkeys(("nearest", "bicubic", "srcnn"), figures)
    images = tuple(ImageScores(image.name, methods) for image in whole.images)
    protocol = replace(AUTHORS, metrics=("psnr", "ssim", "ifc", "nqm"))
    result = replace(whole, protocol=protocol, images=images)
    lines = [line.split() for line in str(result).splitlines()]
    assert lines[3] == ["image", "method", "PSNR", "SSIM", "IFC", "NQM"]
    assert lines[5] == ["image0", "nearest", "30.00", "0.9000", "3.00", "28.00"]
    assert lines[8] == ["gain", "+0.00", "+0.0000", "+0.00", "+0.00"]
    (paper,) = (n for n, line in enumerate(lines) if line[:2] == ["srcnn", "9-5-5,"])
    # Nearest was not published: it has no line there.
    assert lines[paper][4:] == ["bicubic", "30.39", "0.8682", "3.52", "27.54"]
    assert lines[paper + 1] == ["srcnn", "32.75", "0.9090", "4.58", "33.21"]
    assert "others, as published (PSNR/SSIM/IFC/NQM): sc 31.42/0.8821/3.16/27.29" in str(result)
    table = [line for line in result.to_markdown().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in table} == {7}


def test_without_a_network_figures_of_others_stand_by_their_status():
    images = tuple(replace(i, methods={"bicubic": i.methods["bicubic"]}) for i in evaluation().images)
    lines = replace(evaluation(), model="", architecture="", images=images).notes()
    (quoted,) = (line for line in lines if line.startswith("others, as published"))
    (measured,) = (line for line in lines if line.startswith("others, measured"))
    assert "srcnn 9-3-5 32.66/-" in quoted
    assert "32.65" not in quoted
    assert "srcnn 9-3-5 32.65/0.9087" in measured


def test_csv():
    rows = list(csv.DictReader(io.StringIO(evaluation().to_csv())))
    assert len(rows) == 2 * 5 + 2
    assert (rows[-1]["image"], rows[-1]["method"], float(rows[-1]["psnr"])) == ("mean", "srcnn", 34.0)
    assert {row["protocol"] for row in rows} == {"authors"}
    assert AUTHORS.describe() in rows[0]["conventions"]


def test_markdown():
    lines = evaluation().to_markdown().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table[0] == (
        "| image | bicubic PSNR | bicubic SSIM | srcnn PSNR | srcnn SSIM | gain PSNR | gain SSIM |"
    )
    assert table[2] == "| image0 | 30.00 | 0.8500 | 32.00 | 0.9000 | +2.00 | +0.0500 |"
    assert len(table) == 2 + 5 + 1 + 1
    assert {line.count("|") for line in table} == {8}
    assert AUTHORS.describe() in lines


def test_json_holds_what_was_promised():
    value = json.loads(json.dumps(evaluation().to_json(), allow_nan=False))
    assert (value["protocol"], value["scale"], value["model"]) == ("authors", 3, "9-5-5-x3")
    assert value["conventions"]["crop_border"] == "scale"
    assert value["images"][1] == {
        "name": "image1",
        "bicubic": {"psnr": 31.0, "ssim": 0.85},
        "srcnn": {"psnr": 33.0, "ssim": 0.91},
    }
    assert value["mean"]["srcnn"]["psnr"] == 34.0
    paper = next(row for row in value["published"] if row["method"] == "srcnn 9-5-5")
    assert (paper["psnr"], paper["ssim"], paper["status"]) == (32.75, 0.909, "as published")


def test_infinite_psnr_is_null_in_json_and_inf_in_the_table():
    whole = evaluation()
    same = {"psnr": math.inf, "ssim": 1.0}
    images = (ImageScores("flat", {"bicubic": same, "srcnn": same}), *whole.images[1:])
    result = replace(whole, images=images)
    value = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert value["images"][0]["srcnn"] == {"psnr": None, "ssim": 1.0}
    assert value["mean"]["srcnn"]["psnr"] is None
    assert rows(str(result))["flat"] == ["inf", "1.0000", "inf", "1.0000", "-", "+0.0000"]
