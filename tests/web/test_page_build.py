"""The page that is committed: built from the sources beside it, small, and asking nobody else."""

import base64
import hashlib
import io
import json
import re
from pathlib import Path

from page_numbers import NUMBERS, numbers

from srcnn.files import jpeg_quality

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "src" / "srcnn" / "web" / "page"
SOURCES = ROOT / "web"


def test_the_committed_page_is_built_from_the_sources_beside_it() -> None:
    sources = [SOURCES / name for name in ("index.html", "package-lock.json", "vite.config.ts")]
    sources += [SOURCES / "public" / "icon.svg", *SOURCES.glob("src/**/*.ts"), *SOURCES.glob("src/**/*.css")]
    names = sorted(path.relative_to(SOURCES).as_posix() for path in sources)
    lines = [f"{_sum(SOURCES / name)}  {name}" for name in names if not name.startswith("src/browser/")]
    built_from = (PAGE / "SOURCES").read_text(encoding="utf-8").splitlines()
    assert built_from == lines, "the page is older than its sources: npm run build, in web/"


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def test_the_page_holds_no_inline_script_or_style_and_no_address_of_another_host() -> None:
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)
    for file in PAGE.iterdir():
        if file.suffix in (".html", ".css", ".js"):
            addresses = set(re.findall(r"\b(?:https?:)?//[\w.-]+\.\w+", file.read_text(encoding="utf-8")))
            assert addresses <= {"http://www.w3.org"}, file.name  # the name space of SVG


def test_the_numbers_that_the_page_is_tested_against_are_those_of_the_package() -> None:
    written, made = json.loads(NUMBERS.read_text(encoding="utf-8")), json.loads(numbers())
    for case in written.pop("jpeg"):  # encoders differ, what they have written does not
        assert jpeg_quality(io.BytesIO(base64.b64decode(case["base64"]))) == case["quality"]
    made.pop("jpeg")
    assert written == made, "run: python tests/page_numbers.py, then npm test, in web/"


def test_the_example_of_the_page_is_the_example_picture() -> None:
    assert (PAGE / "example.png").read_bytes() == (ROOT / "examples" / "poster.png").read_bytes(), (
        "npm run build"
    )
