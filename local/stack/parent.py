"""Child processes that end with their parent, however that ends: their standard input is a pipe from it.

Imported by path in the embedded AWS's bare interpreter, so it knows nothing but the standard library.
"""

import os
import signal
import threading


def end_with_parent() -> None:
    """Watch standard input; at its end kill this process and its whole group.

    The parent writes nothing, and the system closes its end of the pipe even where it was killed.
    """
    threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)
