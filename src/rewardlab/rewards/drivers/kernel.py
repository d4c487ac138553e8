"""What all drivers share: paying a batch, checking the pay, summing episodes, and learning from what passed by."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import ENV_ROW, Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption, BadReward, RewardlabError
from rewardlab.core.reward import Reward, add
from rewardlab.core.statistics import EpisodeSums
from rewardlab.rewards.drivers.columns import Columns, NoColumn
from rewardlab.rewards.drivers.invalid import OnInvalid, sound, unsound
from rewardlab.rewards.drivers.packing import copied, pack, unpack

Parts = dict[str, Array]


def floating(x: Array) -> bool:
    """Whether an array holds floating-point numbers."""
    return x.is_floating_point() if is_torch(x) else x.dtype.kind == "f"


def check_reward(reward: Any, where: str) -> Reward:
    """`reward`, if it is one.

    Raises:
        BadOption: with the way to make one.
    """
    if not isinstance(reward, Reward):
        raise BadOption(
            f"{type(reward).__name__} is no reward",
            where=where,
            expected="a Reward object",
            mend=f"{reward.__name__}()" if isinstance(reward, type) else "Task() pays the environment's own reward",
        )
    return reward


def pay(
    parts: Any, batch: Transitions, on_invalid: OnInvalid, *, where: str, step: str
) -> tuple[Array, Parts, Array | None]:
    """The pay [B], its parts, and the rows that were mended ([B] bool, None if there are none).

    Raises:
        BadReward: for a part of another shape, kind or type than the pay needs, or an invalid value under `Refuse`.
    """
    if not isinstance(parts, dict) or not parts:
        raise BadReward(f"parts() gave {type(parts).__name__}", where=where, expected="a dict of name -> pay [B]")
    tensors = is_torch(batch.terminated)
    for name, value in parts.items():
        kind = "a torch tensor" if tensors else "a NumPy array"
        if is_torch(value) != tensors or not (tensors or isinstance(value, np.ndarray)):
            raise BadReward(f"part {name!r} is {type(value).__name__} {step}", where=where, expected=kind)
        if tuple(value.shape) != batch.shape or not floating(value):
            raise BadReward(
                f"part {name!r} has shape {tuple(value.shape)} and type {value.dtype} {step}",
                where=where,
                expected=f"one number per transition: shape {batch.shape}, floating",
                mend="multiply by 1.0" if not floating(value) else "reduce every axis but the leading ones",
            )
    total = add(parts)
    if len(parts) == 1:
        total = total * 1.0  # in memory of its own: Stable-Baselines3 adds to the rewards that it is given
    if sound(total):
        return total, parts, None
    bad = unsound(total)
    place = tuple(int(i[0]) for i in np.nonzero(array(bad)))
    guilty = next((k for k, v in parts.items() if bool(unsound(v[place]))), None)
    value = float(total[place] if guilty is None else parts[guilty][place])
    who = f"part {guilty!r} pays" if guilty is not None else f"the sum of {', '.join(parts)} is"
    problem = BadReward(
        f"{who} {value} in row {place[0] if len(place) == 1 else place} {step}",
        where=where,
        expected="finite numbers of at most 3.4e38",
        mend="mend the reward or its inputs, or choose on_invalid=PayZero(), ClipTo(limit) or EndEpisode()",
    )
    total = on_invalid.mend(total, bad, problem)
    # The parts still sum to the pay: nothing in these rows but what was paid instead.
    xp = namespace(total)
    blank = xp.zeros_like(total)
    parts = {k: xp.where(bad, xp.zeros_like(v), v) for k, v in parts.items()}
    return total, {**parts, "mended": xp.where(bad, total, blank)}, bad


def guarded(reward: Reward, batch: Transitions, *, recorded: bool, where: str, step: str) -> Any:
    """What `reward.parts` or `.recorded` gives.

    Raises:
        MissingColumn: for a column of `batch.info` that there is not.
        BadReward: for whatever else than an error of ours the reward's code raises, with the columns that it had.
    """
    try:
        return reward.recorded(batch) if recorded else reward.parts(batch)
    except RewardlabError:
        raise
    except NoColumn as e:
        return batch.column(str(e.args[0]), by=where)  # raises, and says which there are
    except Exception as e:
        read = batch.info.read() if isinstance(batch.info, Columns) else ", ".join(batch.info)
        raise BadReward(
            f"{type(e).__name__}: {e} ({step})",
            where=where,
            expected="a pay for every transition",
            mend=f"see the cause above; it had the info columns {read}" if read else "see the cause above",
        ) from e


class Ledger:
    """The books of a driver: what N rows are paid, what their episodes sum to, what the reward learns from.

    Args:
        reward: what pays.
        rows: N.
        update_every: vector steps between two updates of a reward that learns.
        on_invalid: what to do with invalid values.
        where: the driver, for messages.
    """

    def __init__(self, reward: Reward, rows: int, *, update_every: int, on_invalid: OnInvalid, where: str) -> None:
        self.reward = check_reward(reward, where)
        if isinstance(update_every, bool) or not isinstance(update_every, int) or update_every < 1:
            raise BadOption(
                f"update_every={update_every!r}",
                where=where,
                expected="an integer of at least 1",
                mend="update_every=1",
            )
        if not isinstance(on_invalid, OnInvalid):
            raise BadOption(
                f"on_invalid={on_invalid!r}", where=where, expected="Refuse(), PayZero(), ClipTo(limit) or EndEpisode()"
            )
        self.rows, self.update_every, self.on_invalid = rows, update_every, on_invalid
        self.where = f"{where} of {self.reward.name}"
        self.learns = self.reward.learns
        self.sums = EpisodeSums(rows)
        self.logs: dict[str, float] = {}
        self.steps, self.invalid = 0, 0
        self.names: tuple[str, ...] = (self.reward.name,)  # of the parts of the last step
        self.pending: list[tuple[Transitions, np.ndarray | None]] = []  # steps, and which rows count

    def begin(self, mask: np.ndarray, *, like: Array = None) -> None:
        """New episodes in the rows of `mask` [N] bool; the reward gets the mask in the kind of `like`."""
        self.reward.reset(tensor(mask, device=like.device) if is_torch(like) else mask.copy())
        self.sums.begin(mask)

    def own(self, value: Any) -> tuple[Array, np.ndarray | None]:
        """The environment's own reward as floating numbers [N], and which rows were mended.

        Raises:
            BadReward: if it is anything else, or invalid under `Refuse`.
        """
        ok = is_torch(value) or isinstance(value, np.ndarray)
        if not ok or tuple(value.shape) != (self.rows,) or not (is_torch(value) or value.dtype.kind in "fiub"):
            kind = value.dtype if ok else type(value).__name__
            raise BadReward(
                f"the environment's own reward is {str(value)[:60]} ({kind}) at step {self.steps}",
                where=self.where,
                expected=f"numbers, one for each of {self.rows} rows",
            )
        if not floating(value):
            value = value.double() if is_torch(value) else value.astype(np.float64)
        if sound(value):
            return value, None
        bad = unsound(value)
        i = int(np.flatnonzero(array(bad))[0])
        problem = BadReward(
            f"the environment's own reward is {float(value[i])} in row {i} at step {self.steps}",
            where=self.where,
            expected="finite numbers of at most 3.4e38",
            mend="mend the environment, or choose on_invalid=PayZero(), ClipTo(limit) or EndEpisode()",
        )
        return self.on_invalid.mend(value, bad, problem), array(bad)

    def settle(
        self, batch: Transitions, task: Array, *, live: np.ndarray | None = None, mended: np.ndarray | None = None
    ) -> tuple[Array, Parts, np.ndarray | None]:
        """Pay a step [N] and keep the books: the pay, its parts, and the rows that were mended ([N] bool or None).

        Args:
            batch: the step.
            task: [N] what the environment itself paid.
            live: [N] bool, the rows that moved; None for all. The others are paid 0 and not learned from.
            mended: [N] bool, the rows whose own reward was mended.
        """
        step = f"at step {self.steps}"
        if live is not None and not live.any():  # nothing to pay for, and nothing that the reward could read
            parts = dict.fromkeys(self.names, task * 0.0)
        else:
            parts = guarded(self.reward, batch, recorded=False, where=self.where, step=step)
        if live is not None:
            parts = {k: _masked(v, live) for k, v in parts.items()} if isinstance(parts, dict) else parts
        paid, parts, bad = pay(parts, batch, self.on_invalid, where=self.where, step=step)
        self.names = tuple(parts) if bad is None else self.names
        if bad is not None:
            mended = array(bad) if mended is None else mended | array(bad)
        if mended is not None:
            self.invalid += int(mended.sum())
        self.sums.add(paid, batch.info.get("true_reward", task))
        self.steps += 1
        if self.learns:
            keep = live if mended is None else ~mended if live is None else live & ~mended
            self._learn(batch, keep)
        return paid, parts, mended

    def _learn(self, batch: Transitions, keep: np.ndarray | None) -> None:
        if self.update_every > 1:
            # What passes by belongs to others, who may write the next step into the same arrays.
            batch, keep = batch.map(copied), None if keep is None else keep.copy()
        self.pending.append((batch, keep))
        if len(self.pending) >= self.update_every:
            self.hand_over()

    def hand_over(self) -> None:
        """Let the reward learn from the steps that wait, however few."""
        held, self.pending = [(b, k) for b, k in self.pending if k is None or k.any()], []
        if held:
            self.logs |= self.reward.update(_joined(held))

    def state_dict(self) -> dict[str, Any]:
        """The reward's state, the steps not yet learned from, and the sums of the running episodes."""
        return {
            "reward": self.reward.state_dict(),
            "pending": [{"steps": pack(vars(b)), "keep": k} for b, k in self.pending],
            "sums": self.sums.state_dict(),
            "steps": self.steps,
            "invalid": self.invalid,
        }

    def load_state_dict(self, state: Mapping[str, Any], *, like: Array = None) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of such a driver.
        """
        try:
            pending = [(Transitions(**unpack(p["steps"], like)), p["keep"]) for p in state["pending"]]
            steps, invalid = int(state["steps"]), int(state["invalid"])
            learned, sums = state["reward"], state["sums"]
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise BadCheckpoint(
                f"{type(e).__name__}: {e}", where=self.where, expected="a driver's state_dict"
            ) from None
        mine = self.sums.state_dict()
        self.sums.load_state_dict(sums)
        before = self.reward.state_dict()
        try:
            self.reward.load_state_dict(learned)
        except Exception as e:  # a stranger's state may fail in any way, and half of it may be in
            self.reward.load_state_dict(before)
            self.sums.load_state_dict(mine)
            raise BadCheckpoint(f"{type(e).__name__}: {e}", where=self.where, expected="its reward's state") from None
        self.pending, self.steps, self.invalid = pending, steps, invalid


def below(parts: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of all drivers further in, as "1/name" for the innermost, "2/name" for the one around it, ..."""
    level = 1 + max((int(k.partition("/")[0]) for k in lower), default=0)
    return {**lower, **{f"{level}/{k}": v for k, v in parts.items()}}


