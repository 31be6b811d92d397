"""The sizes and settings that docs/scaling.md speaks of, and the model of one of them."""

from bench.scaling.figures import Inputs
from bench.scaling.sample import weights
from bench.scaling.simulation import Simulated, simulate
from bench.scaling.speeds import speeds
from bench.scaling.stations import Settings, Stations

SIZES = (100_000, 1_000_000, 10_000_000)
PLANS = {
    "default": Settings(),
    "big sale": Settings(shards=20, warm_writes=20_000),
    "at the quota": Settings(shards=40, warm_writes=40_000, map_concurrency=40),
}


def model(fans: int, settings: Settings, inputs: Inputs | None = None) -> Simulated:
    """A run of so many fans with these settings."""
    return simulate(fans, Stations(settings, inputs or Inputs(), weights(), speeds()))
