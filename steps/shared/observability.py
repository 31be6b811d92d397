"""Logger, metrics and tracer of every function, by Powertools.

No e-mail, phone or name goes through any of them: log run ids, campaign ids, counts and, where one
fan must be named, the `PK` passed through `safe_key`.
"""

import hashlib

from aws_lambda_powertools import Logger, Metrics, Tracer

SERVICE = "verified-fan-score-pipelines"
NAMESPACE = "VerifiedFanScores"

logger = Logger(service=SERVICE)
metrics = Metrics(service=SERVICE, namespace=NAMESPACE)
tracer = Tracer(service=SERVICE)


def safe_key(key: str) -> str:
    """A fan's key as it may be logged: an `email:` key becomes a hash (the contract, section 5)."""
    if not key.startswith("email:"):
        return key
    return "email:#" + hashlib.sha256(key.encode()).hexdigest()[:16]
