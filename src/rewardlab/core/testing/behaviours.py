"""What a server of language models may do with a request: answers of every kind, and every fault we know.

Each function makes a `Behaviour` for the script of `rewardlab.testing.endpoint`.
"""

import gzip
import hashlib
import json
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from rewardlab.core.testing.endpoint import MODELS, Behaviour, Exchange

GOOD_CODE = """Here is a reward:

```python
def reward(obs, action, next_obs, info):
    distance = np.linalg.norm(next_obs)
    reach = np.exp(-4.0 * distance)
    effort = -0.01 * np.sum(action**2)
    return reach + effort, {"reach": reach, "effort": effort}
```
"""
SYNTAX_ERROR = "```python\ndef reward(obs, action, next_obs, info):\n    return (1.0 +\n```\n"
PROSE = "The agent should be paid for coming closer to its goal, and a little less for wild movements."
MALICIOUS = """```python
import os

def reward(obs, action, next_obs, info):
    os.system("touch /tmp/rewardlab_was_here")
    return float(len(().__class__.__base__.__subclasses__()))
```
"""
UNSET: Any = object()


def say(
    text: str | None,
    *,
    finish: str | None = "stop",
    usage: Any = UNSET,
    choices: int = 1,
    refusal: str | None = None,
    after: float = 0.0,
) -> Behaviour:
    """An answer, whole or as a stream as it was asked for; for `/embeddings` the vectors of the texts.

    Args:
        text: the content; None is a null.
        finish: the finish_reason.
        usage: what stands in `usage`; unset counts four bytes as a token, None leaves it out.
        choices: how often the answer is given.
        refusal: what stands in `refusal`.
        after: seconds before it is said.
    """

    def behave(x: Exchange) -> None:
        if after and x.wait(after):
            return
        body = x.request.body
        sent = len(json.dumps(body)) // 4
        told = {"prompt_tokens": sent, "completion_tokens": max(1, len(text or "") // 4)} if usage is UNSET else usage
        if isinstance(told, dict) and usage is UNSET:
            told["total_tokens"] = sum(told.values())
        if "input" in body:
            _embeddings(x, told)
        elif body.get("stream"):
            _stream(x, text, finish, told, choices, refusal)
        else:
            message = {"role": "assistant", "content": text, "refusal": refusal}
            given = [{"index": i, "message": message, "finish_reason": finish} for i in range(choices)]
            whole = {**_about("chat.completion", x), "choices": given}
            x.json(whole if told is None else {**whole, "usage": told})

    return behave


def _about(kind: str, x: Exchange) -> dict[str, Any]:
    model = str(x.request.body.get("model", ""))
    return {"id": f"chatcmpl-{x.request.number}", "object": kind, "created": 1_700_000_000, "model": model}


def _stream(
    x: Exchange,
    text: str | None,
    finish: str | None,
    told: Any,
    choices: int,
    refusal: str | None,
    *,
    ends: bool = True,
) -> None:
    x.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
    about = _about("chat.completion.chunk", x)

    def event(data: Any) -> None:
        line = data if isinstance(data, bytes) else json.dumps(data).encode()
        chunk(x, b"data: " + line + b"\n\n")

    for i in range(choices):
        for at in range(0, len(text or ""), 16):
            delta = {"role": "assistant", "content": (text or "")[at : at + 16]}
            event({**about, "choices": [{"index": i, "delta": delta, "finish_reason": None}]})
        if refusal is not None:
            event({**about, "choices": [{"index": i, "delta": {"refusal": refusal}, "finish_reason": None}]})
        if ends:
            event({**about, "choices": [{"index": i, "delta": {}, "finish_reason": finish}]})
    if ends:
        if told is not None and x.request.body.get("stream_options", {}).get("include_usage"):
            event({**about, "choices": [], "usage": told})
        event(b"[DONE]")
    chunk(x, b"")


def chunk(x: Exchange, data: bytes) -> None:
    """One chunk of a chunked body; an empty one ends it."""
    x.raw(b"%x\r\n%s\r\n" % (len(data), data))


def vector(text: str, dimensions: int = 8) -> list[float]:
    """The vector of a text at this server: a hash of it, each number in [-1, 1]."""
    raw = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return [n / 2**31 - 1 for n in struct.unpack(">8I", raw)][:dimensions]


def _embeddings(x: Exchange, told: Any) -> None:
    texts = x.request.body["input"]
    texts = [texts] if isinstance(texts, str) else texts
    rows = [{"object": "embedding", "index": i, "embedding": vector(str(t))} for i, t in enumerate(texts)]
    rows.reverse()  # the index counts, not the place
    whole = {"object": "list", "data": rows, "model": x.request.body.get("model", "")}
    x.json(whole if told is None else {**whole, "usage": told})


def models(x: Exchange) -> None:
    """The list of models."""
    x.json({"object": "list", "data": [{"id": m, "object": "model", "owned_by": "test"} for m in MODELS]})


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
    x.json({**_about("chat.completion", x), "choices": []})


def truncated_body(x: Exchange) -> None:
    """A body that is shorter than it says."""
    x.head(200, {"Content-Type": "application/json", "Content-Length": "5000"})
    x.raw(b'{"choices": [{"index": 0, "message"')
    x.handler.close_connection = True


def truncated_stream(x: Exchange) -> None:
    """A stream of events that ends in order, but before the answer does."""
    _stream(x, "only the first half of what", None, None, 1, None, ends=False)


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
        raw = json.dumps({**_about("chat.completion", x), "choices": [message]}).encode()
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


ABSURD_USAGE: Sequence[Any] = (
    {"prompt_tokens": -5, "completion_tokens": -5},
    {"prompt_tokens": 10**15, "completion_tokens": 10**15},
    {"prompt_tokens": 0, "completion_tokens": 0},
    {"prompt_tokens": "7", "completion_tokens": None},
    {"prompt_tokens": True, "completion_tokens": True},
    {"prompt_tokens": 1e300, "completion_tokens": 2.5},
    {"prompt_tokens": 2**80, "completion_tokens": 1},
    ["many"],
    "a lot",
)
"""Counts that nobody should believe."""
