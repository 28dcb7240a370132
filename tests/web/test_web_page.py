"""The page of the service in a real browser: drop, watch, compare, download; by keys, small and dark."""

import base64
import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from browser_fixtures import launched, needs_chromium
from page_driver import check_accessible, download, drop, finish, needs_axe, opened
from PIL import Image
from support import srcnn
from web_fixtures import running, until

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Any, web: Any) -> Iterator[Any]:
    """The page 1280 pixels wide; what it complains of, or asks another host for, fails the test."""
    yield from opened(browser, web.url)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PNG with transparency, JPEG that is turned by its EXIF, TIFF of 16 bits."""
    folder = tmp_path_factory.mktemp("pictures")
    rows, columns = np.mgrid[0:60, 0:80]
    rgb = np.stack([3 * columns, 4 * rows, 255 - 3 * columns], axis=-1).astype(np.uint8)
    rgb[(rows // 6 + columns // 6) % 2 == 0] //= 2
    opacity = np.where(np.hypot(rows - 30, columns - 40) < 25, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack([rgb, opacity])).save(folder / "cut out.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.fromarray(rgb).save(folder / "turned.jpg", quality=60, exif=exif)
    tifffile.imwrite(folder / "deep.tif", rgb.astype(np.uint16) * 257 + 3, photometric="rgb")
    return folder


def _divider(page: Any) -> float:
    stage, divider = page.locator("#stage").bounding_box(), page.locator(".divider").bounding_box()
    return (divider["x"] + divider["width"] / 2 - stage["x"]) / stage["width"]


def test_dropped_pictures_become_the_files_that_the_command_writes(page, pictures, tmp_path):
    files = sorted(pictures.iterdir())
    drop(page, files)
    page.get_by_text("3×").click()
    page.get_by_role("button", name="Enlarge 3 pictures").click()
    assert finish(page) == ["done"] * 3
    done = srcnn("upscale", pictures, "-o", tmp_path / "out", "--scale", "3", "--background", "white")
    assert done.returncode == 0, done.stderr
    for file in files:
        name, content = download(page, file.name, tmp_path)
        assert name == f"{file.stem}_x3{file.suffix}"
        assert content == (tmp_path / "out" / name).read_bytes(), name
    page.locator(".pick", has_text="turned.jpg").click()
    before = (pictures / "turned.jpg").stat().st_size
    after = (tmp_path / "out" / "turned_x3.jpg").stat().st_size
    assert page.locator("#figures").inner_text().split("\n")[1::2][:2] == [
        f"60 × 80 pixels, {before / 1000:.1f} kB",
        f"180 × 240 pixels, {after / 1000:.0f} kB",
    ]


def test_size_format_and_what_is_to_be_done_are_those_of_the_command(page, pictures, tmp_path):
    page.set_input_files("#files", [pictures / "cut out.png", pictures / "turned.jpg"])
    page.get_by_text("width", exact=True).click()
    page.locator("[name=width]").fill("200")
    assert "60 × 80 → 200 × 267" in page.locator(".picture", has_text="turned.jpg").inner_text()
    page.locator("[name=format]").select_option("jpg")
    page.locator("[name=upscaler]").select_option("fast")
    page.get_by_text("More settings").click()
    page.locator("[name=quality]").fill("80")
    page.get_by_role("button", name="Enlarge 2 pictures").click()
    assert finish(page) == ["done"] * 2
    options = ["--width", "200", "--format", "jpg", "--model", "9-1-5", "--quality", "80"]
    done = srcnn(
        "upscale", pictures / "cut out.png", "-o", f"{tmp_path}/out/", "--background", "white", *options
    )
    assert done.returncode == 0, done.stderr
    name, content = download(page, "cut out.png", tmp_path)
    assert (name, content) == ("cut out_200w.jpg", (tmp_path / "out" / "cut out_200w.jpg").read_bytes())
    page.locator(".pick", has_text="cut out.png").click()
    assert "transparency is laid on a background" in page.locator("#notes").inner_text()

    page.get_by_text("Restore only").click()
    page.locator("[name=format]").select_option("")
    page.get_by_role("button", name="Restore 2 pictures again").click()
    assert finish(page) == ["failed", "done"]
    assert "expected a jpeg" in page.locator(".picture .error").first.inner_text().lower()
    done = srcnn("restore", pictures / "turned.jpg", "-o", f"{tmp_path}/out/", "--quality", "80")
    assert done.returncode == 0, done.stderr
    name, content = download(page, "turned.jpg", tmp_path)
    assert (name, content) == ("turned_restored.jpg", (tmp_path / "out" / "turned_restored.jpg").read_bytes())


def test_a_broken_picture_says_so_and_the_others_go_on(page, pictures, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes((pictures / "cut out.png").read_bytes()[:200])
    (tmp_path / "notes.txt").write_text("no picture")
    page.set_input_files("#files", [broken, tmp_path / "notes.txt", pictures / "deep.tif"])
    page.locator("#go").click()
    assert finish(page) == ["failed", "failed", "done"]
    errors = [error.inner_text() for error in page.locator(".error:visible").all()]
    assert len(errors) == 2
    assert "broken" in errors[0]
    # What the browser itself cannot show is shown as the service reads it.
    page.locator(".pick", has_text="deep.tif").click()
    assert page.locator("#before").evaluate("e => [e.naturalWidth, e.naturalHeight]") == [80, 60]
    assert page.locator("#after").evaluate("e => [e.naturalWidth, e.naturalHeight]") == [160, 120]
    assert page.get_by_role("button", name="Try again").is_visible()


def test_progress_is_shown_and_a_cancelled_picture_is_forgotten_by_the_service(page, web, tmp_path):
    Image.effect_noise((700, 700), 60).save(tmp_path / "large.png")
    page.evaluate(
        """() => {
            window.seen = [];
            const look = () => window.seen.push(document.querySelector(".picture progress").value);
            const list = document.getElementById("pictures");
            new MutationObserver(look).observe(list, {subtree: true, attributes: true});
        }"""
    )
    page.set_input_files("#files", [tmp_path / "large.png"])
    page.locator("[name=upscaler]").select_option("best")
    page.locator("#go").click()
    progress = page.locator(".picture progress")
    until(lambda: progress.evaluate("e => e.value") > 0)
    page.get_by_role("button", name="Cancel large.png").click()
    assert page.locator(".picture").get_attribute("data-state") == "ready"
    until(lambda: web.files() == [])
    parts = [part for part in page.evaluate("window.seen") if part > 0]
    assert parts
    assert max(parts) < 1
    page.get_by_role("button", name="Remove large.png").click()
    assert page.locator(".picture").count() == 0
    assert page.evaluate("document.activeElement.id") == "files"


def test_a_page_that_is_closed_cancels_its_work(browser, web, tmp_path):
    Image.effect_noise((700, 700), 60).save(tmp_path / "large.png")
    for page in opened(browser, web.url):
        page.set_input_files("#files", [tmp_path / "large.png"])
        page.locator("[name=upscaler]").select_option("best")
        page.locator("#go").click()
        until(lambda: web.files() != [])
        page.wait_for_selector(".picture .facts:has-text('%')")
        page.goto("about:blank")
        until(lambda: web.files() == [])


def test_pasted_pictures_are_taken_and_all_results_come_in_one_archive(page, pictures, tmp_path):
    content = base64.b64encode((pictures / "cut out.png").read_bytes()).decode()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            for (const name of ["pasted.png", "pasted.png"])
                data.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name));
            document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }""",
        content,
    )
    page.locator("#go").click()
    assert finish(page) == ["done", "done"]
    with page.expect_download() as archive:
        page.get_by_role("button", name="Download all").click()
    archive.value.save_as(tmp_path / "pictures.zip")
    _, single = download(page, "pasted.png", tmp_path)
    with zipfile.ZipFile(tmp_path / "pictures.zip") as archive:
        assert archive.namelist() == ["pasted_x2.png", "pasted_x2 (2).png"]
        assert {archive.read(name) for name in archive.namelist()} == {single}
    page.get_by_role("button", name="Remove all").click()
    assert page.locator(".picture").count() == 0


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


def test_a_service_with_a_token_is_used_with_its_address_or_after_a_question(browser, pictures, tmp_path):
    with running(tmp_path, token="a token of more than 16") as web:
        token = "a token of more than 16"
        page = browser.new_page()
        page.goto(f"{web.url}/#token={token}")
        page.wait_for_selector("[name=upscaler] option:nth-child(3)", state="attached")
        assert token not in page.url
        page.close()

        page = browser.new_page()
        page.goto(web.url)
        page.locator("#token").fill(token)
        page.get_by_role("button", name="Go on").click()
        page.set_input_files("#files", [pictures / "deep.tif"])
        page.locator("#go").click()
        assert finish(page) == ["done"]
        page.close()
