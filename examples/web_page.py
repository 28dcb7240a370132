"""Draw the picture of `srcnn web`: its page in chromium, with a picture enlarged.

Usage: python examples/web_page.py [OUTPUT]
"""

import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "docs" / "howto" / "web.png"
COLORS = 128
"""Of the picture: a palette keeps it small."""


def enlarge(page: Page, url: str) -> None:
    """Enlarge the example picture, and look at the lower part of it."""
    page.goto(url)
    page.get_by_role("button", name="Try an example").click()
    page.get_by_text("3×").click()
    page.get_by_role("button", name="Enlarge picture").click()
    page.wait_for_selector(".picture[data-state=done]")
    page.get_by_role("button", name="1:1").click()
    page.mouse.move(0, 0)


def main() -> None:
    """Start the service, open its page, and end it."""
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    command = [sys.executable, "-m", "srcnn", "web", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        url = service.stdout.readline().split()[1]
        try:
            with sync_playwright() as driver:
                browser = driver.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1160, "height": 720})
                enlarge(page, url)
                page.screenshot(path=output)
                browser.close()
        finally:
            service.terminate()
            service.communicate()
    Image.open(output).convert("RGB").quantize(COLORS).save(output, optimize=True)


if __name__ == "__main__":
    main()
