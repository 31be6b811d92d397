"""All dead letters of a stack, gathered and replayed."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from local.dead_letters.letter import DeadLetter, Keeper, NotDeliveredError, Outcome, Replayed
from local.dead_letters.partitions import KEEPERS, finish, partly_failed, wholly_failed
from local.dead_letters.queues import QUEUES, messages
from local.dead_letters.records import documents
from local.stack.target import Target
from steps.shared.payloads import Run

_Look = Callable[[Target, Keeper, str | None], Iterable[DeadLetter]]
# Where to look for what, and of which keepers.
_LOOKS: dict[_Look, Iterable[Keeper]] = {
    messages: QUEUES,
    documents: (Keeper.load_scores, Keeper.save_entry_scoring),
    partly_failed: KEEPERS.values(),
    wholly_failed: KEEPERS.values(),
}


@contextlib.contextmanager
def gathered(target: Target, campaign: str | None, keeper: Keeper | None) -> Iterator[list[DeadLetter]]:
    """Gather the dead letters of one campaign or of all, oldest first for each keeper.

    Messages are out of others' sight for the time of the context.
    """
    looks = [(look, one) for look, keepers in _LOOKS.items() for one in keepers if keeper in (None, one)]
    with ThreadPoolExecutor(len(looks)) as pool:
        parts = pool.map(lambda place: list(place[0](target, place[1], campaign)), looks)
        found = [kept for part in parts for kept in part]
    order = list(Keeper)
    try:
        yield sorted(found, key=lambda kept: (order.index(kept.keeper), kept.since, kept.place))
    finally:
        for kept in found:
            kept.release()


def replay_all(
    target: Target, kept: Iterable[DeadLetter], told: Callable[[DeadLetter, Replayed], None]
) -> tuple[bool, list[str]]:
    """Replay everything in order, then have the runs finished that got records by it.

    Gives whether nothing is left of it, and a sentence for each run; each outcome is `told`.
    """
    done, runs = True, dict[str, Run]()
    for one in kept:
        try:
            result = one.replay()
        except (NotDeliveredError, BotoCoreError, ClientError) as error:
            # What cannot be replayed must not hold up the rest.
            result = Replayed(Outcome.KEPT, _why(error))
        done = done and result.outcome is not Outcome.KEPT
        if result.run is not None:
            runs[result.run.run_id] = result.run
        told(one, result)
    said = []
    for run in runs.values():
        try:
            sentence = finish(target, run)
        except (NotDeliveredError, BotoCoreError, ClientError) as error:
            done, sentence = False, f"Run {run.run_id} could not be finished: {_why(error)}"
        said += [sentence] if sentence else []
    return done, said


def _why(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.response['Error'].get('Code', 'an error')} from {error.operation_name}"
    return str(error) if isinstance(error, NotDeliveredError) else type(error).__name__
