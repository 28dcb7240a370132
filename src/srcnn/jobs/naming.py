"""Names of outputs: a pattern with fields in braces."""

import os
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from srcnn.errors import UsageError
from srcnn.files import WRITABLE_SUFFIXES, check_suffix


@dataclass(frozen=True)
class Naming:
    """How an output is called after its input.

    Attributes:
        pattern: a file's name with ``{stem}`` (the input's name without its suffix), ``{ext}`` (the output's
            suffix with its dot) and the ``fields``.
        fields: further fields and their values, the same for every picture.
        format: a suffix without its dot, such as ``png``, for all outputs; None keeps the input's, or takes
            ``png`` where that is not written.

    Raises:
        UsageError: an unknown field, a pattern that names another folder, or a format that is not written.
    """

    pattern: str = "{stem}{ext}"
    fields: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None

    def __post_init__(self) -> None:
        if self.format is not None and f".{self.format.lower()}" not in WRITABLE_SUFFIXES:
            known = ", ".join(suffix[1:] for suffix in WRITABLE_SUFFIXES)
            raise UsageError(f"expected an output format of {known}, got {self.format!r}")
        check_suffix(self.name(Path("picture.png")))

    def name(self, source: Path) -> str:
        """The file name for the output of ``source``."""
        known = {
            "stem": "stdin" if source == Path("-") else source.stem,
            "ext": self.suffix(source),
            **self.fields,
        }
        try:
            parts = list(string.Formatter().parse(self.pattern))
        except ValueError as error:
            raise UsageError(
                f"expected a name with fields in braces, got {self.pattern!r}: {error}"
            ) from error
        name = ""
        for text, wanted, form, conversion in parts:
            if wanted is not None and (wanted not in known or form or conversion):
                fields = ", ".join(f"{{{each}}}" for each in known)
                raise UsageError(f"expected a name of {fields} and text, got {self.pattern!r}")
            name += text + (known[wanted] if wanted is not None else "")
        if os.sep in name or "/" in name or "\0" in name:
            raise UsageError(f"expected a file's name, got {self.pattern!r}; name the folder with the output")
        return name

    def suffix(self, source: Path) -> str:
        """The suffix, with its dot, of the output of ``source``."""
        if self.format is not None:
            return f".{self.format}"
        return source.suffix if source.suffix.lower() in WRITABLE_SUFFIXES else ".png"
