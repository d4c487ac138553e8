"""What a server of chat completions said: its text and its count of tokens, or what is wrong with it.

Reads the answer of `/chat/completions`, whole or as a stream of server-sent events, and the errors of such servers.
Nothing in it is believed beyond its type.
"""

import email.utils
import json
import time
from dataclasses import dataclass
from typing import Any

from rewardlab.core.oracle.wire import Fault, Reply

AGAIN = (408, 409, 425, 429)
"""Statuses below 500 after which another try may help."""


@dataclass(frozen=True)
class Completion:
    """A text that a model wrote.

    Attributes:
        text: the first choice; no lone surrogates.
        finish: "stop", "length", or what the server said.
        model: the name that the server gives to the model, "" if none.
        usage: (prompt, answer) tokens as the server counted, None if it did not say, or no two whole numbers.
    """

    text: str
    finish: str
    model: str
    usage: tuple[int, int] | None


def refused(reply: Reply, *, variable: str, now: float | None = None) -> Fault | None:
    """Why a reply is no answer by its status alone; None for 2xx.

    Args:
        reply: as it came.
        variable: the environment variable of the key, for the message.
        now: seconds since 1970, for a Retry-After that is a date; None asks the clock.
    """
    status = reply.status
    if 200 <= status < 300:
        return None
    said = _error_text(reply)
    what = f"status {status}" + (f": {said}" if said else "")
    if 300 <= status < 400:
        return Fault(f"{what}, a redirect, which is not followed", False, False, mend="give the final base URL")
    if status in (401, 403):
        mend = f"set {variable} to a key that this server takes, or give key="
        return Fault(what, False, False, mend=mend)
    if status == 404:
        return Fault(what, False, False, mend="is the model served there, and does the base URL end like `/v1`?")
    if status == 429 and "insufficient_quota" in _error_code(reply):
        return Fault(what, False, False, mend="the account has nothing left: see its billing page")
    if status in AGAIN or status >= 500:
        return Fault(what, True, False, retry_after(reply.headers.get("retry-after", ""), now))
    return Fault(what, False, False, mend="the server does not take these settings: see `extra`")


