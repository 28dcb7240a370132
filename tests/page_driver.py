"""What a user does with the page, in a browser."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_fixtures import PATIENCE, until

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci, in web/")


def opened(browser: Any, url: str, **context: Any) -> Iterator[Any]:
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **context})
    page.set_default_timeout(PATIENCE * 1000)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: _own(request.url, url) or wrong.append(request.url))
    page.goto(url)
    page.wait_for_selector("[name=upscaler] option:nth-child(3)", state="attached")
    yield page
    page.close()
    assert wrong == []


def _own(address: str, url: str) -> bool:
    return address.startswith((url, "blob:", "data:"))


def drop(page: Any, files: list[Path]) -> None:
    """What a browser does where somebody lets go of files over the page."""
    contents = [(file.name, base64.b64encode(file.read_bytes()).decode()) for file in files]
    page.evaluate(
        """contents => {
            const data = new DataTransfer();
            for (const [name, text] of contents)
                data.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name));
            for (const type of ["dragenter", "dragover", "drop"])
                document.body.dispatchEvent(
                    new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true})
                );
        }""",
        contents,
    )


def finish(page: Any, seconds: float = PATIENCE) -> list[str]:
    """The states of all pictures once none of them is under way."""
    busy = page.locator(".picture[data-state=queued], .picture[data-state=busy]")
    until(lambda: busy.count() == 0, seconds)
    return [row.get_attribute("data-state") for row in page.locator(".picture").all()]


def download(page: Any, name: str, tmp_path: Path) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.locator(".picture", has_text=name).first.locator(".download").click()
    download.value.save_as(tmp_path / "downloaded")
    return download.value.suggested_filename, (tmp_path / "downloaded").read_bytes()


def check_accessible(page: Any) -> None:
    """What axe-core complains of fails the test."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []
