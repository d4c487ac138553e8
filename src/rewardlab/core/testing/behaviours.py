"""What a server of language models may do with a request: answers of every kind, and every fault we know.

Each function makes a `Behaviour` for the script of `rewardlab.testing.endpoint`, or is one.
"""

import gzip
import json
import struct
import zlib
from functools import cache
from typing import Any

from rewardlab.core.testing.endpoint import Behaviour, Exchange
from rewardlab.core.testing.spoken import ABSURD_USAGE as ABSURD_USAGE
from rewardlab.core.testing.spoken import GOOD_CODE as GOOD_CODE
from rewardlab.core.testing.spoken import MALICIOUS as MALICIOUS
from rewardlab.core.testing.spoken import PROSE as PROSE
from rewardlab.core.testing.spoken import SYNTAX_ERROR as SYNTAX_ERROR
from rewardlab.core.testing.spoken import about as about
from rewardlab.core.testing.spoken import chunk as chunk
from rewardlab.core.testing.spoken import models as models
from rewardlab.core.testing.spoken import say as say
from rewardlab.core.testing.spoken import stream as stream
from rewardlab.core.testing.spoken import vector as vector


def status(
    code: int, *, retry_after: str | float | None = None, message: str = "", error_code: str | None = None
) -> Behaviour:
    """An error as OpenAI's servers say it."""
    error = {"message": message or f"scripted {code}", "type": "scripted", "code": error_code}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return lambda x: x.json({"error": error}, status=code, headers=headers)


def slow(seconds: float, text: str = "late") -> Behaviour:
    """A good answer after a while."""
    return say(text, after=seconds)


def hang(x: Exchange) -> None:
    """No byte until the server is closed."""
    x.wait(3600)
    x.reset()


def drip(x: Exchange) -> None:
    """A long answer, a byte every 20 ms: no single read ever takes long."""
    x.head(200, {"Content-Type": "application/json", "Content-Length": "100000"})
    while not x.wait(0.02):
        x.raw(b" ")


def drip_headers(x: Exchange) -> None:
    """Headers that never end, a byte every 20 ms."""
    x.raw(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not x.wait(0.02):
        x.raw(b"a")


def reset(x: Exchange) -> None:
    """The connection breaks before an answer."""
    x.reset()


def closed(x: Exchange) -> None:
    """The connection ends in order, without an answer."""
    x.handler.close_connection = True


def malformed(x: Exchange) -> None:
    """JSON that stops in the middle, in a body that is as long as it says."""
    x.whole(b'{"choices": [{"index": 0, "message": {"content": "half')


def nested(x: Exchange) -> None:
    """JSON nested deeper than any reader goes."""
    x.whole(b"[" * 200_000)


def page(x: Exchange) -> None:
    """A web page in place of JSON, with status 200."""
    x.whole(b"<html><body>Welcome to the hotel's network</body></html>", kind="text/html; charset=utf-8")


def shape(data: Any) -> Behaviour:
    """Any other JSON, with status 200."""
    return lambda x: x.json(data)


def empty_body(x: Exchange) -> None:
    """Status 200 and not a byte."""
    x.whole(b"")


def no_choices(x: Exchange) -> None:
    """An answer with an empty list of choices."""
    x.json({**about("chat.completion", x), "choices": []})


def truncated_body(x: Exchange) -> None:
    """A body that is shorter than it says."""
    x.head(200, {"Content-Type": "application/json", "Content-Length": "5000"})
    x.raw(b'{"choices": [{"index": 0, "message"')
    x.handler.close_connection = True


def truncated_stream(x: Exchange) -> None:
    """A stream of events that ends in order, but before the answer does."""
    stream(x, "only the first half of what", None, None, 1, None, ends=False)


def broken_stream(x: Exchange) -> None:
    """A stream of events whose connection breaks."""
    x.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
    chunk(x, b'data: {"choices": [{"index": 0, "delta": {"content": "half"}}]}\n\n')
    x.reset()


def stream_error(x: Exchange) -> None:
    """An error in the middle of a stream."""
    x.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
    chunk(x, b'data: {"choices": [{"index": 0, "delta": {"content": "half"}}]}\n\n')
    chunk(x, b'data: {"error": {"message": "overloaded"}}\n\n')
    chunk(x, b"")


def endless(x: Exchange) -> None:
    """A body that never ends, as fast as it is read."""
    x.head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    while not x.wait(0):
        chunk(x, b" " * 65536)


def endless_stream(x: Exchange) -> None:
    """Events without end."""
    x.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "' + b"more " * 4000 + b'"}}]}\n\n'
    while not x.wait(0):
        chunk(x, event)


def huge(x: Exchange, size: int = 200 << 20) -> None:
    """A body of 200 MB, said in its length."""
    x.head(200, {"Content-Type": "application/json", "Content-Length": str(size)})
    for _ in range(0, size, 65536):
        if x.wait(0):
            return
        x.raw(b" " * 65536)


def gzip_bomb(x: Exchange, size: int = 200 << 20) -> None:
    """200 kB that unpack to 200 MB."""
    x.whole(_packed(size), headers={"Content-Encoding": "gzip"})


@cache
def _packed(size: int) -> bytes:
    """Blanks as gzip."""
    pack = zlib.compressobj(1, wbits=-15)  # without head and sum, which stand around the repeated part
    block = b" " * (1 << 20)
    # a full flush forgets what came before: each megabyte packs to the same bytes, so one is enough
    one = pack.compress(block) + pack.flush(zlib.Z_FULL_FLUSH)
    total = 0
    for _ in range(size >> 20):
        total = zlib.crc32(block, total)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + one * (size >> 20) + pack.flush() + struct.pack("<II", total, size >> 20 << 20)


def packed(text: str) -> Behaviour:
    """A good answer, packed by gzip."""

    def behave(x: Exchange) -> None:
        message = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        raw = json.dumps({**about("chat.completion", x), "choices": [message]}).encode()
        x.whole(gzip.compress(raw), headers={"Content-Encoding": "gzip"})

    return behave


def packed_otherwise(x: Exchange) -> None:
    """A body packed in a way that was not asked for."""
    x.whole(b"\x0b\x02\x80 \x03", headers={"Content-Encoding": "br"})


def redirect(to: str, code: int = 302) -> Behaviour:
    """A redirect."""
    return lambda x: x.whole(b"", status=code, headers={"Location": to})


def not_http(x: Exchange) -> None:
    """Bytes that are no HTTP."""
    x.raw(b"SSH-2.0-OpenSSH_9.9\r\n")
    x.handler.close_connection = True
