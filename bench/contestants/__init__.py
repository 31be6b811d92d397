"""The same contract job in several ways, each a program: `python -m bench.contestants.NAME in.csv folder`.

Each writes records and rejected rows as Parquet into the folder, and prints one JSON object: counts,
seconds, CPU seconds and peak memory of its own process. What each leaves out stands in its docstring.
"""