def _joined(held: list[tuple[Transitions, np.ndarray | None]]) -> Transitions:
    """Steps [N] as one batch [T, N]; as [B], time-major and with the column `ENV_ROW`, if some rows do not count."""
    shared = _shared([dict(b.info) for b, _ in held])
    steps = [
        Transitions(b.obs, b.action, b.reward, b.next_obs, b.terminated, b.truncated, i)
        for (b, _), i in zip(held, shared, strict=True)
    ]
    if all(k is None for _, k in held):
        return Transitions.stack(steps) if len(steps) > 1 else steps[0].map(lambda x: x[None])
    rows = _like(np.arange(len(steps[0])), steps[0].reward)
    steps = [s.paying(s.reward, **{ENV_ROW: rows}) for s in steps]
    return Transitions.concat(
        [s if k is None else s.rows(_like(k, s.reward)) for s, (_, k) in zip(steps, held, strict=True)]
    )


def _shared(infos: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The columns that all steps have."""
    if len(infos) == 1:
        return infos
    out: list[dict[str, Any]] = [{} for _ in infos]
    for name, first in infos[0].items():
        values = [i[name] for i in infos if name in i]
        nested = [isinstance(v, Mapping) for v in values]
        if len(values) < len(infos) or any(nested) != all(nested):
            continue
        if nested[0]:
            values = _shared(values)
        elif any(v.shape != first.shape for v in values):
            continue
        for own, v in zip(out, values, strict=True):
            own[name] = v
    return out


def _like(x: np.ndarray, like: Array) -> Array:
    return tensor(x, device=like.device) if is_torch(like) else x


def _masked(x: Array, live: np.ndarray) -> Array:
    """0 in the rows that did not move: not a product, for what stands there may be NaN."""
    if not (is_torch(x) or isinstance(x, np.ndarray)) or tuple(x.shape) != live.shape:
        return x
    xp = namespace(x)
    return xp.where(_like(live, x), x, xp.zeros_like(x))
