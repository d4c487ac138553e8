"""Delivery grids: random grids with a reward that is linear in the kind of the cell entered, and segments of them.

    r = w·φ(kind of s'),    score = (J(π_ŵ) − J(uniform)) / (J* − J(uniform))

Source: Knox, Hatgis-Kessell, Booth, Niekum, Stone, Allievi, "Models of human preference for learning reward functions",
TMLR 2024, Section 5 (random grids, both kinds of labels, share of grids with a nearly optimal policy).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards import RegretPreference, SoftValues, SuccessorFeatures, random_policies, regrets
from rewardlab.rewards.preference.regret_preference import Values

SIZE, STEPS, GAMMA = 6, 3, 0.97
KINDS = 6
"""Road, goal, trap, and three kinds of cells that are crossed at a cost."""
GRIDS = 3
"""Grids of one seed."""
PAIRS = (30, 300)
NEAR = 0.9
SOFTNESS = 0.5
SIDES = ("regret, soft values", "regret, successor features", "partial return")


class PartialReturn(RegretPreference):
    """The same linear reward, fitted to the sums of segments."""

    def utility(self, w: Tensor) -> Tensor:
        """r = w·φ [S, A]."""
        out: Tensor = torch.as_tensor(self.features) @ w
        return out


@dataclass(frozen=True)
class Grid:
    """A world with its true reward.

    Attributes:
        world: transitions and ends, reward 0.
        features: φ [S, A, D].
        weights: w [D].
    """

    world: TabularMDP
    features: np.ndarray
    weights: np.ndarray

    @property
    def truth(self) -> TabularMDP:
        """The world with its reward."""
        return self.world.with_reward(self.features @ self.weights)

    def score(self, weights: np.ndarray) -> float:
        """The return of the best policy for some weights: 0 that of uniform play, 1 the best there is."""
        truth = self.truth
        chance = truth.evaluate(np.full((self.world.num_states, 4), 0.25)).value
        policy = self.world.with_reward(self.features @ weights).solve().policy
        return (truth.evaluate(policy).value - chance) / (truth.solve().value - chance)


def grid(rng: np.random.Generator, *, slip: float) -> Grid:
    """A random grid: one goal, two traps, weights drawn; a step slips to any other side with probability `slip`."""
    cells = rng.integers(3, KINDS, (SIZE, SIZE))
    cells[rng.random((SIZE, SIZE)) < 0.5] = 0
    ends = rng.choice(SIZE * SIZE, 3, replace=False)
    cells.flat[ends] = (1, 2, 2)
    row, column = np.divmod(np.arange(SIZE * SIZE), SIZE)
    P = np.zeros((SIZE * SIZE, 4, SIZE * SIZE))
    for a, (down, right) in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
        after = np.clip(row + down, 0, SIZE - 1) * SIZE + np.clip(column + right, 0, SIZE - 1)
        for b in range(4):
            P[np.arange(SIZE * SIZE), b, after] += 1 - slip if a == b else slip / 3
    weights = np.array([-1.0, 50.0, -50.0, *rng.uniform(-4.0, 0.0, KINDS - 3)])
    terminal = np.isin(np.arange(SIZE * SIZE), ends)
    start = ~terminal / (~terminal).sum()
    world = TabularMDP(P, np.zeros((SIZE * SIZE, 4)), gamma=GAMMA, initial=start, terminal=terminal)
    return Grid(world, P @ np.eye(KINDS)[cells.ravel()], weights)


def pairs(given: Grid, count: int, rng: np.random.Generator) -> Transitions:
    """Pairs [P, 2, T] of segments of uniform play from uniform states, masked beyond an end."""
    P = np.cumsum(given.world.dense()[0], -1)
    state = rng.choice(SIZE * SIZE, (count, 2), p=given.world.initial)
    over = np.zeros(state.shape, dtype=bool)
    columns: list[tuple[np.ndarray, ...]] = []
    for _ in range(STEPS):
        action = rng.integers(0, 4, state.shape)
        after = (P[state, action] < rng.random((*state.shape, 1))).sum(-1).clip(max=SIZE * SIZE - 1)
        columns.append((state, action, after, given.world.terminal[after], ~over))
        over = over | given.world.terminal[after]
        state = np.where(over, state, after)
    obs, action, after, terminated, mask = (np.stack(c, -1) for c in zip(*columns, strict=True))
    zero = np.zeros(obs.shape)
    return Transitions(obs, action, zero, after, terminated, zero != 0, {"mask": mask})


def labelled(given: Grid, items: Transitions, by: str, rng: np.random.Generator) -> Transitions:
    """The pairs with labels of the logistic model, by "regret" or "return"."""
    truth = given.truth
    table = -regrets(truth) if by == "regret" else truth.R
    worth = (table[items.obs, items.action] * items.info["mask"]).sum(-1)
    gap = worth[:, 0] - worth[:, 1]
    return items.paying(items.reward, label=(rng.random(len(gap)) < 1 / (1 + np.exp(-gap))) * 1.0)


def learned(seed: int, *, side: str, by: str, count: int, slip: float, epochs: int = 120) -> Measured:
    """Scores of policies over the grids of one seed: their mean, and the share of nearly optimal ones."""
    torch.set_num_threads(1)
    scores = np.array(list(_scores(seed, side, by, count, slip, epochs)))
    return {"near_optimal": float((scores >= NEAR).mean()), "score": float(scores.clip(-1, 1).mean())}


def _scores(seed: int, side: str, by: str, count: int, slip: float, epochs: int) -> Iterator[float]:
    for k in range(GRIDS):
        rng = np.random.default_rng([seed, k])
        given = grid(rng, slip=slip)
        items = labelled(given, pairs(given, count, rng), by, rng)
        values: Values = SoftValues(given.world, given.features, temperature=SOFTNESS)
        if side == SIDES[1]:
            policies = random_policies(given.world, given.features, seed=k)
            values = SuccessorFeatures(given.world, given.features, policies)
        kind = PartialReturn if side == SIDES[2] else RegretPreference
        taught = kind(features=given.features, values=values)
        taught.fit(items, epochs=epochs)
        yield given.score(taught.weights)


def effects() -> list[Effect]:
    """All models on both kinds of labels, with and without slips."""
    return [_effect(by, slip) for by in ("regret", "return") for slip in (0.0, 0.2)]


def _effect(by: str, slip: float) -> Effect:
    arms = [
        Arm(f"{side}, {n} pairs", "lr 0.5", each(partial(learned, side=side, by=by, count=n, slip=slip)), 1.0)
        for n in PAIRS
        for side in SIDES
    ]
    claims = []
    for n in PAIRS:
        *ours, sums = (f"{side}, {n} pairs" for side in SIDES)
        for mine in ours:
            if by == "regret":
                says = f"{n} regret labels: more grids with a nearly optimal policy"
                claims.append(Claim(says, "near_optimal", mine, sums))
            else:
                claims.append(Claim(f"{n} return labels: at most 5 % worse", "score", mine, sums, True, 0.95))
    where, short = ("deterministic", "plain") if not slip else (f"slipping with probability {slip:g}", "slippery")
    return Effect(
        f"preference_structure_{by}_labels_{short}",
        f"{GRIDS} random {SIZE} x {SIZE} grids for each seed, {where}, segments of {STEPS} steps, labels by the "
        f"logistic of the {by}; share of grids with a policy of at least {NEAR:g} of the best, and the mean score",
        arms,
        claims,
    )
