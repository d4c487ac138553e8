"""ARPO: where a whole group fails, one stored success of the same task takes the place of a failure.

    if r_i = 0 for all i:  y_j ← a stored success,  A_j = √(G − 1),  A_i = −1/√(G − 1) for the others  (σ over G)

A long task of which the agent once found the end goes on teaching although it fails again. At most one response of a
group is exchanged, with the log-probabilities of the policy that once sampled it, so the clipped ratio of GRPO takes
care of its age; what is too old is forgotten. A group that holds a success is left as it is. A response succeeded where
its reward is above 0.

Source: Lu et al., "ARPO: End-to-End Policy Optimization for GUI Agents with Experience Replay", 2025, Section 3.
"""

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rewardlab.agents.parts import select
from rewardlab.agents.parts.checked import checked, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import array, is_torch, tensor
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch


def rescued(group: Group, stored: Group, available: np.ndarray, rng: np.random.Generator) -> Group:
    """The group in which a member of each failed prompt, by chance, is the stored success.

    Args:
        group: [P, G, T].
        stored: [P, 1, T], one success of each prompt's task, with `logp` of the policy as it is and `old_logp` of the
            one that sampled it; anything where there is none.
        available: [P] bool, whether there is one.
        rng: draws the member.

    Raises:
        BadBatch: for fields that do not fit together.
    """
    checked(group, "rescued")
    checked(stored, "rescued")
    p, g, t = group.logp.shape
    if tuple(stored.logp.shape) != (p, 1, t):
        raise BadBatch(f"logp of stored has shape {tuple(stored.logp.shape)}", where="rescued", expected=f"{(p, 1, t)}")
    failed = (array(group.reward) <= 0).all(-1) & np.asarray(available, dtype=bool)
    at = failed[:, None] & (np.arange(g) == rng.integers(0, g, p)[:, None])
    return select.replaced(group, stored, tensor(at, device=group.logp.device) if is_torch(group.logp) else at)


@dataclass
class Successes:
    """Successful responses by task, the newest of each; whatever the loop wants to keep of them.

    Args:
        capacity: how many are kept of a task, at least 1.
        max_age: for how many updates one is kept.

    Raises:
        BadOption: for a capacity below 1 or a negative age.
    """

    capacity: int = 8
    max_age: int = 50

    def __post_init__(self) -> None:
        option("capacity", self.capacity, self.capacity >= 1, by="Successes", expected="at least 1")
        option("max_age", self.max_age, self.max_age >= 0, by="Successes", expected="a number of at least 0")
        self._kept: dict[Hashable, deque[tuple[int, Any]]] = {}
        self._now = 0

    def push(self, task: Hashable, response: Any) -> None:
        """Keeps a success; the oldest of its task gives way."""
        self._kept.setdefault(task, deque(maxlen=self.capacity)).append((self._now, response))

    def draw(self, task: Hashable, rng: np.random.Generator) -> Any | None:
        """One of the task's successes by chance, None if there is none."""
        kept = self._kept.get(task)
        return kept[int(rng.integers(len(kept)))][1] if kept else None

    def update(self) -> None:
        """After an update of the policy: forgets what is too old."""
        self._now += 1
        for kept in self._kept.values():
            while kept and self._now - kept[0][0] > self.max_age:
                kept.popleft()

    def state_dict(self) -> dict[str, Any]:
        """Everything that is kept, the tasks and their responses in order; for a file, responses must be plain data.

        Groups, arrays, numbers, texts, lists and dicts of these are; tasks are numbers, texts, or tuples of them.
        """
        held = [{"task": t, "kept": [[at, _packed(x)] for at, x in kept]} for t, kept in self._kept.items()]
        return {"now": self._now, "tasks": held}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`; what is drawn is what would have been drawn.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"now", "tasks"}, where="Successes")
        self._now = int(state["now"])
        self._kept = {
            _task(held["task"]): deque(((int(at), _unpacked(x)) for at, x in held["kept"]), maxlen=self.capacity)
            for held in state["tasks"]
        }


def _task(task: Any) -> Any:
    """A task as it was: files know no tuples."""
    return tuple(map(_task, task)) if isinstance(task, list) else task


def _packed(response: Any) -> dict[str, Any]:
    """A response as plain data and arrays, with what it was."""
    if isinstance(response, Group):
        columns = {f.name: getattr(response, f.name) for f in fields(response) if f.name != "info"}
        return {"kind": "group", "columns": _packed(columns), "info": _packed(dict(response.info))}
    if isinstance(response, Mapping):
        return {"kind": "dict", "of": {k: _packed(x) for k, x in response.items()}}
    if isinstance(response, (list, tuple)):
        return {"kind": type(response).__name__, "of": [_packed(x) for x in response]}
    if is_torch(response):
        return {"kind": "tensor", "of": array(constant(response)), "device": str(response.device)}
    return {"kind": "value", "of": response}


def _unpacked(packed: Mapping[str, Any]) -> Any:
    if packed["kind"] == "group":
        return Group(**_unpacked(packed["columns"]), info=_unpacked(packed["info"]))
    if packed["kind"] == "dict":
        return {k: _unpacked(x) for k, x in packed["of"].items()}
    if packed["kind"] in ("list", "tuple"):
        return (tuple if packed["kind"] == "tuple" else list)(map(_unpacked, packed["of"]))
    return tensor(packed["of"], device=packed["device"]) if packed["kind"] == "tensor" else packed["of"]
