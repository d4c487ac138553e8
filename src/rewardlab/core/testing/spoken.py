"""The good answers of a server of language models: whole, as a stream, as vectors; and counts, believable or not."""

import hashlib
import json
import struct
from collections.abc import Sequence
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
            stream(x, text, finish, told, choices, refusal)
        else:
            message = {"role": "assistant", "content": text, "refusal": refusal}
            given = [{"index": i, "message": message, "finish_reason": finish} for i in range(choices)]
            whole = {**about("chat.completion", x), "choices": given}
            x.json(whole if told is None else {**whole, "usage": told})

    return behave


def about(kind: str, x: Exchange) -> dict[str, Any]:
    """The fields before the choices of an answer."""
    model = str(x.request.body.get("model", ""))
    return {"id": f"chatcmpl-{x.request.number}", "object": kind, "created": 1_700_000_000, "model": model}


def stream(
    x: Exchange,
    text: str | None,
    finish: str | None,
    told: Any,
    choices: int,
    refusal: str | None,
    *,
    ends: bool = True,
) -> None:
    """An answer as server-sent events, 16 letters each; with `ends=False` it stops in order, but too early."""
    x.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
    head = about("chat.completion.chunk", x)

    def event(data: Any) -> None:
        line = data if isinstance(data, bytes) else json.dumps(data).encode()
        chunk(x, b"data: " + line + b"\n\n")

    for i in range(choices):
        for at in range(0, len(text or ""), 16):
            delta = {"role": "assistant", "content": (text or "")[at : at + 16]}
            event({**head, "choices": [{"index": i, "delta": delta, "finish_reason": None}]})
        if refusal is not None:
            event({**head, "choices": [{"index": i, "delta": {"refusal": refusal}, "finish_reason": None}]})
        if ends:
            event({**head, "choices": [{"index": i, "delta": {}, "finish_reason": finish}]})
    if ends:
        if told is not None and x.request.body.get("stream_options", {}).get("include_usage"):
            event({**head, "choices": [], "usage": told})
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
