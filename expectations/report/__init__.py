"""The report of a run for a campaign manager, as one self-contained HTML page.

`facts` measures, `model` is what was measured, `charts` draws it and `page` writes it down, and the lists of
runs beside it. Nothing here knows Great Expectations, AWS or where a page is kept.
"""
