"""The page without a service: built by npm, its network run by the browser, beside the command's results."""

import fnmatch
import functools
import http.server
import importlib.util
import io
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_fixtures import launched, needs_chromium
from page_driver import check_accessible, download, drop, finish, opened
from PIL import Image, ImageCms
from support import srcnn

from srcnn.metrics import psnr
from srcnn.resize import imresize

pytestmark = [
    pytest.mark.slow,
    needs_chromium,
    pytest.mark.skipif(shutil.which("npm") is None, reason="no npm: the static page is not built"),
]
ROOT = Path(__file__).parents[2]
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, built."""
    spec = importlib.util.spec_from_file_location("static_page", ROOT / "tools" / "static_page.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    folder = tmp_path_factory.mktemp("site") / "try"
    tool.build(folder)
    return folder


@contextmanager
def served(folder: Path, headers: dict[str, str], refused: Sequence[str] = ()) -> Iterator[str]:
    """The address of a plain server of files; what fits a pattern of `refused` is turned down."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if any(fnmatch.fnmatch(self.path, pattern) for pattern in refused):
                self.send_error(503)
            else:
                super().do_GET()

        def end_headers(self) -> None:
            for name, value in headers.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(params=[{}, ISOLATION], ids=["plain", "isolated"])
def page(request: pytest.FixtureRequest, browser: Any, site: Path) -> Iterator[Any]:
    with served(site, request.param) as url:
        yield from opened(browser, url)


def _pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def test_the_example_picture_becomes_what_the_command_makes_of_it(page, tmp_path):
    truth = np.asarray(Image.open(ROOT / "examples" / "poster.png").convert("RGB"))
    Image.fromarray(imresize(truth, 1 / 3)).save(tmp_path / "small.png")
    drop(page, [tmp_path / "small.png"])
    page.get_by_text("3×").click()
    page.locator("#go").click()
    assert finish(page) == ["done"]
    name, content = download(page, "small.png", tmp_path)
    done = srcnn("upscale", tmp_path / "small.png", "-o", tmp_path / name, "--scale", "3")
    assert done.returncode == 0, done.stderr
    result, expected = _pixels(content), _pixels((tmp_path / name).read_bytes())
    assert np.abs(result.astype(int) - expected).max() <= 1
    scores = [psnr(picture, truth, data_range=255, crop_border=3) for picture in (result, expected)]
    assert scores[0] == pytest.approx(scores[1], abs=0.001)


def test_depth_transparency_and_rotation_come_through(page, tmp_path, picture):
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    alpha[5:20, 4:30] = 0
    alpha[30:40] = 128
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(np.dstack([picture, alpha])).save(tmp_path / "cut out.png", icc_profile=profile)
    deep = np.asarray(Image.fromarray(picture).convert("L")).astype(np.uint16) * 257 + 5
    Image.fromarray(deep).save(tmp_path / "deep.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture).save(tmp_path / "turned.jpg", quality=20, exif=exif)
    Image.fromarray(picture).save(tmp_path / "scan.tif")
    names = ["cut out.png", "deep.png", "turned.jpg", "scan.tif"]
    drop(page, [tmp_path / name for name in names])
    page.locator("[name=format]").select_option("png")
    page.locator("#go").click()
    assert finish(page) == ["done", "done", "done", "failed"]
    assert "srcnn upscale and srcnn web read more formats" in page.locator(".error:visible").inner_text()
    inputs = [tmp_path / name for name in names[:3]]
    done = srcnn("upscale", *inputs, "-o", f"{tmp_path}/out/", "--format", "png")
    assert done.returncode == 0, done.stderr
    for name, limit in zip(names[:3], (1, 1, 2), strict=True):
        written, content = download(page, name, tmp_path)
        result, expected = _pixels(content), _pixels((tmp_path / "out" / written).read_bytes())
        assert (result.shape, result.dtype) == (expected.shape, expected.dtype), name
        assert np.abs(result.astype(int) - expected).max() <= limit, name
    name, content = download(page, "cut out.png", tmp_path)
    assert Image.open(io.BytesIO(content)).info["icc_profile"] == profile
    page.locator(".pick", has_text="turned.jpg").click()
    assert "metadata (EXIF, XMP) is left out" in page.locator("#notes").inner_text()

    # The same at the same size: the quality of the damage is read from the file.
    page.get_by_text("Restore only").click()
    for name in ("cut out.png", "deep.png", "scan.tif"):
        page.get_by_role("button", name=f"Remove {name}").click()
    page.locator("#go").click()
    assert finish(page) == ["done"]
    done = srcnn("restore", tmp_path / "turned.jpg", "-o", tmp_path / "restored.png")
    assert done.returncode == 0, done.stderr
    result = _pixels(download(page, "turned.jpg", tmp_path)[1])
    assert np.abs(result.astype(int) - _pixels((tmp_path / "restored.png").read_bytes())).max() <= 2
    check_accessible(page)


def test_the_page_stays_alive_and_work_can_be_cancelled(page, tmp_path):
    Image.effect_noise((400, 300), 60).convert("RGB").save(tmp_path / "noise.png")
    page.set_input_files("#files", [tmp_path / "noise.png"])
    page.locator("[name=upscaler]").select_option("best")
    page.locator("#go").click()
    progress = page.locator(".picture progress")
    page.wait_for_selector(".picture[data-state=busy]")
    # A page that works itself would not answer for the seconds that a tile takes.
    longest = page.evaluate(
        """() => new Promise(resolve => {
            const begun = performance.now();
            let last = begun, longest = 0;
            const tick = () => {
                const now = performance.now();
                longest = Math.max(longest, now - last);
                last = now;
                if (now - begun < 3000) setTimeout(tick, 10); else resolve(longest);
            };
            tick();
        })"""
    )
    assert longest < 1000
    assert progress.is_visible()
    page.get_by_role("button", name="Cancel noise.png").click()
    assert page.locator(".picture").get_attribute("data-state") == "ready"
    page.locator("[name=upscaler]").select_option("fast")
    page.locator("#go").click()
    assert finish(page, 120) == ["done"]


@pytest.mark.parametrize(
    "part", ["*/ort.wasm*.js", "*/ort-wasm*.wasm", "*/9-*.onnx"], ids=["runtime", "its code", "weights"]
)
def test_what_could_not_be_loaded_is_loaded_at_the_next_try(part, browser, site, tmp_path):
    Image.effect_noise((40, 30), 60).save(tmp_path / "noise.png")
    refused = [part]
    with served(site, {}, refused) as url:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("[name=upscaler] option:nth-child(3)", state="attached")
        page.set_input_files("#files", [tmp_path / "noise.png"])
        page.locator("#go").click()
        assert finish(page) == ["failed"]
        refused.clear()
        page.get_by_role("button", name="Try again").click()
        assert finish(page) == ["done"]
        page.close()
