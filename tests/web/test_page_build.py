"""The page that is committed: built from the sources beside it, small, and asking nobody else."""

import hashlib
import re
from pathlib import Path

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
