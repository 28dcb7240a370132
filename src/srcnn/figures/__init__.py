"""Pictures about numbers and networks.

Comparisons (`srcnn.compare.panels`, `srcnn.compare.sheet`, `srcnn.compare.page`) need Pillow alone; what
`srcnn.figures.plot` is imported for is drawn with matplotlib, of the extra ``figures``.
"""
