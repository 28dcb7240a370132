"""``python -m srcnn``: the command line without its script."""

from srcnn.cli import main

main()
