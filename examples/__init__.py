"""The papers' tables and figures again, a folder a paper and a script a table or figure.

Run a script from the root of the repository, as `python -m examples.zhang.ring`; it writes a JSON
and a PNG of its name, from which `make results` makes a section of RESULTS.md. `lib` is what
scripts share, `reports` what RESULTS.md is made by.
"""
