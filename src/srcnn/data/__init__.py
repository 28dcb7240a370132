"""Image sets and what training draws from them: pairs, sub-images, crops."""
