"""The page in a real browser; skipped where there is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_fixtures import launched, needs_chromium
from PIL import Image

from srcnn.compare.comparison import Comparison
from srcnn.compare.page import page_html

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, comparison: Comparison) -> Path:
    path = tmp_path_factory.mktemp("page") / "comparison.html"
    path.write_text(page_html([comparison], "1.0"), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    """The page 800 pixels wide; anything it asks for or complains of fails the test."""
    page = browser.new_page(viewport={"width": 800, "height": 700})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.goto(file.as_uri())
    yield page
    page.close()
    assert wrong == []


def _divider(page: Any) -> float:
    """Where the divider is, as a share of the stage's width."""
    stage, divider = page.locator(".stage").bounding_box(), page.locator(".divider").bounding_box()
    return (divider["x"] + divider["width"] / 2 - stage["x"]) / stage["width"]


def _shown(page: Any, tmp_path: Path) -> np.ndarray:
    page.locator(".stage").screenshot(path=tmp_path / "stage.png")
    return np.asarray(Image.open(tmp_path / "stage.png").convert("RGB")).astype(int)


def test_the_divider_follows_the_mouse_and_shows_each_method_on_its_side(
    page: Any, tmp_path: Path, comparison: Comparison
) -> None:
    page.locator("select.first").select_option(label="LR")
    page.locator("select.second").select_option(label="GT")
    page.locator("fieldset label", has_text="crop 1").click()
    box = page.locator(".stage").bounding_box()
    middle = box["y"] + box["height"] * 0.75
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=5)
    assert _divider(page) == pytest.approx(0.7, abs=0.02)
    page.mouse.move(box["x"] + box["width"] * 0.25, middle, steps=5)
    page.mouse.up()
    assert _divider(page) == pytest.approx(0.25, abs=0.02)

    # A crop of 16 pixels is shown in whole steps: each of its pixels is a square of one colour.
    shown, side = _shown(page, tmp_path), int(box["height"] // 16)
    assert (box["width"], box["height"]) == (16 * side, 16 * side)
    crop = comparison.crops[0]
    row, left, right = 14, 1, 14
    for column, name in ((left, "LR"), (right, "GT")):
        panel = next(panel for panel in comparison.panels if panel.name == name)
        wanted = crop.cut(panel.pixels)[row, column]
        found = shown[row * side + side // 2, column * side + side // 2]
        assert np.abs(found - wanted).max() <= 2, name


def test_the_divider_is_moved_by_keys_and_says_where_it_is(page: Any) -> None:
    slider = page.locator(".stage input")
    for _ in range(6):  # from the page's beginning by Tab alone
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "range":
            break
    assert slider.evaluate("e => e === document.activeElement")
    page.keyboard.press("Home")
    assert _divider(page) == pytest.approx(0, abs=0.01)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "2"
    page.keyboard.press("End")
    assert _divider(page) == pytest.approx(1, abs=0.01)
    page.keyboard.press("PageDown")
    assert float(slider.input_value()) < 95
    assert slider.get_attribute("aria-valuetext").startswith("bicubic on the left")


def test_the_two_methods_are_chosen_and_named(page: Any) -> None:
    assert page.locator(".tag.first").inner_text() == "bicubic"
    assert page.locator(".tag.second").inner_text() == "<b>two</b>"
    page.locator("select.second").select_option(label="one")
    assert page.locator(".tag.second").inner_text() == "one"
    assert page.locator(".stage .after").get_attribute("src") == page.locator(
        'img[data-part="whole"][data-panel="3"]'
    ).get_attribute("src")


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_narrow_and_wide_windows_in_light_and_dark(
    browser: Any, file: Path, width: int, scheme: Any
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".stage").bounding_box()["width"] >= 0.5 * min(width, 600)
    paper, ink = (
        page.evaluate(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color")
    )
    light = [sum(map(int, color[4:-1].split(","))) for color in (paper, ink)]
    assert (light[0] > light[1]) == (scheme == "light")
    page.close()


def test_without_scripts_figures_and_pictures_are_still_there(browser: Any, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert not page.locator(".player").is_visible()
    assert page.locator("table").is_visible()
    assert page.locator('img[data-part="1"][data-panel="3"]').is_visible()
    context.close()
