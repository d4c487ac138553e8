"""Models to plan with: states that are stepped forward for many rows at once, and what a plan earns in them.

A model is made of an environment's own rules, or of a MuJoCo environment's own physics (`loops.physics`): planning then
sees what will happen, without the noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, BadReward, BadSpace
from rewardlab.core.shown import shown_space

Pay = Callable[[Transitions], Array]
"""What steps [B] are worth: a `Reward`, or any function of that shape."""
State = Mapping[str, np.ndarray]  # every value has leading axis n


class Stepped(NamedTuple):
    """One step of n rows.

    Attributes:
        state: after it.
        pay: [n] of the task itself; None if the model does not know it.
        terminated: [n] bool.
        info: columns [n, ...].
    """

    state: State
    pay: np.ndarray | None
    terminated: np.ndarray
    info: Mapping[str, np.ndarray]


class Model(Protocol):
    """What a planner needs to know of a world; every call takes rows [n] and leaves its arguments as they are."""

    action_space: spaces.Box

    def state(self, obs: np.ndarray) -> State:
        """The states in which obs [n, *obs] are seen."""
        ...

    def step(self, state: State, action: np.ndarray) -> Stepped:
        """One step by actions [n, A], without noise."""
        ...

    def look(self, state: State) -> np.ndarray:
        """What is seen, [n, *obs] float64."""
        ...

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """How far states lie apart, as vectors [..., S] that `vector` made; angles the short way round."""
        ...


class Still:
    """Randomness that is always in the middle: what rules draw while they are planned with.

    Args:
        n: rows.
    """

    xp, device = np, None

    def __init__(self, n: int) -> None:
        self.n, self.seed = n, np.zeros(n, dtype=np.int64)

    def normal(self, shape: tuple[int, ...] = ()) -> np.ndarray:
        """[n, *shape] zeros."""
        return np.zeros((self.n, *shape))

    def uniform(self, shape: tuple[int, ...] = ()) -> np.ndarray:
        """[n, *shape] halves."""
        return np.full((self.n, *shape), 0.5)


@dataclass(eq=False)
class RulesModel:
    """The rules of an environment as a model.

    Args:
        rules: with `recall(obs)`, the states in which observations are seen, and `observe(state)`, `look` in float64;
            `apart(one, other)` where states have angles.

    Raises:
        BadSpace: for rules that do not tell states from observations, or actions that are not in a bounded Box.
    """

    rules: Any

    def __post_init__(self) -> None:
        name, space = type(self.rules).__name__, self.rules.action_space
        if not hasattr(self.rules, "recall") or not hasattr(self.rules, "observe"):
            raise BadSpace(
                f"{name} has no way from its observations to its states",
                where="RulesModel",
                expected="rules with recall(obs) and observe(state), as BicycleDrive and LinearSystem have",
            )
        self.action_space = bounded(space, where="RulesModel")

    def state(self, obs: np.ndarray) -> State:
        """The states in which obs [n, *obs] are seen."""
        return self.rules.recall(obs)  # type: ignore[no-any-return]

    def step(self, state: State, action: np.ndarray) -> Stepped:
        """One step by actions [n, A], without noise."""
        after, pay, over, info = self.rules.move(state, action, Still(len(action)))
        return Stepped(after, pay, over, info)

    def look(self, state: State) -> np.ndarray:
        """What is seen, [n, *obs] float64."""
        return self.rules.observe(state)  # type: ignore[no-any-return]

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """one - other, [..., S]."""
        own = getattr(self.rules, "apart", None)
        return one - other if own is None else own(one, other)


def bounded(space: Any, *, where: str) -> spaces.Box:
    """A Box of actions [A] with finite bounds.

    Raises:
        BadSpace: for any other.
    """
    if not isinstance(space, spaces.Box) or len(space.shape) != 1 or not np.isfinite([space.low, space.high]).all():
        raise BadSpace(f"actions in {shown_space(space)}", where=where, expected="a Box [A] with finite bounds")
    return space


def model_of(env: Any) -> Model:
    """A model of a `gym.Env` or vector environment: of its rules, or of its physics.

    Raises:
        BadSpace: if there is no way from its observations to its states.
    """
    inner = getattr(env, "unwrapped", env)
    inner = inner.envs[0].unwrapped if hasattr(inner, "envs") and not hasattr(inner, "rules") else inner
    if hasattr(inner, "rules"):
        return RulesModel(inner.rules)
    if hasattr(inner, "frame_skip") and hasattr(inner, "model"):
        from rewardlab.agents.loops.physics import physics_of

        return physics_of(inner)
    raise BadSpace(
        f"{type(inner).__name__} has no way from its observations to its states",
        where="model_of",
        expected="an environment of ours with recall(obs), or one of Gymnasium's MuJoCo tasks",
        mend="give the agent model=...",
    )


def repeated(state: State, times: int) -> State:
    """Each of n rows `times` times: rows [n * times], those of one row side by side."""
    return {key: np.repeat(value, times, axis=0) for key, value in state.items()}


def vector(state: State) -> np.ndarray:
    """[n, S]: the numbers of a state that are not integers, side by side."""
    return np.concatenate([v.reshape(len(v), -1) for v in state.values() if v.dtype.kind == "f"], axis=1)


def of_vector(x: np.ndarray, like: State) -> State:
    """The states whose numbers are x [n, S]; integers are those of `like`, rows [n]."""
    out, at = {}, 0
    for key, value in like.items():
        if value.dtype.kind != "f":
            out[key] = value
            continue
        width = int(np.prod(value.shape[1:], dtype=int))
        out[key] = x[:, at : at + width].reshape(len(x), *value.shape[1:])
        at += width
    return out


def paid(model: Model, state: State, action: np.ndarray, after: Stepped, pay: Pay | None) -> np.ndarray:
    """[n] what a step earns: by `pay`, or by the task itself.

    Raises:
        BadOption: if neither says.
        BadReward: if it is not finite.
    """
    if pay is None:
        if after.pay is None:
            raise BadOption("no reward", where="planning", expected="reward=...: this model does not know the task's")
        earned = after.pay
    else:
        flags = np.zeros(len(action), dtype=bool)
        own = np.zeros(len(action)) if after.pay is None else after.pay
        batch = Transitions(
            model.look(state), action, own, model.look(after.state), after.terminated, flags, after.info
        )
        earned = np.asarray(pay(batch), dtype=np.float64)
    if earned.shape != (len(action),):
        raise BadBatch(f"pay of shape {earned.shape}", where="planning", expected=f"({len(action)},)")
    if not np.isfinite(earned).all():
        row = int(np.flatnonzero(~np.isfinite(earned))[0])
        raise BadReward(f"row {row} is paid {earned[row]}", where="planning", expected="finite rewards")
    return earned


def returns(
    model: Model, state: State, controls: np.ndarray, pay: Pay | None, *, gamma: float = 1.0, ended: float = 0.0
) -> np.ndarray:
    """What plans earn from states.

        Σ_t γᵗ r_t,    r_t = `ended` once the world has ended

    Args:
        model: of the world.
        state: rows [n].
        controls: [n, H, A] actions.
        pay: what steps earn; None for the task's own.
        gamma: discount.
        ended: the pay of each step after the end.

    Returns:
        [n].
    """
    total, live = np.zeros(len(controls)), np.ones(len(controls), dtype=bool)
    for t in range(controls.shape[1]):
        action = controls[:, t]
        after = model.step(state, action)
        earned = paid(model, state, action, after, pay)
        total += gamma**t * np.where(live, earned, ended)
        live &= ~np.asarray(after.terminated)
        state = after.state
    return total


@dataclass(eq=False)
class Numbered:
    """A model whose observations end with the number of their row, for rewards that differ from row to row.

    Args:
        model: of the world; its states must not have a part called "row".
    """

    model: Model

    def __post_init__(self) -> None:
        self.action_space = self.model.action_space

    def state(self, obs: np.ndarray) -> State:
        """The states in which obs [n, D] are seen: row i is called i."""
        return {**self.model.state(obs), "row": np.arange(len(obs))}

    def step(self, state: State, action: np.ndarray) -> Stepped:
        """One step by actions [n, A], without noise."""
        after = self.model.step({k: v for k, v in state.items() if k != "row"}, action)
        return after._replace(state={**after.state, "row": state["row"]})

    def look(self, state: State) -> np.ndarray:
        """What is seen and the row, [n, D + 1] float64."""
        seen = self.model.look({k: v for k, v in state.items() if k != "row"})
        return np.concatenate([seen, state["row"][:, None]], axis=1)

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """one - other, [..., S]."""
        return self.model.apart(one, other)
