"""Comparisons as one HTML file: pictures embedded, nothing loaded, a slider between any two methods."""

import base64
import importlib.resources
import io
from collections.abc import Iterator, Sequence
from html import escape
from string import Template

import numpy as np
from PIL import Image

from srcnn.compare.comparison import Comparison, Panel
from srcnn.compare.crops import Crop
from srcnn.compare.palette import in_css, mark
from srcnn.evaluation.metric_table import captions, metric_label
from srcnn.types import Levels

MOST_PIXELS = 1_500_000
"""Of a whole picture in a page; larger ones are shown smaller there, crops never."""


def page_html(comparisons: Sequence[Comparison], version: str) -> str:
    """One HTML document that needs no other file and no network; light or dark as the reader's system is.

    Args:
        comparisons: at least one.
        version: of this package, for the document's metadata.
    """
    title = comparisons[0].title if len(comparisons) == 1 else f"{len(comparisons)} pictures compared"
    return Template(_part("page.html")).substitute(
        title=escape(title),
        version=escape(version),
        style=_part("page.css").rstrip(),
        script=_part("page.js").rstrip(),
        pictures="\n".join(
            _section(comparison, number, alone=len(comparisons) == 1)
            for number, comparison in enumerate(comparisons)
        ),
    )


def _part(name: str) -> str:
    return importlib.resources.files("srcnn.compare").joinpath(name).read_text(encoding="utf-8")


def _section(comparison: Comparison, number: int, *, alone: bool) -> str:
    level = 2 if alone else 3
    heading = "" if alone else f"<h2>{escape(comparison.title)}</h2>"
    parts = [
        heading,
        _player(comparison, number),
        _table(comparison, level),
        *_crops(comparison, level),
        _wholes(comparison, level),
        _notes(comparison),
    ]
    body = "\n".join(part for part in parts if part)
    return f'<section class="picture" aria-label="{escape(comparison.title)}">\n{body}\n</section>'


def _player(comparison: Comparison, number: int) -> str:
    """The slider, with the choice of two panels and of the part they are shown in; shown by the script."""
    names = [panel.name for panel in comparison.panels]
    methods = [place for place, panel in enumerate(comparison.panels) if panel.role == "method"]
    plain = names.index("bicubic") if "bicubic" in names else methods[0]
    choices = [("whole", "whole picture", "")]
    choices += [(str(n), f"crop {n + 1}", _swatch(n)) for n in range(len(comparison.crops))]
    radios = "".join(
        f'<label><input type="radio" name="part{number}" value="{value}"{" checked" * (value == "whole")}>'
        f"{swatch}{words}</label>"
        for value, words, swatch in choices
    )
    return f"""<div class="player">
<div class="controls">
<label>left{_select("first", names, plain)}</label>
<label>right{_select("second", names, methods[-1])}</label>
<fieldset><legend>part</legend>{radios}</fieldset>
</div>
<div class="stage">
<img class="after" alt=""><img class="before" alt="">
<input type="range" min="0" max="100" step="1" value="50" aria-label="divider">
<div class="divider"></div><span class="tag first"></span><span class="tag second"></span>
</div>
<p class="hint">Drag the divider, or move it with the arrow keys, Page Up and Page Down, Home and End.</p>
</div>"""


def _select(kind: str, names: Sequence[str], chosen: int) -> str:
    options = "".join(
        f'<option value="{place}"{" selected" * (place == chosen)}>{escape(name)}</option>'
        for place, name in enumerate(names)
    )
    return f'<select class="{kind}">{options}</select>'


def _table(comparison: Comparison, level: int) -> str:
    metrics = list(comparison.methods[0].figures)
    if not metrics:
        return ""
    head = "".join(f'<th scope="col">{escape(metric_label(metric))}</th>' for metric in metrics)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(panel.name)}</th>{_cells(comparison, panel)}</tr>'
        for panel in comparison.methods
    )
    return (
        f"{_sub(level, 'Figures', 'of the whole picture; the best in bold')}\n"
        '<div class="scroll"><table>\n'
        f'<thead><tr><th scope="col">method</th>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>'
    )


