import math

import pytest

from srcnn.evaluation import METRICS, PROTOCOLS
from srcnn.evaluation.published_figures import (
    PUBLISHED_METRICS,
    all_published,
    published,
    published_rows,
    published_studies,
)


@pytest.mark.parametrize(
    ("set_name", "scale", "method", "metric", "value"),
    [
        # arXiv:1501.00092v3, Tables 2 and 3; the corners of each table as it is read there.
        ("Set5", 2, "bicubic", "psnr", 33.66),
        ("Set5", 3, "srcnn 9-5-5", "psnr", 32.75),
        ("Set5", 4, "srcnn 9-5-5", "ssim", 0.8628),
        ("Set5", 3, "sc", "ssim", 0.8821),
        ("Set5", 3, "srcnn 9-1-5", "psnr", 32.52),
        ("Set5", 3, "srcnn 9-3-5", "psnr", 32.66),
        ("Set14", 2, "bicubic", "ssim", 0.8687),
        ("Set14", 4, "srcnn 9-5-5", "psnr", 27.50),
        ("set14", 3, "a+", "psnr", 29.13),
        ("Set5", 3, "sc", "nqm", 27.29),
        ("Set5", 4, "srcnn 9-5-5", "ms_ssim_metrix", 0.9725),
        ("Set14", 2, "bicubic", "ifc", 6.09),
        ("Set14", 4, "srcnn 9-5-5", "wpsnr", 38.87),
    ],
)
def test_the_paper_is_found(set_name, scale, method, metric, value):
    assert published(set_name, scale, method, metric, "authors") == value


def test_bsd200_is_another_protocol():
    assert published("BSD200", 3, "srcnn 9-5-5", "psnr", "authors") is None
    assert published("BSD200", 3, "srcnn 9-5-5", "psnr", "full-range") == 27.18
    assert published("Set5", 3, "bicubic", "psnr", "full-range") is None


@pytest.mark.parametrize(
    ("set_name", "scale", "method", "metric"),
    [
        ("Urban100", 3, "bicubic", "psnr"),
        ("Set5", 5, "bicubic", "psnr"),
        ("Set5", 2, "sc", "psnr"),  # the paper has none at x2
        ("Set5", 3, "srcnn 9-1-5", "lpips"),
    ],
)
def test_what_was_not_published_is_none(set_name, scale, method, metric):
    assert published(set_name, scale, method, metric, "authors") is None


def test_jpeg_is_found_by_its_quality():
    rows = {row.method: row.figures for row in published_rows("Classic5", None, 10)}
    assert rows["jpeg"] == {"psnr": 27.82, "ssim": 0.7595, "psnr_b": 25.21}
    assert rows["ar-cnn"]["psnr"] == 29.03
    (jpeg,) = (row for row in published_rows("LIVE1", None, 40) if row.method == "jpeg")
    assert jpeg.figures["psnr_b"] == 29.97
    assert published_rows("LIVE1", 4) == published_rows("Classic5", None, 50) == ()


def test_rows_are_complete_and_plausible():
    rows = all_published()
    assert len(rows) > 60
    for row in rows:
        assert row.status in ("as published", "measured")
        assert row.source
        assert row.images == {"Set5": 5, "Set14": 14, "BSD200": 200, "Classic5": 5, "LIVE1": 29}[row.set]
        assert row.protocol in PROTOCOLS
        assert (row.scale is None) != (row.quality is None)
        assert set(row.figures) <= set(PUBLISHED_METRICS)
        assert set(PUBLISHED_METRICS) <= set(METRICS)
        assert 20 < row.figures["psnr"] < 40
        assert 0.6 < row.figures.get("ssim", 0.9) < 1
    keys = [(row.set, row.scale, row.quality, row.method, row.protocol, row.status) for row in rows]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("set_name", ["Set5", "Set14", "BSD200"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_every_method_beats_bicubic_and_loses_with_the_scale(set_name, scale):
    # Catches a slipped column or row.
    here = {row.method: row.figures for row in published_rows(set_name, scale) if row.status != "measured"}
    below = {row.method: row.figures for row in published_rows(set_name, scale + 1)}
    for method, figures in here.items():
        for metric, value in figures.items():
            assert beats(method, metric, value, here["bicubic"][metric])
            assert method not in below or value > below[method][metric]


def beats(method: str, metric: str, value: float, bicubic: float) -> bool:
    # Sparse coding and KK lose to bicubic in IFC and NQM here and there, and SRCNN does in NQM on Set14 at
    # x2: so the paper has it.
    return method == "bicubic" or metric in ("ifc", "nqm") or value > bicubic


def test_studies_are_as_the_paper_has_them():
    studies = published_studies()
    # arXiv:1501.00092v3, Tables 1 and 5 and section 4.3.2: first and last figure of each.
    assert [studies["widths"].rows[name]["psnr"] for name in ("128-64", "32-16")] == [32.60, 32.26]
    assert studies["filters"].rows["11-1-7"] == {"psnr": 32.57}
    assert studies["colours"].rows["YCbCr"]["psnr_y"] == 29.25
    assert studies["colours"].rows["KK"]["psnr"] == 36.32


def test_studies_agree_with_the_tables():
    for study in published_studies().values():
        assert study.protocol in PROTOCOLS
        for name, figures in study.rows.items():
            for method in (f"srcnn {name}", name):
                value = published(study.set, study.scale, method, "psnr", "authors")
                assert value in (None, figures.get("psnr_y", figures["psnr"]))


def test_the_papers_rgb_lies_between_luma_and_chroma():
    # The error averaged over Y, Cb and Cr: a slipped column would break it.
    for figures in published_studies()["colours"].rows.values():
        error = sum(10 ** (-figures[f"psnr_{plane}"] / 10) for plane in ("y", "cb", "cr")) / 3
        assert figures["psnr"] == pytest.approx(-10 * math.log10(error), abs=0.5)  # means of logarithms
