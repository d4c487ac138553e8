"""Designed rewards on small worlds, for an agent that sees a few steps ahead: judged programs, evolution, and lots.

    π_R = greedy after H sweeps of value iteration on success + R,    score = E[γ^T] of π_R over the best there is

The agent is exact and short-sighted, so that a sparse reward leads it nowhere from afar and a dense one does; the score
is of success alone. The grammar was designed on DoorKey-5x5, SparseReacher and MountainCar and its search on SparseGrid
and FourRooms; none of these is here.

Source: Yu, Bai, Liu, Wang, "Few-shot In-Context Preference Learning Using Large Language Models", 2024, Section 5
(judged programs against random ones and against a loop that sees the true score).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import RewardlabError
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.core.sandbox import Signature, compile_program
from rewardlab.core.tabulate import moves_of
from rewardlab.rewards.language.choosing import Judge, by_score, placebo
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.loop import design_reward
from rewardlab.rewards.language.design.trained import Trained
from rewardlab.rewards.language.evolution.asking import EvolutionAsk
from rewardlab.rewards.language.evolution.search import Scored, propose, warm_starts
from rewardlab.rewards.language.evolution.sheet import Sheet, read_sheet
from rewardlab.rewards.language.evolution.variation import draw
from rewardlab.rewards.language.icpl import ICPL
from rewardlab.rewards.language.programmed import Programmed

WORLDS = ("Taxi", "CliffSparse", "Windy", "PickCarry")
GAMMA, SWEEPS = 0.99, 5
ROUNDS, SIZE = 5, 6
LONG = 20
"""Rounds of the long search."""


@dataclass(frozen=True)
class World:
    """A table with its description.

    Attributes:
        name: of the environment.
        truth: pays 1 on success.
        batch: [B] its transitions, one for each entry of `truth.P`.
        context: what a designer is told.
        sheet: what the grammar makes of that.
        best: the largest expected γ^T.
    """

    name: str
    truth: TabularMDP
    batch: Transitions
    context: Context
    sheet: Sheet
    best: float

    def planned(self, pay: np.ndarray) -> np.ndarray:
        """[S, A] what the short-sighted agent does where moves pay [B], with equal odds between equals."""
        P = self.truth.P
        pair = np.repeat(np.arange(P.shape[0]), np.diff(P.indptr))
        R = np.bincount(pair, P.data * pay, P.shape[0])
        live = ~self.truth.terminal
        V = np.zeros(self.truth.num_states)
        for _ in range(SWEEPS):
            Q = (R + GAMMA * (P @ (V * live))).reshape(len(V), -1)
            V = Q.max(-1)
        ties = Q.max(-1, keepdims=True) - 1e-9 <= Q
        return ties / ties.sum(-1, keepdims=True)

    def score(self, pay: np.ndarray) -> float:
        """0..1: E[γ^T] of that agent over the best."""
        return float(self.truth.evaluate(self.planned(pay)).value) / self.best

    def of(self, source: str) -> float:
        """The score of a program, added to success; 0 for one that cannot be used."""
        try:
            return self.score(self.batch.reward + compile_program(source, self.context.signature)(self.batch))
        except RewardlabError:
            return 0.0


@cache
def world(name: str) -> World:
    """The table of an environment, with success as its pay."""
    import gymnasium as gym

    env: Any = gym.make(f"rewardlab/{name}-v0").unwrapped
    table = env.rules.to_mdp()
    states = np.arange(table.num_states)
    obs = states
    if env.observation_space.shape:
        obs = np.asarray(env.rules.look({"cell": states // 3, "grip": states % 3}), dtype=float)
    won = table.terminal.astype(float)
    entries = won[table.P.indices]
    pair = np.repeat(np.arange(table.P.shape[0]), np.diff(table.P.indptr))
    pays = np.bincount(pair, table.P.data * entries, table.P.shape[0]).reshape(table.num_states, -1)
    truth = TabularMDP(table.P, pays, gamma=GAMMA, initial=table.initial, terminal=table.terminal)
    batch = moves_of(truth, obs=obs, columns={"success": table.terminal})
    batch = batch.paying(entries)
    text = str(env.describe())
    signature = Signature.of_batch(batch)
    context = Context(f"rewardlab/{name}-v0", "succeed soon", text, signature)
    return World(name, truth, batch, context, read_sheet(text, signature), truth.solve().value)


def everywhere(one: Any, seed: int) -> Measured:
    """`one(world, seed)` in each world, and the mean."""
    found = {name: one(world(name), seed) for name in WORLDS}
    return found | {"mean": float(np.mean(list(found.values())))}


def sparse(w: World, seed: int) -> float:
    """Success alone."""
    return w.score(w.batch.reward)


def words(w: World, seed: int) -> float:
    """The best of what the words of the description suggest."""
    return max((w.of(d.source(w.sheet)) for d in warm_starts(w.sheet)), default=sparse(w, seed))


def evolved(w: World, seed: int, *, rounds: int = ROUNDS) -> float:
    """The best after some rounds of evolution that see the score."""
    history: list[Scored] = []
    for r in range(rounds):
        made = propose(history, SIZE, w.sheet, np.random.default_rng([seed, r]))
        history += [Scored(d, w.of(d.source(w.sheet))) for d in made]
    return max(h.score for h in history)


def drawn(w: World, seed: int, *, count: int = ROUNDS * SIZE) -> float:
    """The best of as many programs drawn at random from the same grammar."""
    rng = np.random.default_rng([seed, 99])
    return max(w.of(draw(w.sheet, rng).source(w.sheet)) for _ in range(count))


def icpl(w: World, seed: int, *, judge: Judge) -> float:
    """The last incumbent of a judge, with the grammar in the place of a language model."""

    def train(rewards: Sequence[Reward]) -> list[Trained]:
        scores = [w.score(w.batch.reward + np.asarray(r(w.batch))) for r in rewards]
        return [Trained(s, s, ((1, s),)) for s in scores]

    ask = EvolutionAsk(w.sheet, seed)
    made = design_reward(
        ICPL(judge=judge), w.context, ask, train, w.batch, rounds=ROUNDS, size=SIZE, seed=seed,
        vet=partial(_compiled, w),
    )  # fmt: skip
    assert made.best is not None and made.best.trained is not None
    return made.best.trained.success


def _compiled(w: World, sources: Sequence[str], batch: Transitions) -> list[Any]:
    """Our own grammar needs no jail: the language is enough."""
    found = []
    for source in sources:
        try:
            Programmed(source, w.context.signature)(batch)
            problems: tuple[str, ...] = ()
        except RewardlabError as e:
            problems = (str(e),)
        found.append(SimpleNamespace(accepted=not problems, problems=problems, report={}, layers=()))
    return found


def _arm(side: str, setting: str, one: Any, seconds: float) -> Arm:
    return Arm(side, setting, each(partial(everywhere, one)), seconds)


def effects() -> list[Effect]:
    """Evolution against draws, and ICPL against lots."""
    many = f"{ROUNDS * SIZE} programs"
    alone, said = _arm("success alone", "", sparse, 0.1), _arm("words", "first designs", words, 0.3)
    random = _arm("random search", many, drawn, 0.5)
    evolution = _arm("evolution", many, evolved, 0.5)
    longer = f"{LONG * SIZE} programs"
    long = [
        _arm(f"random search, {longer}", longer, partial(drawn, count=LONG * SIZE), 2.0),
        _arm(f"evolution, {longer}", longer, partial(evolved, rounds=LONG), 2.0),
    ]
    claims = [Claim(f"{n}: better than as many random programs", n, "evolution", "random search") for n in WORLDS]
    claims += [
        Claim("on all four: better than as many random programs", "mean", "evolution", "random search"),
        *(
            Claim(f"with {longer}: better than as many random ones ({n})", n, long[1].side, long[0].side)
            for n in (*WORLDS, "mean")
        ),
        Claim("better than what the words alone suggest", "mean", "evolution", "words"),
        Claim("better than success alone", "mean", "evolution", "success alone"),
        Claim("random programs of the grammar beat success alone too", "mean", "random search", "success alone"),
    ]
    about = f"an agent that sees {SWEEPS} steps ahead, on {', '.join(WORLDS)}, which the grammar was not designed on"
    judged = [
        _arm("ICPL", "hidden score", partial(icpl, judge=by_score()), 1.0),
        _arm("ICPL by lots", "", partial(icpl, judge=placebo), 1.0),
        _arm("one random program", "", partial(drawn, count=1), 0.2),
        random,
        evolution,
    ]
    asked = [
        Claim("a judge who sees what agents do beats lots", "mean", "ICPL", "ICPL by lots"),
        Claim("at least 10 % above as many random programs", "mean", "ICPL", "random search", times=1.1),
        Claim("no worse than as many random programs", "mean", "ICPL", "random search"),
        Claim("at least 90 % of the loop that sees the score", "mean", "ICPL", "evolution", times=0.9),
        Claim(
            "lots: the incumbent is below the best of as many", "mean", "ICPL by lots", "random search", higher=False
        ),
    ]
    told = f"{ROUNDS} rounds of {SIZE} programs by the grammar; 2 choices a round; {about}"
    return [
        Effect("language_design_evolution", about, [alone, said, random, evolution, *long], claims),
        Effect("language_design_icpl", told, judged, asked),
    ]
