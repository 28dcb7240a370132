"""Build the documentation into docs/_build/html and run its examples; any warning is an error.

Usage: python tools/docs.py
"""

import sys
from pathlib import Path

from sphinx.cmd.build import build_main

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Build with each builder; the exit code of the first that fails."""
    for builder in ("html", "doctest"):
        out = DOCS / "_build" / builder
        trees = DOCS / "_build" / "doctrees"
        code = build_main(["-W", "--keep-going", "-q", "-b", builder, "-d", str(trees), str(DOCS), str(out)])
        if code:
            return code
    print(f"documentation built: {DOCS / '_build' / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