def _cells(comparison: Comparison, panel: Panel) -> str:
    return "".join(
        f"<td{_best(comparison, panel, metric)}>{escape(words)}</td>"
        for metric, words in captions(panel.figures)
    )


def _best(comparison: Comparison, panel: Panel, metric: str) -> str:
    return ' class="best"' * (panel.figures[metric] == comparison.best(metric))


def _crops(comparison: Comparison, level: int) -> Iterator[str]:
    for number, crop in enumerate(comparison.crops):
        images = "".join(
            f'<figure><img src="{_embedded(crop.cut(panel.pixels))}" width="{crop.width}" '
            f'height="{crop.height}" data-part="{number}" data-panel="{place}" '
            f'alt="{escape(panel.name)}, crop {number + 1}">'
            f"<figcaption>{escape(panel.name)}</figcaption></figure>"
            for place, panel in enumerate(comparison.panels)
        )
        place = f"{crop.width}x{crop.height} pixels at {crop.x}, {crop.y}"
        yield (
            f"{_sub(level, f'{_swatch(number)}Crop {number + 1}', place)}\n"
            f'<div class="row crops" style="--mark: {in_css(mark(number))}">{images}</div>'
        )


def _wholes(comparison: Comparison, level: int) -> str:
    figures = "\n".join(
        f'<figure><div class="frame"><img src="{_embedded(_shrunk(panel.pixels))}" data-part="whole" '
        f'data-panel="{place}" width="{comparison.size[1]}" height="{comparison.size[0]}" '
        f'alt="{escape(panel.name)}, whole picture">'
        f"{''.join(_boxes(comparison)) if panel is comparison.whole else ''}</div>"
        f"<figcaption>{escape(panel.name)}{_lines(comparison, panel)}</figcaption></figure>"
        for place, panel in enumerate(comparison.panels)
    )
    height, width = comparison.size
    small = f"shown smaller than its {width}x{height} pixels" if height * width > MOST_PIXELS else ""
    return f'{_sub(level, "Whole picture", small)}\n<div class="row">\n{figures}\n</div>'


def _sub(level: int, words: str, small: str) -> str:
    """A heading below that of the picture, which is the page's own where there is but one."""
    return f'<h{level} class="sub">{words} <small>{small}</small></h{level}>'


def _lines(comparison: Comparison, panel: Panel) -> str:
    if panel.detail:
        return f"<span>{escape(panel.detail)}</span>"
    return "".join(
        f"<span{_best(comparison, panel, metric)}>{escape(metric_label(metric))} {escape(words)}</span>"
        for metric, words in captions(panel.figures)
    )


def _boxes(comparison: Comparison) -> Iterator[str]:
    height, width = comparison.size
    for number, crop in enumerate(comparison.crops):
        style = f"{_place(crop, width, height)}; --mark: {in_css(mark(number))}"
        yield f'<span class="box" style="{style}"></span>'


def _place(crop: Crop, width: int, height: int) -> str:
    sides = (
        ("left", crop.x, width),
        ("top", crop.y, height),
        ("width", crop.width, width),
        ("height", crop.height, height),
    )
    return "; ".join(f"{side}: {100 * length / whole:.3f}%" for side, length, whole in sides)


def _swatch(number: int) -> str:
    return f'<span class="swatch" style="--mark: {in_css(mark(number))}"></span>'


def _notes(comparison: Comparison) -> str:
    return f'<div class="notes">{"".join(f"<p>{escape(line)}</p>" for line in comparison.notes)}</div>'


def _shrunk(pixels: Levels) -> Levels:
    height, width = pixels.shape[:2]
    if height * width <= MOST_PIXELS:
        return pixels
    factor = (MOST_PIXELS / (height * width)) ** 0.5
    size = (max(1, int(width * factor)), max(1, int(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _embedded(pixels: Levels) -> str:
    """A PNG as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", optimize=pixels.size < MOST_PIXELS)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
