"""From a recipe to weights: start reading at `srcnn.training.train`."""
