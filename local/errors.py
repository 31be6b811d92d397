"""What ends a `vf` command before its work is done."""


class VfError(Exception):
    """The text is a sentence that says what to change; the class's name, without Error, is what JSON says.

    `exit_code` is 2 where what was given is at fault, 1 where what was asked for did not happen.
    """

    exit_code = 2


class UsageError(VfError):
    """Arguments that do not go together, or that lead nowhere."""


class FailedError(VfError):
    """What was asked for did not happen."""

    exit_code = 1
