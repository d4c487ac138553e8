"""Skirmishes: do skills that adapt win, do messages, and how do learned values fare on as many battles?

    python -m rewardlab.benchmarks.skirmish --out src/rewardlab/benchmarks/evidence/skirmish.json

Each arm learns for so many battles, once for each seed, and is then judged on battles that are the same for all arms.
A library is fitted to battles of a script that sees the whole field. Told are the share won by each seed, their mean,
and its 95 % interval, for which seeds and then battles are drawn anew. A claim shows if the interval of the difference
lies above 0. The budget is printed first.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import tyro

import rewardlab  # noqa: F401  (registers the ids)
from rewardlab.agents import IQL, VDN, Compass
from rewardlab.agents.loops.rollout import Rollout
from rewardlab.agents.loops.units import Field, read
from rewardlab.agents.search.demonstrations import bootstrap
from rewardlab.agents.search.skills import BASIC, Skill, act
from rewardlab.benchmarks.measure import machine
from rewardlab.core.errors import BadOption
from rewardlab.core.files import write_atomic
from rewardlab.core.rng import Streams
from rewardlab.core.store import dumps
from rewardlab.envs.games import GridSkirmish

BATTLE = "rewardlab/GridSkirmish-v0"
FAR = {"team": 5, "enemies": 5, "radius": 2, "earshot": 2}  # five units that see and hear little
ALL = {**FAR, "radius": 12}  # and that see the whole field
HELD = 4  # steps for which a skill drawn by chance is followed
ROWS = 50  # battles side by side while learning
SPACING = 1_000_000  # between the seeds of rows that must not meet
PER_BATTLE = {"skills": 0.003, "skills of five": 0.006, "values": 0.0022}  # seconds of one core, measured
Policy = Callable[[np.ndarray], np.ndarray]


@dataclass
class Skirmish:
    """How many battles.

    Attributes:
        games: to judge each arm and seed by, at least 2.
        seeds: trainings of each arm, at least 1.
        episodes: battles of a training, at least 1.
        longer: how many times as many battles values learn from in the end, at least 1.
        only: beginnings of the names of arms, with semicolons between them; empty for all arms.
        out: a file for the result (JSON); empty for none.
    """

    games: int = 200
    seeds: int = 3
    episodes: int = 4000
    longer: int = 2
    only: str = ""
    out: str = ""


def won(policy: Policy, options: dict[str, Any], games: int, seed: int) -> np.ndarray:
    """[games] bool: which battles a policy of observations [n, ...] wins."""
    rollout = Rollout(gym.make_vec(BATTLE, num_envs=games, **options), where="skirmish")
    rollout.start(seed)
    over, victory = np.zeros(games, dtype=bool), np.zeros(games, dtype=bool)
    while not over.all():
        step = rollout.step(policy(rollout.obs))
        success = step.column("success")
        assert success is not None
        victory |= success & ~over
        over |= step.done
    return victory


def until(episodes: int) -> Callable[[dict[str, Any]], bool]:
    """A callback that ends training after so many battles."""
    count = 0

    def counted(told: dict[str, Any]) -> bool:
        nonlocal count
        count += int((told["step"].done & told["step"].live).sum())
        return count < episodes

    return counted


def taught(agent: Any, episodes: int) -> Any:
    """The agent after so many battles more."""
    return agent.learn(10**9, callback=until(episodes)) if episodes else agent


def demonstrated(seed: int, battles: int = 100, steps: int = 25) -> tuple[Skill, ...]:
    """Skills fitted to battles of a script that sees everything and focuses its fire."""
    rules, streams = GridSkirmish(), Streams(range(seed, seed + battles))
    streams.begin(slice(None))
    state, seen, done = rules.start(battles, streams), [], []
    for _ in range(steps):
        seen.append(rules.look(state))
        done.append(rules.script(state, own=True, weakest=True))
        state = rules.move(state, done[-1], streams)[0]
    return bootstrap(np.concatenate(seen), np.concatenate(done), Field(rules.team, rules.enemies), seed=seed)


def by_chance(skills: tuple[Skill, ...], seed: int) -> Policy:
    """Units that draw a skill every few steps."""
    rng, weights, field = np.random.default_rng(seed), np.array([s.weights for s in skills]), Field(3, 3)
    chosen, turn = np.zeros(0, dtype=np.int64), 0

    def policy(obs: np.ndarray) -> np.ndarray:
        nonlocal chosen, turn
        table = read(obs, field)
        if turn % HELD == 0:
            chosen = rng.integers(len(skills), size=len(table.me))
        turn += 1
        return act(weights[chosen], table, field).reshape(len(obs), -1)

    return policy


def best(agent: Any) -> Policy:
    """What an agent holds for best."""
    return lambda obs: agent.predict(obs, deterministic=True)[0]


def battles(**options: Any) -> Any:
    """Battles side by side, to learn in."""
    return gym.make_vec(BATTLE, num_envs=ROWS, **options)


def arms(options: Skirmish, seed: int) -> dict[str, np.ndarray]:
    """Arm -> [games] bool, for one seed."""
    base, judged = 3 * SPACING * seed, 3 * SPACING * seed + SPACING
    library = demonstrated(3 * SPACING * seed + 2 * SPACING)
    out: dict[str, np.ndarray] = {}

    def judge(name: str, policy: Callable[[], Policy], **where: Any) -> None:
        if name.startswith(tuple(options.only.split(";"))):
            out[name] = won(policy(), where, options.games, judged)

    def skilled(episodes: int, where: dict[str, Any], **held: Any) -> Policy:
        return best(taught(Compass(battles(**where), seed=base, **held), episodes))

    few = options.episodes // 4
    for name, skills in (("demonstrated", library), ("written by hand", BASIC)):
        judge(f"{name}, adaptive", partial(skilled, options.episodes, {}, skills=skills))
        judge(f"{name}, fixed", partial(skilled, 0, {}, skills=skills, adapt=False))
        judge(f"{name}, by chance", partial(by_chance, skills, base))
    seeing = cache(partial(skilled, few, ALL))
    for hops in (3, 1, 0):
        where = {**FAR, "hops": hops}
        one = partial(skilled, 0, where, skills=(BASIC[-1],), adapt=False)
        judge(f"sees little, one skill, hops {hops}", one, **where)
        judge(f"sees little, adaptive, hops {hops}", partial(skilled, few, where), **where)
        judge(f"sees all, adaptive, hops {hops}", seeing, **{**ALL, "hops": hops})
    more = options.episodes * (options.longer - 1)

    @cache
    def valued(method: Any) -> Any:
        return taught(method(battles(), seed=base), options.episodes)

    for method in (IQL, VDN):
        judge(f"{method.__name__}", partial(lambda m: best(valued(m)), method))
        judge(f"{method.__name__}, longer", partial(lambda m: best(taught(valued(m), more)), method))
    return out


CLAIMS = (
    ("demonstrated, adaptive", "demonstrated, fixed"),
    ("demonstrated, fixed", "demonstrated, by chance"),
    ("written by hand, adaptive", "written by hand, fixed"),
    ("written by hand, fixed", "written by hand, by chance"),
    ("sees little, one skill, hops 3", "sees little, one skill, hops 1"),
    ("sees little, one skill, hops 1", "sees little, one skill, hops 0"),
    ("sees little, adaptive, hops 3", "sees little, adaptive, hops 1"),
    ("sees little, adaptive, hops 1", "sees little, adaptive, hops 0"),
    ("sees all, adaptive, hops 3", "sees all, adaptive, hops 0"),
    ("demonstrated, adaptive", "VDN"),
    ("demonstrated, adaptive", "VDN, longer"),
    ("VDN", "IQL"),
)
"""Pairs of arms, of which the first is said to win more often."""


def interval(first: np.ndarray, second: np.ndarray | None = None, draws: int = 4000) -> list[float]:
    """95 % interval of a mean of shares [seeds, games] bool, or of the difference of two on the same battles."""
    rng = np.random.default_rng(0)
    x = np.asarray(first, dtype=float) - (0.0 if second is None else second)
    seeds, games = x.shape
    means = np.empty(draws)
    for i in range(draws):
        rows = rng.integers(seeds, size=(seeds, 1))
        means[i] = x[rows, rng.integers(games, size=(seeds, games))].mean()
    return [round(float(np.quantile(means, q)), 4) for q in (0.025, 0.975)]


def budget(options: Skirmish) -> float:
    """Minutes of one core that all arms take, about."""
    skills, five = 2 * options.episodes, 4 * (options.episodes // 4)
    values = 2 * options.episodes * options.longer
    each = skills * PER_BATTLE["skills"] + five * PER_BATTLE["skills of five"] + values * PER_BATTLE["values"]
    return options.seeds * (each + 0.09 * options.games) / 60


def measure(options: Skirmish) -> dict[str, Any]:
    """All arms of all seeds, and what of the claims shows.

    Raises:
        BadOption: for a number that is too small.
    """
    for name, least in (("games", 2), ("seeds", 1), ("episodes", 1), ("longer", 1)):
        if getattr(options, name) < least:
            raise BadOption(f"{name}={getattr(options, name)!r}", where="skirmish", expected=f"at least {least}")
    began, threads = time.process_time(), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = [arms(options, seed) for seed in range(options.seeds)]
    finally:
        torch.set_num_threads(threads)
    all_of = {name: np.stack([one[name] for one in found]) for name in found[0]}
    shares = {
        name: {"seeds": x.mean(1).round(4).tolist(), "mean": round(float(x.mean()), 4), "interval": interval(x)}
        for name, x in all_of.items()
    }
    claims = []
    for one, other in (pair for pair in CLAIMS if set(pair) <= set(all_of)):
        low, high = interval(all_of[one], all_of[other])
        mean = round(shares[one]["mean"] - shares[other]["mean"], 4)
        claims.append({"more": one, "less": other, "difference": mean, "interval": [low, high], "shows": low > 0})
    asked = {k: getattr(options, k) for k in ("games", "seeds", "episodes", "longer")}
    asked |= {"only": options.only} if options.only else {}
    minutes = round((time.process_time() - began) / 60, 2)
    return {"options": asked, "won": shares, "claims": claims, "cpu_minutes": minutes, "machine": machine()}


def main(options: Skirmish) -> int:
    """Measure and tell; 0 if adaptation shows on the demonstrated library."""
    sys.stderr.write(f"{'at most' if options.only else 'about'} {budget(options):.1f} minutes of one core\n")
    found = measure(options)
    sys.stdout.write(dumps(found) + "\n")
    if options.out:
        write_atomic(options.out, dumps(found) + "\n")
    return 0 if all(c["shows"] for c in found["claims"] if (c["more"], c["less"]) == CLAIMS[0]) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Skirmish)))
