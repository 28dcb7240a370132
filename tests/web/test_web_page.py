"""The page of the service in a real browser: drop, watch, paste, download, with a token."""

import base64
import zipfile

from browser_fixtures import needs_chromium
from page_driver import download, drop, finish, opened
from PIL import Image
from support import srcnn
from web_fixtures import PATIENCE, running, until

pytestmark = needs_chromium


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
    assert page.locator("#news").inner_text().endswith("; 1 of 3 done, 2 failed.")
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


def test_a_service_with_a_token_is_used_with_its_address_or_after_a_question(browser, pictures, tmp_path):
    with running(tmp_path, token="a token of more than 16") as web:
        token = "a token of more than 16"
        page = browser.new_page()
        page.goto(f"{web.url}/#token={token}")
        page.wait_for_selector("[name=upscaler] option:nth-child(3)", state="attached")
        assert token not in page.url
        page.close()

        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(web.url)
        page.locator("#token").fill(token)
        page.get_by_role("button", name="Go on").click()
        page.set_input_files("#files", [pictures / "deep.tif"])
        page.locator("#go").click()
        assert finish(page) == ["done"]
        page.close()
