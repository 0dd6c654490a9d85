"""What RESULTS.md is made by: `python -m examples.reports.report`, or `make results`.

A module `report_<paper>` has the sections of that paper's examples, as its `PAPER`; it is found by
its name.
"""