def retry_after(text: str, now: float | None = None) -> float | None:
    """The seconds of a Retry-After header, a number or a date; None if it says nothing usable."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError, OverflowError):
            return None
    return max(seconds, 0.0) if abs(seconds) < 1e9 else None


def loaded(reply: Reply) -> dict[str, Any] | Fault:
    """The JSON object of a reply, or what is wrong with it."""
    if reply.cut:
        return Fault(f"a broken answer: {reply.cut}", again=True)
    try:
        given = json.loads(reply.body)
    except (ValueError, RecursionError):
        kind = reply.headers.get("content-type", "").split(";")[0].strip()
        if kind and "json" not in kind and not kind.startswith("text/plain"):
            return Fault(f"{kind[:60]!r} in place of JSON", again=True, mend="does the base URL end like `/v1`?")
        return Fault("an answer that is not JSON, or only half of it" if reply.body else "an empty body", again=True)
    if not isinstance(given, dict):
        return Fault(f"JSON of another shape: a {type(given).__name__}", again=False, mend=_SHAPE)
    if "choices" not in given and "data" not in given and given.get("error"):
        return Fault(f"an error with status {reply.status}: {_message(given['error'])}", again=True)
    return given


_SHAPE = "is this an OpenAI-compatible server, and does the base URL end like `/v1`?"


def completion(reply: Reply) -> Completion | Fault:
    """The first choice of a whole answer."""
    given = loaded(reply)
    if isinstance(given, Fault):
        return given
    choices = given.get("choices")
    if choices == []:
        return Fault("an answer without choices", again=True)
    first = _first(choices)
    message = first.get("message") if first else None
    if first is None or not isinstance(message, dict):
        return Fault("JSON of another shape: no `choices` with a `message`", again=False, mend=_SHAPE)
    return _judged(message, first.get("finish_reason"), given)


def read(reply: Reply) -> Completion | Fault:
    """The first choice of an answer, whole or a stream: servers do not always do as they are asked."""
    events = "text/event-stream" in reply.headers.get("content-type", "") or reply.body.startswith(b"data:")
    return streamed(reply) if events else completion(reply)


def streamed(reply: Reply) -> Completion | Fault:
    """The first choice of a stream of events; a stream that ends before the model did is broken."""
    told: dict[str, Any] = {"usage": None, "model": ""}
    texts: list[str] = []
    refusals: list[str] = []
    finish: Any = None
    done = False
    for line in reply.body.split(b"\n"):
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            done = True
            break
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            return Fault("a broken stream: an event that is not JSON", again=True)
        if not isinstance(event, dict):
            return Fault("a stream of another shape", again=False, mend=_SHAPE)
        if event.get("error"):
            return Fault(f"an error within the stream: {_message(event['error'])}", again=True)
        told.update({k: event[k] for k in told if event.get(k)})
        choices = event.get("choices")
        mine = (
            [c for c in choices if isinstance(c, dict) and c.get("index", 0) == 0] if isinstance(choices, list) else []
        )
        first = _first(mine)
        if first is None:  # another choice; and the last event may hold the usage alone
            continue
        delta = first.get("delta")
        if isinstance(delta, dict):
            texts += [delta["content"]] if isinstance(delta.get("content"), str) else []
            refusals += [delta["refusal"]] if isinstance(delta.get("refusal"), str) else []
        finish = first.get("finish_reason") or finish
    if not done and finish is None:
        return Fault("a stream that ended before the answer did", again=True)
    message = {"content": "".join(texts), "refusal": "".join(refusals) or None}
    return _judged(message, finish, told)


def _judged(message: dict[str, Any], finish: Any, given: dict[str, Any]) -> Completion | Fault:
    finish = finish if isinstance(finish, str) and finish else "stop"
    content = message.get("content")
    if isinstance(content, list):  # some servers send parts
        content = "".join(p["text"] for p in content if isinstance(p, dict) and isinstance(p.get("text"), str))
    if message.get("refusal") or finish == "content_filter":
        said = message.get("refusal")
        why = f": {_clean(said)[:200]}" if isinstance(said, str) else " by a filter of the server"
        return Fault(f"the model refused{why}", again=False, mend="say the task in other words")
    if content is None or (content == "" and finish == "length"):
        cut = finish == "length"
        mend = "raise max_tokens: the model used them up before it answered" if cut else "ask for text, not for tools"
        return Fault(f"an answer without text (it ended with {finish[:40]!r})", again=False, mend=mend)
    if not isinstance(content, str):
        return Fault(f"a text of type {type(content).__name__}", again=False, mend=_SHAPE)
    model = given.get("model")
    return Completion(_clean(content), finish[:40], _clean(model) if isinstance(model, str) else "", usage(given))


def usage(given: dict[str, Any]) -> tuple[int, int] | None:
    """The server's count of (prompt, answer) tokens; None if it is not two whole numbers from 0."""
    told = given.get("usage")
    if not isinstance(told, dict):
        return None
    counts = told.get("prompt_tokens"), told.get("completion_tokens", 0)
    if any(type(c) is not int or not 0 <= c < 1 << 62 for c in counts):
        return None
    return counts  # type: ignore[return-value]


def _first(choices: Any) -> dict[str, Any] | None:
    """The choice with the index 0, or the first."""
    if not isinstance(choices, list) or not choices or not all(isinstance(c, dict) for c in choices):
        return None
    return next((c for c in choices if c.get("index") == 0), choices[0])


def _clean(text: str) -> str:
    """A text that can be written down: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode()


def _message(error: Any) -> str:
    said = error.get("message") if isinstance(error, dict) else error
    return " ".join(_clean(str(said)).split())[:200]


def _parsed(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def _error_text(reply: Reply) -> str:
    given = _parsed(reply)
    if isinstance(given, dict) and (told := given.get("error") or given.get("message") or given.get("detail")):
        return _message(told)
    return ""


def _error_code(reply: Reply) -> str:
    given = _parsed(reply)
    error = given.get("error") if isinstance(given, dict) else None
    return f"{error.get('code')} {error.get('type')}" if isinstance(error, dict) else ""
