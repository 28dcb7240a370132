"""The whole reproduction: read `reproduce` from top to bottom."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from srcnn.data.sets import find_set
from srcnn.errors import UsageError
from srcnn.figures.tradeoff import Point
from srcnn.reproduction.illustrations import illustrate
from srcnn.reproduction.paper_tables import TABLES, SetComparison
from srcnn.reproduction.reasons import omitted, with_reasons
from srcnn.reproduction.report import Report, lacking_of
from srcnn.reproduction.scores import ImageSet, Store, find_images, measure_all
from srcnn.reproduction.speed import TIMED_SET, Speed, machine_words, time_all
from srcnn.reproduction.studies import STUDIED_SET, Study, study_plans, study_table
from srcnn.reproduction.weight_sources import AuthorsWeights, find_roots
from srcnn.types import NamedProgress

SETS = tuple(dict.fromkeys(how.set for how in TABLES))
"""The image sets of the paper's tables."""


def reproduce(
    store: Path,
    version: str,
    *,
    data: Path | None = None,
    authors: Path | None = None,
    runs: Sequence[Path] = (),
    sets: Sequence[str] = SETS,
    processes: int | None = None,
    progress: NamedProgress | None = None,
) -> Report:
    """Measure everything of the paper that can be measured here, and say what differs and why.

    Nothing is trained. What was measured before is taken from ``store``; an interrupted call goes on there.

    Args:
        store: a folder for finished measurements.
        version: of this package; another version measures anew.
        data: the folder of image sets; ``SRCNN_DATA`` by default.
        authors: a folder with the authors' weights in ``authors/``, if somebody has them.
        runs: folders of finished trainings; by default those of
            `srcnn.reproduction.weight_sources.DEFAULT_ROOTS` that exist.
        sets: which of `SETS`.
        processes: how many measure at once; by default one for each core.
        progress: see `srcnn.types.NamedProgress`.

    Raises:
        UsageError: an unknown set.
        DataError: a set that is missing, or a training whose record or log is broken.
        ImageError: a picture that cannot be read.
        WeightsError: weights that cannot be read.
    """
    report = progress or (lambda done, total, what: None)
    images = _find_sets(sets, data)
    theirs = AuthorsWeights(authors)
    roots = find_roots(runs)
    comparisons = [SetComparison(how, images[how.set], theirs) for how in TABLES if how.set in images]
    studies = [
        Study(plan, images[STUDIED_SET], theirs, roots) for plan in study_plans() if STUDIED_SET in images
    ]
    speeds = [Speed(images[TIMED_SET], theirs)] if TIMED_SET in images else []

    parts = [*comparisons, *studies, *speeds]
    wanted = [measurement for part in parts for measurement in part.measurements]
    cache = Store(store, version)
    results = measure_all(wanted, cache, processes=processes, progress=report)
    tables = [comparison.table(results) for comparison in comparisons]
    tables += [study_table(study, results) for study in studies]
    points: tuple[Point, ...] = ()
    for speed in speeds:
        times = time_all(speed.networks, speed.images, cache, report)
        tables.append(speed.table(results, times))
        points = speed.points(results, times)

    illustrations, without = illustrate(
        studies, images, theirs, points, lambda title: report(1, 1, f"drawing, {title}")
    )
    return Report(
        tables=tuple(with_reasons(table.without_empty_columns()) for table in tables),
        lacking=lacking_of([study.lacking for study in studies]),
        omitted=omitted(),
        illustrations=illustrations,
        made={
            "made by": f"srcnn {version}, command srcnn reproduce",
            "date": datetime.date.today().isoformat(),
            "machine": machine_words(),
            "image sets": ", ".join(f"{s.name} ({len(s.pictures)} pictures)" for s in images.values()),
            "authors' weights": "there" if theirs.available else "not there: their column is left out",
            "trainings from": ", ".join(map(str, roots)) or "no folder",
            **({"figures": without} if without else {}),
        },
    )


def _find_sets(names: Sequence[str], data: Path | None) -> dict[str, ImageSet]:
    unknown = [name for name in names if name not in SETS]
    if unknown or not names:
        raise UsageError(f"expected image sets out of {', '.join(SETS)}, got {', '.join(unknown) or 'none'}")
    return {name: find_images(name, find_set(name, data)) for name in SETS if name in names}
