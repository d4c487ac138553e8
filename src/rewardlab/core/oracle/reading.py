"""Oracles by a word on the command line."""

import os
from collections.abc import Callable
from typing import Any

from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.oracle.kinds import Ask

FORMS = ("URL#MODEL", "recorded", "recorded:PATH", "local:NAME", "person")


def read_oracle(text: str, **options: Any) -> Ask:
    """The oracle that a text names.

    Args:
        text: an http(s) URL, with "#MODEL" unless REWARDLAB_MODEL is set or the server has one model only; "recorded"
            for what the package brings, "recorded:PATH"; "local:NAME" for a Hugging Face model; "person".
        options: of the endpoint or the local model (ledger, cache, temperature, ...); the others take none.

    Raises:
        BadOption: for a text of another form.
        NoRecording: if there is no such recording.
        OracleFailed: if a server is to say which model it has, and does not.
    """
    kind, colon, rest = text.strip().partition(":")
    makers: dict[str, Callable[[], Ask]] = {
        "recorded": lambda: _recorded(rest),
        "local": lambda: _local(rest, options),
        "person": _person,
    }
    if kind.lower() in ("http", "https"):
        return _endpoint(text.strip(), options)
    if kind not in makers or (kind == "local" and not rest) or (kind == "person" and colon):
        raise BadOption(
            f"oracle {kind if '@' in text else text!r}",
            where="--oracle",
            expected=", ".join(FORMS),
            mend=nearest(kind, [*makers, "http://", "evolution"]),
        )
    return makers[kind]()


def _endpoint(text: str, options: dict[str, Any]) -> Ask:
    from rewardlab.core.oracle.endpoint import Endpoint

    url, _, model = text.partition("#")
    return Endpoint(model or os.environ.get("REWARDLAB_MODEL") or _only_model(url), url, **options)


def _only_model(url: str) -> str:
    """The model of a server that has one."""
    from rewardlab.core.oracle.calling import Line

    names = Line(url, timeout=10.0, retries=1).models()
    if len(names) == 1:
        return names[0]
    raise BadOption(
        f"{len(names)} models are served",
        where=url,
        expected="URL#MODEL, or the environment variable REWARDLAB_MODEL",
        mend="one of " + ", ".join(n[:80] for n in names[:8]) + (", ..." if len(names) > 8 else ""),
    )


def _recorded(path: str) -> Ask:
    from rewardlab.core.oracle.recorded import Recorded

    return Recorded(path or None)


def _local(name: str, options: dict[str, Any]) -> Ask:
    from rewardlab.core.oracle.local import LocalModel

    return LocalModel(name, **options)


def _person() -> Ask:
    from rewardlab.core.oracle.person import PersonAsk

    return PersonAsk()
