"""`vf up`."""

import time

from rich.console import Console


def up() -> None:
    """Run the embedded stack until Ctrl-C, for `vf upload` and `vf status` in another terminal."""
    from local.stack.embedded import CREDENTIALS, REGION
    from local.stack.laptop import laptop
    from local.stack.target import announced

    console = Console(highlight=False, soft_wrap=True)
    console.print("Starting the embedded AWS ...")
    with laptop() as system, announced(system):
        console.print(f"Stack '{system.stack.name}' stands after {system.seconds:.1f} s. Ctrl-C ends it.\n")
        console.print("  In another terminal: vf upload FILE --key KEY; vf status. Or with any AWS tool:")
        for name, value in {
            "AWS_ENDPOINT_URL": system.aws.endpoint,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
        }.items():
            console.print(f"    export {name}={value}")
        console.print(f"\n  Bucket   {system.stack.bucket}")
        console.print(f"  Table    {system.stack.table}")
        for arn in system.stack.state_machines.values():
            console.print(f"  Machine  {arn}")
        console.print(f"  Log      {system.aws.log_path}\n")
        said = 0
        try:
            while True:
                posts = list(system.fakes.slack.posts)
                for text in posts[said:]:
                    console.print(f"  Slack: {text}", markup=False)
                said = len(posts)
                time.sleep(0.5)
        except KeyboardInterrupt:
            console.print("Stopping.")
