"""The shut-in side of a session: enter the jail, say so, then answer one frame after the other until the socket ends.

What a session does is its role. Roles are named, never sent: the parent cannot be made to send code by mistake.
"""

import time
from collections.abc import Callable
from typing import Any

from rewardlab.core.sandbox.jail import enter, frames
from rewardlab.core.sandbox.jail.limits import Bounds

Role = Callable[[dict[str, Any], bytearray], tuple[dict[str, Any], bytes]]
"""(message, block) -> (message, block)."""
REQUEST_CAP = 1 << 30  # of the parent, which is trusted
AWAKE = 1e-4  # seconds; they count as the process's own, so that they are few


def prepare() -> None:
    """Import every role, and look up what does not change, before the first fork."""
    from rewardlab.core.sandbox.jail import probe, rowwise, sql, statements, trial

    assert all((probe, rowwise, sql, statements, trial, enter.libraries()))


def role(name: str, bounds: Bounds) -> Role:
    """A fresh role by its name."""
    from rewardlab.core.sandbox.jail import rowwise, sql, statements, trial

    if name == "statements":
        return statements.Statements(bounds.output)
    if name == "rowwise":
        return rowwise.Rowwise()
    if name == "sql":
        return sql.Sql()
    if name == "trial":
        return trial.trial
    raise ValueError(name)


def live(channel: int, request: dict[str, Any], *, parent: int) -> int:
    """One session, from the fork to the end of its socket; returns the exit code."""
    enter.alone(channel)
    if request["role"] == "probe":
        from rewardlab.core.sandbox.jail.probe import probe

        frames.send(enter.CHANNEL, frames.pack({"ready": probe(parent)}))
        return 0
    bounds = Bounds(**request["bounds"])
    wanted = enter.Confinement(bounds, request["folder"], request["threads"], request["jailed"])
    try:
        on = enter.enter(wanted, parent=parent)
    except enter.Missing as e:
        frames.send(enter.CHANNEL, frames.pack({"missing": e.layer, "why": e.why}))
        return 1
    frames.send(enter.CHANNEL, frames.pack({"ready": on}))
    answer, awake = role(request["role"], bounds), 0.0
    while True:
        begun = time.monotonic()
        try:
            message, block = frames.receive(enter.CHANNEL, cap=REQUEST_CAP, json_cap=REQUEST_CAP, awake=awake)
        except frames.BrokenFrame:
            return 0
        awake = AWAKE if time.monotonic() - begun < AWAKE else 0.0  # the next one may come as soon
        reply, out = answer(message, block)
        reply["id"] = message.get("id")
        frames.send(enter.CHANNEL, frames.pack(reply, out))
