"""Which picture of one folder belongs to which of another, by names as people give them."""

from pathlib import Path

import pytest

from srcnn.data.match import match_folders
from srcnn.errors import DataError


def matched(folder: Path, hr: str, lr: str) -> tuple[list[str], list[str], list[str]]:
    """``HR LR`` of each pair, and the stems without a partner."""
    for part, names in (("hr", hr), ("lr", lr)):
        (folder / part).mkdir()
        for name in names.split():
            (folder / part / f"{name}.png").touch()
    match = match_folders(folder / "hr", folder / "lr")
    pairs = [f"{one.stem} {other.stem}" for one, other in match.pairs]
    return pairs, [path.stem for path in match.hr_only], [path.stem for path in match.lr_only]


@pytest.mark.parametrize(
    ("hr", "lr", "pairs"),
    [
        ("a b", "a b", ["a a", "b b"]),
        ("0001 0002", "0001x2 0002x2", ["0001 0001x2", "0002 0002x2"]),
        ("img_3_SRF_4_HR", "img_3_SRF_4_LR", ["img_3_SRF_4_HR img_3_SRF_4_LR"]),
        ("a_GT", "a-x3_bicubic", ["a_GT a-x3_bicubic"]),
        ("a_HR_x2 b_HRx2", "a_LR_x2 b_LR_x2", ["a_HR_x2 a_LR_x2", "b_HRx2 b_LR_x2"]),
        # Names that end as an enlargement does, but mean none.
        ("pix001 pix002", "pix001 pix002", ["pix001 pix001", "pix002 pix002"]),
        ("pix001 pix002", "pix001x3 pix002x3", ["pix001 pix001x3", "pix002 pix002x3"]),
        ("box1_HR box2_HR", "box1_LR box2_LR", ["box1_HR box1_LR", "box2_HR box2_LR"]),
        ("x2 x3", "x2 x3", ["x2 x2", "x3 x3"]),
    ],
)
def test_partners_are_found_whatever_the_names_end_in(
    tmp_path: Path, hr: str, lr: str, pairs: list[str]
) -> None:
    assert matched(tmp_path, hr, lr) == (pairs, [], [])


def test_two_pictures_whose_names_end_in_other_scales_are_no_pair(tmp_path: Path) -> None:
    assert matched(tmp_path, "fox1", "fox2") == ([], ["fox1"], ["fox2"])


def test_the_closest_name_wins(tmp_path: Path) -> None:
    assert matched(tmp_path, "a", "a a_LR") == (["a a"], [], ["a_LR"])


@pytest.mark.parametrize(("hr", "lr"), [("a", "ax2 ax3"), ("a_HR a_GT", "a"), ("a", "a_LR ax2")])
def test_two_equally_close_names_are_refused(tmp_path: Path, hr: str, lr: str) -> None:
    with pytest.raises(DataError, match="expected one picture for each stem"):
        matched(tmp_path, hr, lr)
