"""Losses that an adversary chooses: what policy optimisation loses with which constants, and what its bonus is for.

defaults beside the constants of the bound, on a layered process;    with and without the bonus, where an adversary at
first keeps the learner away from what is worth most later
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from rewardlab.agents.tabular import LogBarrierPolicy, MagnitudeReducedPolicy
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, Run
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps import AdversarialMDP, TableRules
from rewardlab.envs.world import Columns, Rules, State, WorldVectorEnv

METHODS = {"log-barrier": LogBarrierPolicy, "exponential weights": MagnitudeReducedPolicy}
ROUNDS = 2000
Make = Callable[..., Any]
"""Rows, and `seed`, `independent`, `transitions`, `horizon` and `rounds` -> an agent."""


@dataclass
class Lure(TableRules):
    """A door and a room behind it: the smallest process in which what is rarely met must not be forgotten.

        at the door    leave: free in the first quarter of the rounds, then 1;    go in: free
        in the room    left: 1;    right: 1 in the first quarter, then free

    The best fixed policy goes in and then right: it pays in the first quarter only. Who learns from what it meets
    leaves at first, and has almost stopped to go in when that begins to be worth it.

    Args:
        mdp: the transitions; `lure()` makes them.
        rounds: in all, of two steps each; it goes on after them as in the last.
    """

    rounds: int = ROUNDS

    def start(self, n: int, rng: Streams) -> State:
        return {**super().start(n, rng), "step": np.zeros(n, dtype=np.int64)}

    def move(self, state: State, action: Any, rng: Streams) -> tuple[State, Any, Any, Columns]:
        place, step = state["state"], state["step"]
        early = step // 2 < self.rounds // 4
        loss = CHARGES[early.astype(int), place, action]
        after = super().move({"state": place}, action, rng)[0]
        # The best policy pays 1 in each early round, all of it in its second step.
        lost = loss - np.where(early & (step % 2 == 1), 1.0, 0.0)
        there = np.where(step % 2 == 1, 0, after["state"])
        return {"state": there, "step": step + 1}, -loss, loss > 2, {"pseudo_regret": lost}


CHARGES = np.zeros((2, 3, 2))
"""Losses late and early, of both actions at the door, in the room and outside."""
CHARGES[:, 1, 0] = CHARGES[0, 0, 0] = CHARGES[1, 1, 1] = 1.0


def lure(rounds: int = ROUNDS) -> Lure:
    """The door, the room, and the outside, where one waits for the next round."""
    P = np.zeros((3, 2, 3))
    P[:, :, 2] = 1.0
    P[0, 1] = [0.0, 1.0, 0.0]
    return Lure(TabularMDP(P, np.zeros((3, 2)), gamma=None), rounds=rounds)


def lost(
    seeds: Sequence[int], *, make: Make, rules: Rules, transitions: np.ndarray, horizon: int
) -> Iterator[Measured]:
    """Regret per round, of runs side by side.

    Args:
        seeds: a run for each; they are rows of the first one's.
        make: the agent.
        rules: what is played.
        transitions: [S, A, S] that the agent knows.
        horizon: steps of a round.
    """
    n = len(seeds)
    agent = make(
        WorldVectorEnv(rules, n),
        seed=seeds[0],
        independent=True,
        transitions=transitions,
        horizon=horizon,
        rounds=ROUNDS,
    )
    for regret in agent.learn(n * horizon * ROUNDS).regret:
        yield {"regret": float(regret) / ROUNDS}


def layered() -> tuple[AdversarialMDP, np.ndarray]:
    """Five states in three layers, three actions, and two losses in turn; and the transitions that are known of it.

    Of ten instances it is the one in which chance loses most against the best fixed policy, 0.52 a round.
    """
    rules = AdversarialMDP(rounds=ROUNDS, schedule="alternating", features=2, instance=8)
    inside = rules.process.num_states - 1  # the last one is the end of a round
    return rules, rules.process.dense()[0][:inside, :, :inside]


def effects() -> list[Effect]:
    """Four comparisons: the constants and the bonus, for both methods."""
    rules, known = layered()
    S, A = known.shape[:2]
    door = lure()
    inside = door.mdp.dense()[0]

    def played(make: Make, rules: Rules, transitions: np.ndarray, horizon: int) -> Run:
        return partial(lost, make=make, rules=rules, transitions=transitions, horizon=horizon)

    out, sides = [], ("defaults", "constants of the bound")
    for name, method in METHODS.items():
        proven = method.proven(actions=A, dimension=S * A, horizon=3, rounds=ROUNDS)
        out.append(
            Effect(
                f"adversarial_constants_{name}".replace(" ", "_").replace("-", "_"),
                f"five states in three layers, two losses in turn, {ROUNDS} rounds",
                [
                    Arm("defaults", "", played(method, rules, known, 3), 1),
                    Arm("constants of the bound", "", played(partial(method, **proven), rules, known, 3), 1),
                ],
                [Claim(f"{name}: larger steps and a smaller bonus learn sooner", "regret", *sides, False, 0.5)],
            )
        )
    for name, method in METHODS.items():
        arms = []
        for eta in (0.02, 0.1, 0.5):
            for side, bonus in (("with the bonus", None), ("without", 0.0)):
                make = partial(method, eta=eta, bonus=bonus)
                arms.append(Arm(side, f"step {eta:g}", played(make, door, inside, 2), 1))
        out.append(
            Effect(
                f"adversarial_bonus_{name}".replace(" ", "_").replace("-", "_"),
                f"a door that the adversary makes one leave, and later not; {ROUNDS} rounds",
                arms,
                [Claim(f"{name}: without the bonus more is lost", "regret", "with the bonus", "without", False)],
            )
        )
    return out
