"""The embedded AWS: MiniStack as a child process on loopback, removed completely when it closes.

Its functions run in the interpreter that MiniStack runs in and see that interpreter's packages. A
project installed there as editable would be found where a function's zip lacks a module, and
packaging would go untested. So MiniStack gets a bare interpreter of its own whose only path entry is
the packages' folder: `.pth` files in there, which is what editable installs are, are not followed.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path
from typing import Any, Self

import boto3
import urllib3
from botocore.config import Config

from local.errors import FailedError
from pipelines.scratch import scratch_folder
from steps.shared.clients import s3_options

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
_BOOT_SECONDS = 60
_BOOT_TRIES = 3


class EmbeddedAwsError(FailedError):
    """The embedded AWS did not start or stopped answering."""


class EmbeddedAws(contextlib.ExitStack):
    """A MiniStack process with enforced IAM on 127.0.0.1 and a free port, as a context manager.

    It and, through it, its functions get more variables from `environment`.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        super().__init__()
        self._extra = environment or {}
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}
        self.port = 0

    @property
    def endpoint(self) -> str:
        """The URL that clients call."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        """MiniStack's own log, with the functions' output in it."""
        assert self._folder is not None
        return self._folder / "ministack.log"

    def client(self, service: str) -> Any:
        """Give the boto3 client with root credentials for a service of this instance."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint,
                region_name=REGION,
                config=Config(retries={"mode": "standard", "total_max_attempts": 5}, read_timeout=120),
                **CREDENTIALS,
            )
        return self._clients[service]

    @property
    def storage_options(self) -> dict[str, str]:
        """How Polars reaches this instance's S3."""
        return s3_options(self.endpoint, REGION) | CREDENTIALS

    def __enter__(self) -> Self:
        self._folder = self.enter_context(scratch_folder("vf-aws-"))
        self.callback(self._stop)
        try:
            interpreter = _bare_interpreter(self._folder / "python")
            for _ in range(_BOOT_TRIES):
                if self._boot(interpreter):
                    return self
                # Most likely somebody else took the port between our look and MiniStack's bind.
                self._stop()
            tail = self.log_path.read_text(errors="replace")[-500:]
            raise EmbeddedAwsError(f"MiniStack did not start. The end of its log: {tail}")
        except BaseException:
            self.close()
            raise

    def _boot(self, interpreter: Path) -> bool:
        assert self._folder is not None
        self.port = free_port()
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                # -P: the program's own folder holds modules of ours and must not be importable there.
                [interpreter, "-P", Path(__file__).with_name("emulator.py")],
                cwd=self._folder,
                env=self._environment(),
                # Never written to: its end tells MiniStack that we are gone, even if we were killed.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Its own session: Ctrl-C reaches only us, and one signal reaches all its children.
                start_new_session=True,
            )
        return answers(f"{self.endpoint}/_ministack/health", self._process, _BOOT_SECONDS)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
        return kept | {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "false",
            "LOG_LEVEL": "INFO",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(self._folder),
            # Functions answer for their own environment; a half-set one from the laptop must not leak in.
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            **self._extra,
        }

    def _stop(self) -> None:
        if self._process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=3)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def answers(health: str, process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether a process of ours answers at its health's address within some seconds."""
    http = urllib3.PoolManager(retries=False, timeout=2.0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            if http.request("GET", health).status == 200:
                return True
        time.sleep(0.1)
    return False


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bare_interpreter(folder: Path) -> Path:
    """Give an interpreter that sees this one's packages and nothing else of this project."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    (packages / "packages.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin" / "python"
