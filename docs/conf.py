"""How the documentation is built; ``python tools/docs.py`` does it."""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

from srcnn import __version__

project = "srcnn"
author = "the srcnn maintainers"
project_copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.doctest", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
smartquotes = False  # --option stays --option
html_theme = "furo"
html_title = f"srcnn {__version__}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
highlight_language = "text"  # a block that names no language has none

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the tutorial keeps what it printed when it was run; tools/tutorial.py runs it

default_role = "py:obj"  # docstrings write `name` for a name
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_maximum_signature_line_length = 90  # above it, a parameter a line
napoleon_use_ivar = True

doctest_global_setup = "import numpy as np; import srcnn"

DOCS = Path(__file__).parent.resolve()
ELSEWHERE = {
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "licences": "LICENSE-weights.md",
    "records": "records/README.md",
}
"""Pages of these names are files that lie outside docs/: the names here hold a title and nothing else."""
PAGES = {(DOCS.parent / file).resolve(): DOCS / f"{name}.md" for name, file in ELSEWHERE.items()}


def take_page(app: Sphinx, name: str, source: list[str]) -> None:
    """Put a file from elsewhere in its page's place; make links right from there, but for those to folders.

    A browser of the repository shows a folder; a site has no page for it.
    """
    page = Path(app.env.doc2path(name))
    home = DOCS.parent / ELSEWHERE[name] if name in ELSEWHERE else page
    if home != page:
        app.env.note_dependency(str(home))
        source[0] = home.read_text(encoding="utf-8")

    def relink(found: re.Match[str]) -> str:
        target = (home.parent / found[1]).resolve()
        return (
            f"]({os.path.relpath(PAGES.get(target, target), page.parent)}" if target.is_file() else found[0]
        )

    def unlink(found: re.Match[str]) -> str:
        return found[1] if (home.parent / found[2]).is_dir() else found[0]

    if page.suffix == ".md":
        source[0] = re.sub(r"\[([^\]]+)\]\(([^)#\s]+)\)", unlink, source[0])
        source[0] = re.sub(r"\]\(([^)#\s]+)", relink, source[0])


ALIASES = (
    (
        r"~numpy\.ndarray\[tuple\[~typing\.Any, \.\.\.\], ~numpy\.dtype\[([^\[\]]*)\]\]",
        r"~numpy.typing.NDArray[\1]",
    ),
    (r"type\[~typing\.Any\] \| ~numpy\.dtype.*?_DTypeDict \| str", "~numpy.typing.DTypeLike"),
)
"""What Python spells out in a signature, and the names that the code has for it."""


def shorten(_app: Sphinx, *described: object) -> tuple[str | None, ...]:
    """Both parts of a signature, arguments and result, as a reader knows them."""
    parts = []
    for text in described[-2:]:
        for pattern, name in ALIASES:
            text = re.sub(pattern, name, text) if isinstance(text, str) else None
        parts.append(text)
    return tuple(parts)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", shorten)
    app.connect("source-read", take_page)
