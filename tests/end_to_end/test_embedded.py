"""The embedded AWS itself: what it leaves behind, and the gaps that we close in it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.sample.generate import generate
from local.stack.deploy import STACK
from local.stack.embedded import EmbeddedAws
from local.stack.laptop import Laptop
from tests.platforms import needs_proc

KEY = "scrubbed/registrants.campaign-123.taylor-swift.2026-02-13T10:00:00.csv"
VF = Path(sys.executable).with_name("vf")


@pytest.mark.xdist_group("system")
def test_a_partiql_write_is_on_the_tables_stream_once(system: Laptop) -> None:
    """Fails when MiniStack closes the gap that local/stack/emulator.py closes: then that module can go."""
    dynamodb, streams = system.aws.client("dynamodb"), system.aws.client("dynamodbstreams")
    table = system.stack.table
    key = {"PK": {"S": "probe"}, "SK": {"S": "campaign:probe"}}
    insert = f"INSERT INTO \"{table}\" VALUE {{'PK': 'probe', 'SK': 'campaign:probe', 'n': 1}}"
    update = f"UPDATE \"{table}\" SET n = 2 WHERE PK = 'probe' AND SK = 'campaign:probe'"
    for statement in (insert, update):
        answer = dynamodb.batch_execute_statement(Statements=[{"Statement": statement}])
        assert "Error" not in answer["Responses"][0]
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][-1]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    found = []
    where = iterator["ShardIterator"]
    while where:
        page = streams.get_records(ShardIterator=where)
        found += [r for r in page["Records"] if r["dynamodb"]["Keys"] == key]
        where = page.get("NextShardIterator") if page["Records"] else None
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY"]
    assert found[1]["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    dynamodb.delete_item(TableName=table, Key=key)


@pytest.mark.xdist_group("system")
def test_functions_run_what_was_packed_and_nothing_beside_it(system: Laptop) -> None:
    """Without its zip in reach, the embedded AWS's interpreter knows none of our packages."""
    folder = system.aws.log_path.parent
    done = subprocess.run(
        [folder / "python" / "bin" / "python", "-c", "import polars, boto3; import steps"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No module named 'steps'" in done.stderr


@needs_proc
def test_nothing_is_left_after_it_closes() -> None:
    with EmbeddedAws() as aws:
        folder, port = aws.log_path.parent, aws.port
        assert folder.exists()
    assert not folder.exists()
    assert _processes_of(folder) == []
    with pytest.raises(OSError, match="refused"):
        _connect(port)


@needs_proc
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda s: s.name)
def test_an_interrupted_demo_leaves_nothing(sign: signal.Signals, tmp_path: Path) -> None:
    with _started(tmp_path, "demo") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Prepare running" in line:
                break
        assert _processes_of(tmp_path)
        process.send_signal(sign)
        said = process.stdout.read()
    assert process.returncode != 0
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
    assert _processes_of(tmp_path) == []


@needs_proc
@pytest.mark.parametrize(("command", "far_enough"), [(("up",), STACK), (("demo",), "Prepare running")])
def test_a_killed_command_leaves_no_process_and_its_folders_go_at_the_next_start(
    command: tuple[str, ...], far_enough: str, tmp_path: Path
) -> None:
    with _started(tmp_path, *command) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if far_enough in line:
                break
        assert _processes_of(tmp_path)
        process.kill()
    _expect_nothing_alive(tmp_path)
    left = set(tmp_path.glob("vf-*"))
    assert left
    with _started(tmp_path, "check", "samples/scrubbed.csv", "--key", KEY) as check:
        check.communicate()
    assert check.returncode == 0
    assert set(tmp_path.iterdir()) - {tmp_path / "running"} == set()


@needs_proc
def test_a_killed_check_leaves_folders_until_the_next_start(tmp_path: Path) -> None:
    large = generate("scrubbed", 400_000, 1, tmp_path / "large.csv")
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()
    with _started(work, "check", str(large.path), "--key", KEY, "--out", str(out)) as process:
        while not list(work.glob("prepare-*")):
            time.sleep(0.01)
        process.kill()
    assert list(work.glob("prepare-*"))
    assert list(out.glob(".vf-check-*"))
    with _started(work, "check", "samples/scrubbed.csv", "--key", KEY, "--out", str(out)) as check:
        check.communicate()
    assert check.returncode == 0
    assert list(work.iterdir()) == []
    assert list(out.glob(".*")) == []


@needs_proc
def test_the_embedded_aws_takes_its_functions_along_if_it_is_killed_itself() -> None:
    with EmbeddedAws() as aws:
        folder = aws.log_path.parent
        assert aws._process is not None
        aws._process.kill()
    _expect_nothing_alive(folder)


def _expect_nothing_alive(folder: Path) -> None:
    """What has been told to end may take a moment; what has not never would."""
    deadline = time.monotonic() + 60
    while alive := _processes_of(folder):
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)


def test_another_terminal_finds_a_running_stack(tmp_path: Path) -> None:
    with _started(tmp_path, "up") as up:
        try:
            _try_from_another_terminal(up, tmp_path)
        finally:
            up.send_signal(signal.SIGINT)
            assert up.stdout is not None
            said = up.stdout.read()
    assert up.returncode == 0, said
    alone = _vf(tmp_path, "status")
    assert alone.returncode == 2
    assert "vf up" in alone.stderr


def _try_from_another_terminal(up: "subprocess.Popen[str]", folder: Path) -> None:
    assert up.stdout is not None
    for line in up.stdout:
        if STACK in line:
            break
    done = _vf(folder, "upload", "samples/scrubbed.csv", "--key", KEY)
    assert done.returncode == 0, done.stderr
    deadline = time.monotonic() + 60
    while "passed" not in (said := _vf(folder, "status", "campaign-123").stdout):
        assert time.monotonic() < deadline, said
        # Each look is a program's start, which takes from the run that it looks at.
        time.sleep(2)
    assert _vf(folder, "status").stdout.count("campaign-123") >= 1
    unknown = _vf(folder, "status", "nobody")
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "Campaign 'nobody' has no run here: `vf status` lists the campaigns.\n",
    )


def _started(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A `vf` command under way, whose temporary files go to a folder of its own."""
    return subprocess.Popen(
        [VF, *arguments],
        env=os.environ | {"TMPDIR": str(folder), "VF_RUNNING": str(folder / "running")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _vf(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"VF_RUNNING": str(folder / "running")}
    return subprocess.run([VF, *arguments], env=environment, capture_output=True, text=True, check=False)


def _connect(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def _processes_of(folder: Path) -> list[str]:
    """Command lines of running processes that speak of a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(folder) in command:
                found.append(command)
    return found
