"""Write docs/reference/ from the code: commands, recipe keys, model cards; ``--check`` only compares.

Usage: python tools/reference [--check]
"""

import argparse
import sys
from pathlib import Path

from commands import commands
from models import models
from recipes import recipe_keys

from srcnn.atomic import write_bytes

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
MARK = "<!-- Made by tools/reference from the code: change that, and run it. -->\n"


PAGES = {"commands.md": commands, "recipes.md": recipe_keys, "models.md": models}


def main() -> int:
    """Write or check every page; 1 when one is stale."""
    parser = argparse.ArgumentParser(description="Write docs/reference/ from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a page is stale")
    check = parser.parse_args().check
    stale = []
    for name, make in PAGES.items():
        made, path = f"{MARK}\n{make()}\n", FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale.append(name)
            if not check:
                write_bytes(made.encode(), path)
    if check and stale:
        print(f"stale pages: {', '.join(stale)}; run: python tools/reference", file=sys.stderr)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
