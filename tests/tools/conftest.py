import pytest

pytest.importorskip("torch", reason="training needs the train extra")
pytest.importorskip("lightning_fabric", reason="training needs the train extra")

from training_fixtures import one_thread, tiny_recipe, tiny_sets

__all__ = ["one_thread", "tiny_recipe", "tiny_sets"]
