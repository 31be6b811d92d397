"""Has Finish, which may write reports, write a run's report again once its message has ended."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from steps.shared.messages import SettledRun, VerdictMessage
from steps.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class WriteAgain:
    """Asks Finish for it; what has been said does not depend on a page, so what goes wrong is logged."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def __call__(self, message: VerdictMessage) -> None:
        """Ask for the report that a message leads to; nothing where it leads to none."""
        if not (message.report and message.run_id):
            return
        bucket, _, _ = message.report.removeprefix("s3://").partition("/")
        run = SettledRun(bucket=bucket, campaign_id=message.campaign_id, run_id=message.run_id)
        payload = json.dumps({"settled": run.wire()})
        try:
            self._client.invoke(FunctionName=self._function, Payload=payload)
        except (BotoCoreError, ClientError) as error:
            logger.error("the report could not be asked for", extra={"error": type(error).__name__})
