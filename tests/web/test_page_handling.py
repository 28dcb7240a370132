"""The page of the service in a real browser, by pointer, fingers and keys, small and dark."""

import io
import re
import time
from typing import Any

import numpy as np
import pytest
from browser_fixtures import needs_chromium
from page_driver import check_accessible, download, finish, needs_axe, opened
from PIL import Image
from web_fixtures import until

pytestmark = needs_chromium


def _divider(page: Any) -> float:
    stage, divider = page.locator("#stage").bounding_box(), page.locator(".divider").bounding_box()
    return (divider["x"] + divider["width"] / 2 - stage["x"]) / stage["width"]


def test_pointer_and_wheel_move_the_divider_zoom_and_move_the_picture(page, pictures, tmp_path):
    page.set_input_files("#files", [pictures / "cut out.png"])
    page.locator("#go").click()
    assert finish(page) == ["done"]
    box = page.locator("#stage").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.5 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], middle, steps=4)
    page.mouse.up()
    assert _divider(page) == pytest.approx(0.2, abs=0.02)

    # One to one: what is seen right of the divider is the result, pixel by pixel.
    page.get_by_role("button", name="1:1, one pixel").click()
    assert page.locator("#zoom-percent").inner_text() == "100 %"
    _, content = download(page, "cut out.png", tmp_path)
    result = np.asarray(Image.open(io.BytesIO(content))).astype(int)
    place = page.locator("#after").bounding_box()
    shown = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=place))).convert("RGB")).astype(int)
    opaque = result[..., 3] == 255
    assert np.abs(shown[opaque] - result[opaque][:, :3]).max() <= 1

    page.mouse.move(box["x"] + 0.6 * box["width"], middle)
    for _ in range(8):
        page.mouse.wheel(0, -400)
    until(lambda: int(page.locator("#zoom-percent").inner_text()[:-2]) > 1000)
    before = page.locator("#after").bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"] - 50, middle + 30, steps=3)
    page.mouse.up()
    after = page.locator("#after").bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((-50, 30), abs=1)
    assert _divider(page) == pytest.approx(0.2, abs=0.02)


def test_all_is_done_by_keys_alone(page, pictures, tmp_path):
    def tab_to(condition: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate(f"(() => {{ const e = document.activeElement; return {condition}; }})()"):
                return
        raise AssertionError(f"no way by Tab to {condition}")

    page.on("filechooser", lambda chooser: chooser.set_files([pictures / "turned.jpg"]))
    tab_to("e.id === 'files'")
    page.keyboard.press("Enter")
    page.wait_for_selector(".picture")
    tab_to("e.name === 'size'")
    page.keyboard.press("ArrowRight")
    tab_to("e.id === 'go'")
    page.keyboard.press("Enter")
    assert finish(page) == ["done"]
    assert "180 × 240 pixels" in page.locator("#news").inner_text()
    tab_to("e.classList.contains('download')")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "turned_x3.jpg"
    tab_to("e.id === 'stage'")
    for key, percent in (("1", "100 %"), ("+", "125 %"), ("-", "100 %")):
        page.keyboard.press(key)
        assert page.locator("#zoom-percent").inner_text() == percent
    for _ in range(12):
        page.keyboard.press("+")
    left = page.locator("#after").bounding_box()["x"]
    page.keyboard.press("ArrowRight")
    assert page.locator("#after").bounding_box()["x"] < left
    tab_to("e.id === 'divider'")
    page.keyboard.press("Home")
    assert _divider(page) == pytest.approx(0, abs=0.01)
    page.keyboard.press("ArrowRight")
    assert page.locator("#divider").get_attribute("aria-valuetext").startswith("before on the left 1 percent")


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1280, "light"), (2560, "dark")])
def test_it_fits_narrow_and_wide_windows_in_light_and_dark(browser, web, width, scheme):
    for page in opened(browser, web.url, viewport={"width": width, "height": 900}, color_scheme=scheme):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name="Try an example").click()
        page.locator("#go").click()
        assert finish(page) == ["done"]
        page.get_by_text("More settings").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#stage").bounding_box()["width"] >= 0.6 * min(width, 1000)
        paper, ink = (
            page.evaluate(f"getComputedStyle(document.documentElement).{name}")
            for name in ("backgroundColor", "color")
        )
        light = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in (paper, ink)]
        assert (light[0] > light[1]) == (scheme == "light")


@needs_axe
@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "dark")])
def test_axe_finds_nothing(browser, web, pictures, tmp_path, width, scheme):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    for page in opened(browser, web.url, viewport={"width": width, "height": 900}, color_scheme=scheme):
        check_accessible(page)
        page.set_input_files("#files", [pictures / "turned.jpg", broken])
        page.locator("#go").click()
        assert finish(page) == ["done", "failed"]
        page.get_by_text("More settings").click()
        check_accessible(page)
        page.get_by_text("Restore only").click()
        check_accessible(page)
        page.evaluate("document.getElementById('ask-token').showModal()")
        check_accessible(page)


def test_two_fingers_zoom(browser, web, pictures):
    for page in opened(browser, web.url, viewport={"width": 400, "height": 800}, has_touch=True):
        page.set_input_files("#files", [pictures / "cut out.png"])
        page.locator("#go").tap()
        assert finish(page) == ["done"]
        page.locator("#stage").scroll_into_view_if_needed()
        box = page.locator("#stage").bounding_box()
        percent = int(page.locator("#zoom-percent").inner_text()[:-2])
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        fingers = page.context.new_cdp_session(page)
        for kind, apart in [("touchStart", 20), *(("touchMove", 20 + 10 * n) for n in range(1, 7))]:
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        time.sleep(0.05)
        assert int(page.locator("#zoom-percent").inner_text()[:-2]) == pytest.approx(4 * percent, rel=0.15)
