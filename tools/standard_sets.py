"""Write src/srcnn/data/standard.json from copies of the standard sets; see docs/howto/image-sets.md.

    python tools/standard_sets.py FOLDER_OF_SETS [--check]

BSD100 is not among them: no copy of it was at hand when the file was made.
"""

import argparse
import json
import sys
from pathlib import Path

from srcnn.atomic import write_bytes
from srcnn.data.fingerprints import fingerprint_folder
from srcnn.data.sets import find_set

TARGET = Path(__file__).parents[1] / "src" / "srcnn" / "data" / "standard.json"
SETS = ("T91", "General-100", "BSDS500-train", "Set5", "Set14", "BSD200")
ABOUT = "name: [SHA-256 of the decoded 8-bit pixels, width, height, mean luma of a 4x4 grid]"


def main() -> None:
    """Read the sets, write or compare the file."""
    parser = argparse.ArgumentParser(description="Hashes of the standard sets' pixels.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args()
    text = manifest(options.folder)
    if options.check:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == text else f"{TARGET} is not current")
    write_bytes(text.encode(), TARGET)


def manifest(folder: Path) -> str:
    """The file's text: one line a picture."""
    sets = {}
    for name in SETS:
        prints = fingerprint_folder(find_set(name, folder))
        if any(not one.usable for one in prints):
            sys.exit(f"{name} holds pictures that cannot be used")
        sets[name] = {one.path.stem: [one.sha256, one.width, one.height, one.thumbnail] for one in prints}
    blocks = []
    for name, entries in sets.items():
        lines = ",\n".join(f"   {json.dumps(key)}: {json.dumps(facts)}" for key, facts in entries.items())
        blocks.append(f"  {json.dumps(name)}: {{\n{lines}\n  }}")
    body = ",\n".join(blocks)
    return f'{{\n "about": {json.dumps(ABOUT)},\n "sets": {{\n{body}\n }}\n}}\n'


if __name__ == "__main__":
    main()
