import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from srcnn.compare import page
from srcnn.compare.comparison import Comparison, Panel
from srcnn.compare.page import page_html


class _Reader(HTMLParser):
    """Elements, text, and whether every tag that opens is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("img", "input", "meta"):
            self._open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data) -> None:
        if data.strip() and self._open and self._open[-1] not in ("style", "script"):
            self.words.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _pixels(uri: str) -> np.ndarray:
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_nothing_is_loaded_from_anywhere(comparison: Comparison) -> None:
    text = page_html([comparison], "1.0")
    read = _Reader(text)
    policy = next(meta for meta in read.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'; img-src data:" in str(policy["content"])
    assert all(str(image["src"]).startswith("data:image/png") for image in read.all("img") if "src" in image)
    without = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]*", "", text)
    assert not re.search(r"https?:|[\"'(]//|@import|url\(", without)
    assert not read.all("link")


def test_pictures_are_embedded_to_the_pixel(comparison: Comparison) -> None:
    images = _Reader(page_html([comparison], "1.0")).all("img")
    found = {(image["data-part"], image["data-panel"]): image for image in images if "data-part" in image}
    assert len(found) == 3 * len(comparison.panels)
    for number, panel in enumerate(comparison.panels):
        assert np.array_equal(_pixels(str(found["whole", str(number)]["src"])), panel.pixels)
        for place, crop in enumerate(comparison.crops):
            shown = _pixels(str(found[str(place), str(number)]["src"]))
            assert np.array_equal(shown, crop.cut(panel.pixels))


def test_names_are_text_and_never_markup(comparison: Comparison) -> None:
    made = replace(comparison, name='"><script>alert(1)</script>')
    text = page_html([made], "1.0")
    read = _Reader(text)
    assert len(read.all("script")) == 1
    assert "<b>two</b>" in read.words
    assert '"><script>alert(1)</script> x2' in read.words
    assert not read.all("b")


def test_captions_protocol_and_the_best_are_there(comparison: Comparison) -> None:
    text = page_html([comparison], "1.0")
    words = _Reader(text).words
    for metric in ("PSNR", "SSIM", "MSE"):
        assert metric in words
    best = comparison.best("psnr")
    assert f'<td class="best">{best:.2f} dB</td>' in text
    assert any("under the protocol authors:" in word for word in words)


def test_several_pictures_have_a_section_each_with_controls_of_their_own(comparison: Comparison) -> None:
    other = replace(comparison, name="other")
    read = _Reader(page_html([comparison, other], "1.0"))
    assert [section["aria-label"] for section in read.all("section")] == ["lines x2", "other x2"]
    assert {field["name"] for field in read.all("input") if field["type"] == "radio"} == {"part0", "part1"}
    assert "2 pictures compared" in read.words


def test_plain_input_has_no_table(comparison: Comparison) -> None:
    panels = tuple(Panel(p.name, p.pixels, p.role, {}) for p in comparison.panels if p.role != "truth")
    read = _Reader(page_html([replace(comparison, panels=panels, description=("enlarged",))], "1.0"))
    assert not read.all("table")
    assert "Enlarged." in read.words


def test_a_large_picture_is_shown_smaller_and_its_crops_are_not(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_PIXELS", 500)
    read = _Reader(page_html([comparison], "1.0"))
    images = [image for image in read.all("img") if "data-part" in image]
    wholes = [_pixels(str(image["src"])) for image in images if image["data-part"] == "whole"]
    assert {whole.shape for whole in wholes} == {(25, 19, 3)}
    assert "shown smaller than its 36x48 pixels" in read.words
    crops = {_pixels(str(image["src"])).shape for image in images if image["data-part"] == "0"}
    assert crops == {(16, 16, 3)}
