"""The task as a table: its exact process, what its states look like, and the info columns of its transitions.

Observations that are the number of the state need nothing more. Columns are gathered in play that seeks what it has not
yet seen: a policy that is optimal for reaching unseen transitions is solved again and again until none is left.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from scipy import sparse

from rewardlab.core.arrays import Tree, array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.core.tabulate import reachable
from rewardlab.rewards.drivers.columns import VectorColumns

_ROUNDS, _STEPS = 150, 60


@dataclass(frozen=True)
class Model:
    """A task as a table.

    Attributes:
        mdp: the process; its pay is what the environment pays.
        obs: what each state looks like, [S, *obs].
        truth: [S, A] the true reward.
        about: what the table leaves out, "" if nothing.
    """

    mdp: TabularMDP
    obs: Tree
    truth: np.ndarray
    about: str = ""


def model_of(env: Any, *, gamma: float | None) -> Model | str:
    """The table of an environment, or why there is none.

    Args:
        env: a `gym.Env`, a `VectorEnv` or a `TabularMDP`.
        gamma: the agent's discount; None for the process's own.
    """
    if isinstance(env, TabularMDP):
        return Model(_discounted(env, gamma), np.arange(env.num_states), env.R)
    own = getattr(env, "unwrapped", env)
    if not hasattr(own, "to_mdp"):
        return "it does not export a table (to_mdp)"
    try:
        mdp = own.to_mdp()
    except BadOption as e:
        return e.what
    space = getattr(env, "single_observation_space", env.observation_space)
    rules = getattr(own, "rules", own)
    about = ""
    ends = int(mdp.terminal[-1])  # a last state for the end need not be shown by any observation
    if isinstance(space, spaces.Discrete) and int(space.n) in (mdp.num_states, mdp.num_states - ends):
        obs: Tree = np.arange(mdp.num_states) + int(space.start)
    elif hasattr(rules, "table_observations"):
        obs, about = rules.table_observations(), "The table is that of the level of seed 0, and a success pays 1."
    else:
        return f"its observations ({type(space).__name__}) do not say which state of the table they show"
    mdp = _discounted(mdp, gamma)
    truth = rules.true_rewards() if hasattr(rules, "true_rewards") else mdp.R
    return Model(mdp, obs, np.where(mdp.terminal[:, None], 0.0, truth), about)


def _discounted(mdp: TabularMDP, gamma: float | None) -> TabularMDP:
    return mdp if gamma is None else mdp.with_gamma(gamma)


def everywhere(model: Model, reward: Reward, *, most: int = 400_000) -> np.ndarray | None:
    """What a reward pays for every triple (s, a, s') [S, A, S], possible or not; None where that cannot be told.

    EPIC asks for impossible transitions too. A reward that remembers, or reads columns, has no pay for them.
    """
    mdp = model.mdp
    S, A = mdp.num_states, mdp.num_actions
    if reward.memory or most < S * A * S:
        return None
    state, action, after = (x.ravel() for x in np.meshgrid(np.arange(S), np.arange(A), np.arange(S), indexing="ij"))
    batch = Transitions(
        obs=tree_map(lambda x: x[state], model.obs),
        action=action,
        reward=mdp.R[state, action],
        next_obs=tree_map(lambda x: x[after], model.obs),
        terminated=mdp.terminal[after],
        truncated=np.zeros(len(state), dtype=bool),
    )
    try:
        pay = array(copy.deepcopy(reward)(batch)).reshape(S, A, S)
    except MissingColumn:
        return None
    return np.where(mdp.terminal[:, None, None], 0.0, pay) if np.isfinite(pay).all() else None


class Unseen(Mapping[str, np.ndarray]):
    """No columns yet: remembers that one was asked for."""

    def __init__(self) -> None:
        self.asked = False

    def __getitem__(self, name: str) -> np.ndarray:
        self.asked = True
        raise MissingColumn(f"no info column {name!r}", where="audit", expected="columns gathered in play")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def gather(envs: VectorEnv, model: Model, *, seed: int) -> dict[str, np.ndarray] | str:
    """Numeric info columns of every transition that can be reached, [len(mdp.P.data), ...], or why there are none.

    A transition that chance did not bring is taken to tell what others into the same state do.
    """
    mdp = model.mdp
    if not isinstance(model.obs, np.ndarray) or model.obs.ndim != 1:
        return "the reward reads info columns, and observations are no numbers of states"
    if mdp.num_states * mdp.num_actions > 60_000:
        return f"the reward reads info columns, and {mdp.num_states} states are too many to visit them all"
    place = sparse.csr_array((np.arange(1, len(mdp.P.data) + 1), mdp.P.indices, mdp.P.indptr), shape=mdp.P.shape)
    place = sparse.csr_matrix(place)
    wanted = np.repeat(reachable(mdp) & ~mdp.terminal, mdp.num_actions)
    tried, seen = np.zeros(len(wanted), dtype=np.int64), np.zeros(len(mdp.P.data), dtype=bool)
    kept: dict[str, np.ndarray] = {}
    rng = np.random.default_rng(seed)
    first = int(np.min(array(model.obs)))
    obs, _ = envs.reset(seed=seed)
    for _ in range(_ROUNDS):
        left = wanted & (tried == 0)
        if not left.any():
            break
        curious = mdp.with_gamma(0.95).with_reward(left.reshape(-1, mdp.num_actions).astype(float)).solve().policy
        for _ in range(_STEPS):
            state = array(obs).astype(np.int64) - first
            free = rng.random(len(state)) < 0.2
            action = np.where(free, rng.integers(mdp.num_actions, size=len(state)), curious[state])
            obs, _, terminated, truncated, info = envs.step(action)
            done = array(terminated) | array(truncated)
            after = array(obs).astype(np.int64).copy()
            if done.any():
                last = info["final_obs"]
                after[done] = np.array([int(last[i]) for i in np.flatnonzero(done)])
            pair = state * mdp.num_actions + action
            to = np.minimum(after - first, mdp.num_states - 1)
            at = np.asarray(place[pair, to]).ravel().astype(np.int64) - 1
            lost = np.flatnonzero((at < 0) & array(terminated))
            for i in lost:  # the end shows another number than the table gives it
                part = np.arange(mdp.P.indptr[pair[i]], mdp.P.indptr[pair[i] + 1])
                part = part[mdp.terminal[mdp.P.indices[part]]]
                at[i] = part[0] if len(part) else -1
            known = at >= 0
            np.add.at(tried, pair, 1)
            seen[at[known]] = True
            columns = VectorColumns(info, len(state), done=done if done.any() else None)
            for name in columns:
                value = array(columns[name])
                if value.dtype.kind in "fiub":
                    column = kept.get(name)
                    if column is None:
                        column = kept[name] = np.full((len(mdp.P.data), *value.shape[1:]), np.nan)
                    column[at[known]] = value[known]
    filled = {name: _filled(column, seen, mdp) for name, column in kept.items()}
    live = np.repeat(wanted, np.diff(mdp.P.indptr))
    blank = max((int(_blank(column[live]).sum()) for column in filled.values()), default=0)
    if blank:
        return f"the reward reads info columns, and {blank} of {int(live.sum())} steps were never met in play"
    return filled


def _blank(column: np.ndarray) -> np.ndarray:
    """[B] bool: rows with a NaN."""
    return np.isnan(column.reshape(len(column), -1)).any(1)


def _filled(column: np.ndarray, seen: np.ndarray, mdp: TabularMDP) -> np.ndarray:
    """A column with the transitions that were not met taken from those that end in the same state, or begin as they."""
    pair = np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr))
    for key in (mdp.P.indices, pair):
        lacking = np.flatnonzero(~seen)
        source = np.full(int(key.max(initial=-1)) + 1, -1)
        met = np.flatnonzero(seen)
        source[key[met]] = met
        known = lacking[source[key[lacking]] >= 0]
        column[known] = column[source[key[known]]]
        seen = seen | np.isin(np.arange(len(seen)), known)
    return column
