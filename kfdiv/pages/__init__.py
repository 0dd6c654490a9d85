"""Pages of HTML about runs, each one file that needs no other and no network."""

from kfdiv.pages.comparison import comparison_page
from kfdiv.pages.document import write_html
from kfdiv.pages.record import Measure, RunRecord
from kfdiv.pages.run import run_page

__all__ = ["Measure", "RunRecord", "comparison_page", "run_page", "write_html"]
