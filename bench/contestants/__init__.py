"""The same contract job in several ways, each a program: `python -m bench.contestants.NAME in.csv folder`.

Each writes records and rejected rows as Parquet into the folder and gives its counts. What each leaves out
stands in its docstring.
"""
