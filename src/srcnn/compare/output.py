"""Comparisons into files: a sheet for each picture, a page for all of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from srcnn import __version__
from srcnn.atomic import make_folder, write_all
from srcnn.compare.comparison import Comparison
from srcnn.compare.page import page_html
from srcnn.compare.sheet import sheet_png
from srcnn.errors import ImageError, UsageError

PAGE = "comparison.html"
"""What a page is called in a folder."""
_SHEETS, _PAGES = (".png",), (".html", ".htm")


def check_target(
    out: Path, sources: Sequence[Path], scale: float | None = None, *, overwrite: bool = False
) -> None:
    """Refuse, before any work, what cannot be written, or would be written over an input.

    Args:
        out: a ``.png`` for one picture, an ``.html`` for any number, or a folder.
        sources: the pictures to compare.
        scale: of the comparisons, which their names in a folder hold.
        overwrite: replace what exists.

    Raises:
        UsageError: another suffix, a folder that is not there, one PNG for several pictures, an input, or
            an output that exists.
    """
    suffix = out.suffix.lower()
    if not out.absolute().parent.is_dir():
        raise UsageError(f"expected an output in an existing folder, got {out}")
    if out.is_dir():
        targets = [out / PAGE, *(out / _sheet_name(path.stem, scale) for path in sources)]
        _refuse_inputs(targets, sources)
        _refuse_existing(targets, overwrite)
        return
    if suffix not in (*_SHEETS, *_PAGES, ""):
        raise UsageError(f"expected an output that ends in .png or .html, or a folder, got {out}")
    if not suffix and out.exists():
        raise UsageError(f"expected a folder for the comparisons, got {out}, which is a file")
    if suffix in _SHEETS and len(sources) > 1:
        raise UsageError(
            f"expected one picture for {out}, got {len(sources)}; name an .html page, or a folder"
        )
    _refuse_inputs([out], sources)
    _refuse_existing([out], overwrite)


def publish(comparisons: Sequence[Comparison], out: Path) -> list[Path]:
    """Write sheet and page, all of it or nothing; see `check_target` for ``out``.

    A folder, made if it is not there, gets a sheet ``NAME_xS_comparison.png`` for each picture, and a page.

    Returns:
        The files.

    Raises:
        ImageError: they cannot be written.
    """
    suffix = out.suffix.lower()
    if suffix in _SHEETS and not out.is_dir():
        contents = {out: sheet_png(comparisons[0])}
    elif suffix in _PAGES and not out.is_dir():
        contents = {out: _page(comparisons)}
    else:
        contents = {out / _sheet_name(one.name, one.scale): sheet_png(one) for one in comparisons}
        contents[out / PAGE] = _page(comparisons)
        make_folder(out, ImageError)
    write_all(contents)
    return list(contents)


def _refuse_inputs(targets: Iterable[Path], sources: Sequence[Path]) -> None:
    inputs = {source.resolve() for source in sources}
    for target in targets:
        if target.resolve() in inputs:
            raise UsageError(f"expected an output other than the picture itself, got {target}")


def _refuse_existing(targets: Iterable[Path], overwrite: bool) -> None:
    for target in targets:
        if not overwrite and target.exists():
            raise UsageError(f"{target} already exists; use --overwrite")


def _page(comparisons: Iterable[Comparison]) -> bytes:
    return page_html(list(comparisons), __version__).encode()


def _sheet_name(name: str, scale: float | None) -> str:
    return f"{name}{'' if scale is None else f'_x{scale:g}'}_comparison.png"
