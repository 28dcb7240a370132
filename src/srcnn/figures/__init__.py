"""Pictures about numbers and networks.

Comparisons (`srcnn.figures.comparing`, `srcnn.figures.sheet`, `srcnn.figures.page`) need Pillow alone; what
`srcnn.figures.drawing` is imported for is drawn with matplotlib, of the extra ``figures``.
"""
