"""microburst as `local.stack.chaos.faults` runs it, with its own arguments, as a module of its own.

The embedded AWS checks the signatures of roles. What they are over, the address that was called and the path
to the letter (`%3A` is not `:`), microburst writes anew for the way behind it; here both stay as signed. So
does the length of an answer, which readers of S3 go by.
"""

import sys

import aiohttp
from aiohttp import web
from microburst import cli, forward
from microburst.core import pipeline
from yarl import URL

from local.stack.parent import end_with_parent

_SIGNED_PATH = "x-signed-path"


class SignedUpstream(forward.Upstream):  # type: ignore[misc]  # microburst has no types
    """An upstream that is called by the name and the path that the caller has signed."""

    session: aiohttp.ClientSession

    async def start(self) -> None:
        """Open the session, with a middleware that has the last word on where a request goes."""
        await super().start()
        plain = self.session
        await plain.close()
        self.session = aiohttp.ClientSession(
            timeout=plain.timeout, auto_decompress=False, middlewares=(_as_signed,)
        )

    def _outbound_headers(self, request: web.Request) -> dict[str, str]:
        headers: dict[str, str] = super()._outbound_headers(request)
        return {**headers, "host": request.headers["Host"], _SIGNED_PATH: request.raw_path}


async def _as_signed(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    path = request.headers.pop(_SIGNED_PATH)
    request.url = URL(f"{request.url.origin()}{path}", encoded=True)
    return await handler(request)


def main() -> None:
    """Run microburst with another upstream, for as long as whoever started it lives."""
    end_with_parent()
    pipeline.Upstream = SignedUpstream
    forward.HOP_BY_HOP -= {"content-length"}
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
