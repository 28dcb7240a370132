"""The keys of a recipe that say how pictures become pairs, checked as they are read."""

from pydantic import BaseModel, ConfigDict, model_validator

from srcnn.data.degradations import parse_chain
from srcnn.data.planes import Color
from srcnn.data.sources import Layout, PairRules, Side


class Section(BaseModel):
    """A part of a recipe: unknown keys are an error, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class DataRules(Section):
    """How the pictures of a set become pairs; see `PairRules`."""

    color: Color = "y"
    """``y``: studio-range luma. ``grey``: full-range luma. ``ycbcr``, ``rgb``: three planes."""
    degradation: tuple[str, ...] = ()
    """Steps such as ``["blur 1.2 7", "shrink", "noise 5", "jpeg 20"]``; none: bicubic at the scale."""
    layout: Layout = "pictures"
    """``pictures``: good ones. ``folders``: two subfolders of each set, good and poor, matched by stem.
    ``side-by-side``: each picture holds both halves."""
    hr_folder: str = "hr"
    """With ``folders``: the subfolder of good pictures."""
    lr_folder: str = "lr"
    """With ``folders``: the subfolder of poor pictures, of the same size or smaller by the scale."""
    sharp: Side = "left"
    """With ``side-by-side``: the half that is good."""

    def rules(self) -> PairRules:
        """The same for `srcnn.data.pairs`."""
        return PairRules(**{key: getattr(self, key) for key in DataRules.model_fields})

    @model_validator(mode="after")
    def _degradation_fits(self) -> "DataRules":
        if self.degradation and self.layout != "pictures":
            raise ValueError(f'data.degradation is for data.layout = "pictures", got "{self.layout}"')
        chain = parse_chain(self.degradation)
        unnamed = any(step.kind in ("shrink", "subsample") and not step.numbers for step in chain)
        if self.layout == "pictures" and getattr(self, "scale", None) == 1 and unnamed:
            raise ValueError("data.scale = 1 needs a data.degradation that says how far to shrink")
        return self
