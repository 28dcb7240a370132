"""Pictures about numbers and networks; they need the extra ``figures``."""
