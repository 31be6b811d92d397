"""How Polars reaches S3: the process's own credentials and endpoint, as its storage options."""

from functools import cache

import boto3

from steps.shared.settings import EndpointSettings


def storage_options() -> dict[str, str]:
    """Storage options for `scan_*` and `sink_*` on s3:// URIs, with this process's credentials."""
    session = _session()
    found = session.get_credentials()
    options = s3_options(EndpointSettings.load().aws_endpoint_url, session.region_name)
    if found is None:
        return options
    credentials = found.get_frozen_credentials()
    named = {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_session_token": credentials.token,
    }
    return options | {name: value for name, value in named.items() if value}


@cache
def _session() -> boto3.Session:
    """One a process: making one takes longer than reading a partition. Its credentials renew themselves."""
    return boto3.Session()


def s3_options(endpoint: str | None, region: str | None) -> dict[str, str]:
    """Storage options that say where S3 is."""
    options = {"aws_region": region} if region else {}
    if endpoint:
        # Only the embedded AWS sets one, and it speaks plain HTTP on loopback.
        options |= {"aws_endpoint_url": endpoint, "aws_allow_http": str(endpoint.startswith("http:")).lower()}
    return options
