"""Build the page that runs the network in the browser: static files by npm, and the weights as ONNX.

Usage: python tools/static_page.py [FOLDER]
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from srcnn import __version__
from srcnn.atomic import write_bytes
from srcnn.weight_formats.exporter import export_weights
from srcnn.weights import load_weights
from srcnn.zoo import ZooEntry, list_models

WEB = Path(__file__).parents[1] / "web"


def build(out: Path) -> None:
    """The page as files of a folder, which is emptied first.

    Raises:
        FileNotFoundError: no npm.
        subprocess.CalledProcessError: npm has failed, and said why.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm not found")
    if not (WEB / "node_modules").exists():
        subprocess.run([npm, "ci", "--no-fund", "--no-audit"], cwd=WEB, check=True)
    command = ["run", "build:static", "--silent", "--", "--outDir", str(out.resolve()), "--logLevel", "warn"]
    subprocess.run([npm, *command], cwd=WEB, check=True)
    for name in ("LICENSE", "LICENSE-weights.md"):
        shutil.copyfile(WEB.parent / name, out / name)
    models = out / "models"
    models.mkdir()
    for entry in list_models():
        export_weights(load_weights(entry.path), models / f"{entry.name}.onnx")
    shelf = {"version": __version__, "models": [described(entry) for entry in list_models()]}
    write_bytes(json.dumps(shelf, indent=1).encode(), models / "models.json")


def described(entry: ZooEntry) -> dict[str, object]:
    """What the page must know of a model."""
    card, architecture = entry.card, entry.architecture
    return {
        **entry.to_json(),
        "color": card.color,
        "luma_range": card.luma_range,
        "halo": architecture.halo,
    }


def main() -> int:
    """Build into the folder that is named, or web/dist."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else WEB / "dist"
    try:
        build(out)
    except FileNotFoundError as error:
        print(f"{error}; it builds the page: install Node.js 20 or newer", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"page built: {out / 'index.html'}, {size / 1e6:.0f} MB in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
