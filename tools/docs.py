"""Build the documentation into docs/_build/html and run its examples; any warning is an error.

The page that enlarges pictures in the browser is part of it ("Try it") where npm is installed.

Usage: python tools/docs.py
"""

import shutil
import subprocess
import sys
from pathlib import Path

import static_page
from sphinx.cmd.build import build_main

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Build with each builder; the exit code of the first that fails."""
    has_npm = shutil.which("npm") is not None
    tags = ["-t", "page"] if has_npm else []
    for builder in ("html", "doctest"):
        out = DOCS / "_build" / builder
        trees = DOCS / "_build" / "doctrees"
        options = ["-W", "--keep-going", "-q", "-b", builder, "-d", str(trees), *tags]
        code = build_main([*options, str(DOCS), str(out)])
        if code:
            return code
    if has_npm:
        try:
            static_page.build(DOCS / "_build" / "html" / "try")
        except subprocess.CalledProcessError as error:
            return error.returncode
    else:
        print("npm not found: the documentation is without the page that enlarges pictures in the browser")
    print(f"documentation built: {DOCS / '_build' / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
