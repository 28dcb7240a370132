"""Text for people: what a file's names may do to a terminal."""

import pytest

from srcnn.text_table import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe 写真\u3000é 1\u00a0000.png", "Größe 写真\u3000é 1\u00a0000.png"),
        ("a\x1b[2J\r\n\x07", r"a\x1b[2J\r\n\x07"),
        # Letters of the other direction let a name read as another: U+202E turns gpj.exe round.
        ("\u202egnp.exe\u2028", r"\u202egnp.exe\u2028"),
        (b"\xff.png".decode(errors="surrogateescape"), r"\udcff.png"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
