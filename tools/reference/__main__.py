"""Write docs/reference/ and the drawing in docs/architecture.md from the code; ``--check`` only compares.

Usage: python tools/reference [--check]
"""

import argparse
import re
import sys
from pathlib import Path

from commands import commands
from models import models
from recipes import recipe_keys
from rooms import storeys

from srcnn.atomic import write_bytes

DOCS = Path(__file__).parents[2] / "docs"
ARCHITECTURE = DOCS / "architecture.md"
MARK = "<!-- Made by tools/reference from the code: change that, and run it. -->\n"


def pages() -> dict[Path, str]:
    """Each page to the text that it should hold."""
    makers = {"commands.md": commands, "recipes.md": recipe_keys, "models.md": models}
    texts = {DOCS / "reference" / name: f"{MARK}\n{make()}\n" for name, make in makers.items()}
    drawn = re.compile(r"(?<=<!-- drawn from the imports -->\n).*?(?=\n<!-- end of drawing -->)", re.DOTALL)
    texts[ARCHITECTURE] = drawn.sub(lambda _: storeys(), ARCHITECTURE.read_text(encoding="utf-8"))
    return texts


def main() -> int:
    """Write or check every page; 1 when one is stale."""
    parser = argparse.ArgumentParser(description="Write pages of docs/ from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a page is stale")
    check = parser.parse_args().check
    stale = []
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not check:
                write_bytes(text.encode(), path)
    if check and stale:
        print(f"stale pages: {', '.join(stale)}; run: python tools/reference", file=sys.stderr)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
