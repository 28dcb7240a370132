"""The tables of the SRCNN paper, measured again and put beside what was published."""

from srcnn.reproduction.report import Report, contents, markdown
from srcnn.reproduction.report_page import html
from srcnn.reproduction.run import SETS, reproduce

__all__ = ["SETS", "Report", "contents", "html", "markdown", "reproduce"]
