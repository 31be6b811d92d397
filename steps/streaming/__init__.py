"""What the streaming workers decide, one package or module a subject. Free of Polars and Great Expectations.

Each subject's `batch` is one worker's work on one batch; the handlers are in `steps.workers`.
"""
