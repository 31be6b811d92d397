"""One campaign with its runs, streams, table, queue and channel in memory, and a clock that is moved by hand.

The table, streams and queue deliver as AWS does; all that decides is the code itself: registry, upserts,
counting, looks, verdicts.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from steps.shared.attributes import number
from steps.shared.clock import run_id_of, to_iso
from steps.shared.messages import CountsLook, VerdictMessage, send
from steps.shared.payloads import FileRef, Run
from steps.shared.runs import RunRegistry
from steps.shared.wire import Source
from steps.streaming.counting.batch import count_batch
from steps.streaming.counting.changes import Tally, change_of, contribution
from steps.streaming.counting.ledger import Ledger
from steps.streaming.demand_table.upserts import FANLIST_STAMP, Upsert
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.batch import save_scores
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.reporters import CountsReporter, RunReporter
from steps.streaming.verdict.store import VerdictStore
from steps.streaming.verdict.under_way import LONGEST_RUN
from tests.steps.records import kinesis_records, score
from tests.steps.streaming.verdict.memory_services import BrokenError, Channel, Names, Queue
from tests.steps.streaming.verdict.memory_table import MemoryTable

CAMPAIGN = "campaign-1"
DELAY = 30
ATTEMPTS = 6
SHARDS = 2
_TABLE = "demand"


@dataclass
class PlayedRun:
    """One run: the records that it has still to send on, and how it is to end."""

    run: Run
    waiting: list[tuple[int, bool]]
    fate: str
    gated: bool = False
    sent: int = 0
    status: str = "running"
    ended: datetime | None = None


class World:
    """Everything around one campaign."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 14, 12, tzinfo=UTC)
        self.table = MemoryTable()
        self.queue = Queue(self.seconds)
        self.channel = Channel(self._notice)
        self.too_early: list[str] = []
        self.repeated = False
        self._at_hand: VerdictMessage | None = None
        self.runs: list[PlayedRun] = []
        self.scores: list[list[dict[str, Any]]] = [[] for _ in range(SHARDS)]
        self.upserted = [0] * SHARDS
        self.counted = [0] * SHARDS
        self.handled = 0
        self.looked = 0
        client: Any = self.table
        self.registry = RunRegistry(client, _TABLE)
        self._demand = DemandTable(client, _TABLE, attempts=1)
        self._ledger = Ledger(client, _TABLE, attempts=3, longest_wait=0)
        sqs: Any = self.queue
        store = VerdictStore(client, _TABLE, clock=self.seconds)
        self._looks = Looks(client, _TABLE, partial(send, sqs, ""), DELAY, clock=self.seconds)
        shared: Any = {
            "store": store,
            "channel": self.channel,
            "campaigns": Names(),
            "delay_seconds": DELAY,
            "max_attempts": ATTEMPTS,
            "clock": lambda: self.now,
        }
        self._reporter = RunReporter(
            registry=self.registry,
            send=partial(send, sqs, ""),
            write_again=lambda _message: None,
            **shared,
        )
        self._counts = CountsReporter(looks=self._looks, **shared)

    def begin(self, source: Source, scored_at: datetime, fans: dict[int, bool], fate: str) -> None:
        """A run begins, as Resolve lets it."""
        started = to_iso(self.now)
        run = Run(
            run_id=run_id_of(started, str(len(self.runs))),
            campaign_id=CAMPAIGN,
            campaign_name="X",
            source=source,
            file=FileRef(bucket="b", key="k"),
            scored_at=to_iso(scored_at),
            started_at=started,
        )
        newest = self.registry.newest(CAMPAIGN, source)
        if newest is None or run.scored_at >= newest[0]:
            self.registry.begin(run, "arn")
            self.runs.append(PlayedRun(run, list(fans.items()), fate))

    def advance(self, played: PlayedRun, records: int) -> None:
        """The gate, then so many records a step, then the end."""
        run = played.run
        played.ended = self.now
        if not played.gated:
            played.gated = True
            if played.fate == "quarantined":
                played.status = "quarantined"
                self.registry.end(CAMPAIGN, run.run_id, "quarantined", 0)
            else:
                assert self.registry.name_newest(run, self.registry.latest(run))
            return
        if played.fate in ("failed", "aborted") and len(played.waiting) <= 1:
            played.status = played.fate
            if played.fate == "failed":
                self.registry.end(CAMPAIGN, run.run_id, "failed", played.sent)
        elif played.waiting:
            part, played.waiting = played.waiting[:records], played.waiting[records:]
            self._publish(played, part)
        else:
            played.status = "succeeded"
            self.registry.end(CAMPAIGN, run.run_id, "succeeded", played.sent)
            self.ask_for_verdict(played)

    def ask_for_verdict(self, played: PlayedRun) -> None:
        run = played.run
        message = VerdictMessage(
            campaign_id=CAMPAIGN, run_id=run.run_id, source=run.source, count=played.sent
        )
        self.queue.send_message("", json.dumps(message.wire()))

    def _publish(self, played: PlayedRun, part: list[tuple[int, bool]]) -> None:
        run = played.run
        if run.source == "scrubbed":
            for fan, verified in part:
                stamp = {"runId": run.run_id, "scoredAt": run.scored_at}
                record = score(f"fan-{fan}", isVerified=verified, **stamp)
                self.scores[fan % SHARDS].append(record)
            played.sent += len(part)
            return
        upserts = [
            Upsert(
                f"fan:fan-{fan}",
                f"campaign:{CAMPAIGN}",
                {"fanlistScore": number(1)},
                (),
                run.scored_at,
                run.run_id,
                FANLIST_STAMP,
            )
            for fan, _ in part
        ]
        played.sent += sum(status != "stale" for status in self._demand.merge(upserts))

    def upsert(self, shard: int, records: int, *, again: int = 0) -> None:
        """Upserts the next records of a shard of scoresStream; `again` begins that many before."""
        start = max(self.upserted[shard] - again, 0)
        batch = self.scores[shard][start : self.upserted[shard] + records]
        self.repeated = self.repeated or again > 0
        if batch:
            dead_letters: Any = None  # there are no unreadable records
            save_scores(kinesis_records(*batch), self._demand, dead_letters, self.registry.add_stale)
            self.upserted[shard] = start + len(batch)

    @property
    def is_read(self) -> bool:
        """Whether both streams are read to their ends."""
        return all(
            self.upserted[shard] == len(self.scores[shard])
            and self.counted[shard] == len(self.changes(shard))
            for shard in range(SHARDS)
        )

    def changes(self, shard: int) -> list[dict[str, Any]]:
        """A shard of the table's stream."""
        return [one for one in self.table.stream if _shard(one) == shard]

    def count(self, shard: int, records: int, *, again: int = 0, dies: bool = False) -> None:
        """Counts the next changes of a shard; `dies` leaves it before the look is asked for."""
        start = max(self.counted[shard] - again, 0)
        batch = self.changes(shard)[start : self.counted[shard] + records]
        if not batch:
            return
        event = DynamoDBStreamEvent({"Records": batch, "shardId": f"shard-{shard}"})
        moved = count_batch(event, self._ledger, "windowed").moved
        if dies:
            return
        for campaign in sorted(moved):
            self._looks.ask(campaign)
        self.counted[shard] = start + len(batch)

    def receive(self, number: int, *, acknowledged: bool = True) -> None:
        """Hands a message to verdictReporter; one that fails, or whose end is not noticed, comes again."""
        _, body = self.queue.messages[number]
        given = json.loads(body)
        self.handled += 1
        try:
            if "look" in given:
                self.looked += 1
                self._counts.handle(CountsLook.model_validate(given))
            else:
                self._at_hand = VerdictMessage.model_validate(given)
                self._reporter.handle(self._at_hand, str(number))
        except BrokenError:
            acknowledged = False
        if acknowledged:
            self.queue.messages.pop(number, None)
        elif number in self.queue.messages:
            self.queue.messages[number] = (self.now.timestamp() + 360, body)

    def _notice(self, text: str) -> None:
        """Notes what is said while another run is known to be moving it, or will say it itself.

        A record that comes again may be taken for another one that is stale, so then nothing is asked of the
        runs that ended; nor is it of the last look.
        """
        if "counts changed" in text and any(self._moves(one) or self._waits(one) for one in self.runs):
            self.too_early.append(text)
        if "scoring complete" in text and "records processed" not in text:
            message = self._at_hand
            assert message is not None
            others = (one for one in self.runs if one.run.run_id != message.run_id)
            if message.attempt < ATTEMPTS and any(self._moves(one) for one in others):
                self.too_early.append(text)

    def _waits(self, played: PlayedRun) -> bool:
        """Whether a run has its verdict before it."""
        item = self.table.items[f"campaign:{CAMPAIGN}", f"meta:run:{played.run.run_id}"]
        ended_well = played.run.source == "scrubbed" and played.status == "succeeded"
        return ended_well and "verdict" not in item and self._ended_within(played, ATTEMPTS)

    def _ended_within(self, played: PlayedRun, delays: int) -> bool:
        assert played.ended is not None
        return self.now - played.ended < timedelta(seconds=delays * DELAY)

    def _moves(self, played: PlayedRun) -> bool:
        if played.run.source == "fanlist":
            return False
        if played.status == "running":
            return played.run.started_at > to_iso(self.now - LONGEST_RUN)
        if played.status not in ("succeeded", "failed") or self.repeated:
            return False
        left = any(self._left(shard, played.run.run_id) for shard in range(SHARDS))
        return left and self._ended_within(played, 10)

    def _left(self, shard: int, run_id: str) -> bool:
        """Whether records of a run are still to be upserted or counted."""
        if any(record["runId"] == run_id for record in self.scores[shard][self.upserted[shard] :]):
            return True
        position = self._ledger.position(f"shard-{shard}")
        changes = filter(None, map(change_of, self.changes(shard)))
        return any(change.sequence > position and run_id in change.counted_runs for change in changes)

    def select(self, fan: int, verdict: str) -> None:
        """Somebody else decides on a fan."""
        place = (f"fan:fan-{fan}", f"campaign:{CAMPAIGN}")
        if place in self.table.items:
            self.table.update_item(
                Key={"PK": {"S": place[0]}, "SK": {"S": place[1]}},
                UpdateExpression="SET verdict = :verdict",
                ExpressionAttributeValues={":verdict": {"S": verdict}},
            )

    def remove(self, fan: int) -> None:
        """Somebody removes a fan."""
        self.table.delete((f"fan:fan-{fan}", f"campaign:{CAMPAIGN}"))

    def seconds(self) -> float:
        """The moment as Unix time."""
        return self.now.timestamp()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def recount(self) -> Tally:
        """The fans in the table by state."""
        fans = (item for (_, sk), item in self.table.items.items() if sk == f"campaign:{CAMPAIGN}")
        return sum((contribution(fan) for fan in fans), Tally())


def _shard(record: dict[str, Any]) -> int:
    return int(record["dynamodb"]["Keys"]["PK"]["S"].rpartition("-")[2]) % SHARDS
