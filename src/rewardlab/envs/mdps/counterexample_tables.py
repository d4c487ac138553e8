"""Tables of counterexamples: the smallest processes that tell two ways of paying apart, with their numbers.

Each function returns a `Table`: a process with its horizon, the rewards under which it is looked at, and what is known
of them. What is known is asserted by exact solution in the tests.
"""

import itertools
from typing import Any

import numpy as np

from rewardlab.envs.mdps.sketch import Sketch, Table


def half_half(peak: float = 0.5) -> Table:
    """One state, two actions: an ordering with its best policy in the middle is no Markov reward's."""
    sketch = Sketch(["state"], 2)
    R = np.array([[1.0, 0.0]])
    return Table(
        sketch.build(R, gamma=0.5), {"first": R, "second": 1 - R}, "first", {"peak": peak}, None, ("state",),
        "Any reward makes the return linear in how often the first action is taken, so that no mixture is best alone.",
    )  # fmt: skip


def alternate(gamma: float = 0.5) -> Table:
    """Pay each action that differs from the last one: the table remembers it, its one-state shadow cannot."""
    sketch = Sketch(["began", "was 0", "was 1"], 2)
    for s in sketch.names:
        for a in range(2):
            sketch.add(s, a, (1.0, f"was {a}"))
    R = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    return Table(
        sketch.build(R, gamma=gamma), {"changes": R}, "changes",
        {"optimum": gamma / (1 - gamma), "of a mixture p, over p (1 - p)": 2 * gamma / (1 - gamma)}, None,
        tuple(sketch.names),
        "With a memory of one action a mixture p is worth 2 p (1 - p) a step; without, no reward ranks 1/2 first.",
    )  # fmt: skip


def eventually(p: float = 0.1, gamma: float = 0.9) -> Table:
    """Reach the goal some day: certain for every p > 0, while every discounted value falls to 0 with p."""
    sketch = Sketch(["here", "goal"], 2)
    sketch.add("here", 1, (1.0 - p, "here"), (p, "goal"))
    R = np.zeros((2, 2, 2))
    R[0, 1, 1] = 1.0
    known = {"discounted": p / (1 - gamma * (1 - p)), "surely": float(p > 0)}
    return Table(
        sketch.build(R, gamma=gamma, ends=("goal",)), {"arrival": R}, "arrival", known, None, ("here", "goal"),
        "The probability to arrive jumps from 0 to 1 at p = 0; a discounted value is continuous there.",
    )  # fmt: skip


def transient(early: float = 1.0, gamma: float = 0.9) -> Table:
    """A first step that pays once, then one loop for all: the average forgets it, the discounted sum does not."""
    sketch = Sketch(["start", "loop"], 2)
    for s in sketch.names:
        for a in range(2):
            sketch.add(s, a, (1.0, "loop"))
    R = np.array([[0.0, early], [0.5, 0.5]])
    known = {"gain": 0.5, "discounted": early + gamma * 0.5 / (1 - gamma), "lost": early}
    return Table(
        sketch.build(R, gamma=gamma), {"pay": R}, "pay", known, None, tuple(sketch.names),
        "Both first actions have the same long-run average; every discounted value prefers the one that pays.",
    )  # fmt: skip


def liked_queries(turns: int = 8, liked: float = 0.9, hop: float = 0.2, final: float = 0.9) -> Table:
    """Eight turns with a judge who likes repeated queries: what he is paid for solving against not solving."""
    names = [f"turn {t}, {h} hops" for t in range(turns + 1) for h in range(3)] + ["solved", "failed"]
    sketch = Sketch(names, 3)
    S = len(names)
    solved, failed = S - 2, S - 1
    raw, outcome, normed = np.zeros((3, S, 3, S))
    for t in range(turns):
        for h in range(3):
            s = t * 3 + h
            for action, score in enumerate((liked, hop, final)):
                hops = min(h + (action == 1), 2)
                over = action == 2
                after = (solved if h == 2 else failed) if over else failed if t == turns - 1 else (t + 1) * 3 + hops
                judged = score if action != 1 or h < 2 else 0.0  # a hop too many is worth nothing
                win = 1.0 if after == solved else 0.0
                sketch.edges[s, action] = [(1.0, after)]
                raw[s, action, after] = judged + win
                outcome[s, action, after] = win
                # r_p + r_o − 1 for every turn; the outcome of all turns is paid when it is known
                normed[s, action, after] = judged - 1.0 + win * (t + 1)
    for h in range(3):
        for action in range(3):
            sketch.edges[turns * 3 + h, action] = [(1.0, failed)]
    fail = turns * liked
    solve = (turns - 3) * liked + 2 * hop + final
    known = {"raw, failed": fail, "raw, solved": solve + 1, "normed, failed": fail - turns, "normed, solved": solve}
    return Table(
        sketch.build(raw, gamma=1.0, ends=("solved", "failed")),
        {"raw": raw, "normed": normed, "outcome": outcome}, "outcome", known, None, tuple(names),
        "Scores and outcome added up pay 7.2 for never hopping and 6.8 for solving; normalised, -0.8 against 5.8.",
    )  # fmt: skip


def filler_calls(horizon: int = 20, filler: float = 0.2, needed: int = 6, success: float = 0.8) -> Table:
    """Calls that are paid for being valid: stalling for ever against solving with success at the end."""
    names = [f"call {t}, {k} done, {f} fillers" for t in range(horizon + 1) for k in range(needed + 1) for f in [t - k]]
    names = [n for n in names if not n.split(", ")[2].startswith("-")] + ["solved", "failed"]
    place = {n: i for i, n in enumerate(names)}
    S = len(names)
    direct, gated, outcome = np.zeros((3, S, 2, S))
    sketch = Sketch(names, 2)
    for name in names[:-2]:
        t, k, f = (int("".join(c for c in part if c.isdigit())) for part in name.split(", "))
        for action in range(2):  # a filler, or a step of the solution
            step = action == 1 and k < needed
            k2, f2 = (k + 1, f) if step else (k, f + 1)
            pay = 0.0 if step else filler
            if t >= horizon:
                branches = [(1.0, place["failed"])]
            elif t + 1 == horizon:
                win = success if k2 == needed else 0.0
                branches = [(p, place[e]) for p, e in ((win, "solved"), (1 - win, "failed")) if p]
            else:
                branches = [(1.0, place[f"call {t + 1}, {k2} done, {f2} fillers"])]
            sketch.edges[place[name], action] = branches
            for _, after in branches:
                won = after == place["solved"]
                direct[place[name], action, after] = (pay if t < horizon else 0.0) + won
                outcome[place[name], action, after] = won
                gated[place[name], action, after] = (1.0 + filler * f2) * won  # the gate opens: all is paid back
    stall, solve = horizon * filler, (horizon - needed) * filler + success
    known = {"direct, stalling": stall, "direct, solving": solve, "gated": success * (1 + (horizon - needed) * filler)}
    return Table(
        sketch.build(direct, gamma=1.0, ends=("solved", "failed")),
        {"direct": direct, "gated": gated, "outcome": outcome}, "outcome", known, None, tuple(names),
        "Added up, stalling pays 4.0 and solving at most 3.6; behind a gate on success 3.04 against 0.",
    )  # fmt: skip


def restate(steps: int = 3, score: float = 0.8, again: float = 0.9, gamma: float = 0.99) -> Table:
    """A step that restates the line before is scored well: the sum of scores is earned by never ending."""
    names = [f"{k} steps" for k in range(steps)] + ["solved"]
    sketch = Sketch(names, 2)
    S = len(names)
    raw, clip, outcome = np.zeros((3, S, 2))
    for k in range(steps):
        sketch.edges[k, 1] = [(1.0, k + 1)]
        win = float(k == steps - 1)
        raw[k] = again, score + win
        clip[k] = min(again - again, 0.0), min(score - again, 0.0) + win
        outcome[k] = 0.0, win
    solving = sum(gamma**k * score for k in range(steps)) + gamma ** (steps - 1)
    clipped = sum(gamma**k * (score - again) for k in range(steps)) + gamma ** (steps - 1)
    known = {"raw, for ever": again / (1 - gamma), "raw, solving": solving, "clipped": clipped}
    return Table(
        sketch.build(raw, gamma=gamma, ends=("solved",)), {"raw": raw, "clipped": clip, "outcome": outcome}, "outcome",
        known, None, tuple(names),
        "The sum of scores restates for ever; with scores clipped at that of a restated line the solution is best.",
    )  # fmt: skip


def two_routes(weight: float = 2.0, gamma: float = 0.9) -> Table:
    """A short way whose progress shows at the end, a long way that shows it at once: undiscounted progress flips."""
    names = ["fork", *[f"short {k}" for k in (1, 2)], *[f"long {k}" for k in range(1, 8)], "goal"]
    sketch = Sketch(names, 2)
    phi = dict.fromkeys(names, 0.0) | {f"long {k}": 0.9 for k in range(1, 8)} | {"goal": 1.0}
    ways = (["fork", "short 1", "short 2", "goal"], ["fork", *[f"long {k}" for k in range(1, 8)], "goal"])
    for way, action in zip(ways, (0, 1), strict=True):
        for here, there in itertools.pairwise(way):
            for a in range(2) if here != "fork" else (action,):
                sketch.add(here, a, (1.0, there))
    S = len(names)
    goal, progress, potential = np.zeros((3, S, 2, S))
    value = np.array([phi[n] for n in names])
    goal[:, :, -1] = 1.0
    goal[-1] = 0.0
    progress[:] = goal + weight * (value - value[:, None])[:, None]
    ended = value * (np.arange(S) < S - 1)  # the potential of the end is 0
    potential[:] = goal + weight * (gamma * ended - value[:, None])[:, None]
    flips = (gamma**2 - gamma**7) / (0.9 + 0.1 * gamma**7 - gamma**2)
    known = {"flips at": flips, "short": gamma**2, "long": gamma**7}
    return Table(
        sketch.build(progress, gamma=gamma, ends=("goal",)),
        {"progress": progress, "potential": potential, "goal": goal}, "goal", known, None, tuple(names),
        "Progress without a discount prefers the way of 8 steps to that of 3 once its weight passes 2.41; as a "
        "difference of discounted potentials it never does.",
    )  # fmt: skip


def lottery(win: float = 1.0, lose: float = -10.0, chance: float = 0.5) -> Table:
    """A sure nothing or a gamble: sums of realised pays rank the outcomes alike whatever it costs to lose."""
    sketch = Sketch(["choice", "won", "lost", "sure"], 2)
    sketch.add("choice", 0, (1.0, "sure"))
    sketch.add("choice", 1, (chance, "won"), (1 - chance, "lost"))
    dear, cheap = np.zeros((2, 4, 2, 4))
    for R, loss in ((dear, lose), (cheap, -0.5)):
        R[0, 1, 1], R[0, 1, 2] = win, loss
    pays = {"dear": dear, "cheap": cheap}
    known = {"dear": chance * win + (1 - chance) * lose, "cheap": chance * win - (1 - chance) * 0.5}
    return Table(
        sketch.build(dear, gamma=1.0, ends=("won", "lost", "sure")), pays, "dear", known, None,
        tuple(sketch.names),
        "Won, sure and lost are ranked alike by both rewards; the best choice is to refuse one and to take the other.",
    )  # fmt: skip


def constant_shift(shift: float = 2.0, gamma: float = 0.9) -> Table:
    """A constant on every step: comparisons of equally long segments do not see it, the best policy does."""
    sketch = Sketch(["room", "out"], 2)
    sketch.add("room", 1, (1.0, "out"))
    R = np.full((2, 2), -1.0)
    known = {"out": -1.0, "for ever": (shift - 1.0) / (1 - gamma), "flips at": 1.0}
    return Table(
        sketch.build(R, gamma=gamma, ends=("out",)), {"plain": R, "shifted": R + shift}, "plain", known, None,
        tuple(sketch.names),
        "Every step costs 1 and leaving is best; with a constant above 1 added, staying for ever is.",
    )  # fmt: skip


def grasp_or_skip(
    grasp: int = 2, length: int = 8, late: float = 0.6, carried: float = 0.1, gamma: float = 0.9
) -> Table:
    """Grasp first, or walk past and match what comes later: which looks better turns with the discount."""
    names = ["start", *[f"{way} {t}" for way in ("grasp", "skip") for t in range(1, length)], "end"]
    sketch = Sketch(names, 2)
    S = len(names)
    match, true = np.zeros((2, S, 2))
    for action, way in enumerate(("skip", "grasp")):
        line = ["start", *[f"{way} {t}" for t in range(1, length)], "end"]
        for t in range(length):
            for a in range(2) if t else (action,):
                sketch.add(line[t], a, (1.0, line[t + 1]))
                early = t < grasp
                pay = float(early) if way == "grasp" else late * (not early)
                match[sketch.names.index(line[t]), a] = pay if way == "skip" or early else late * carried
                true[sketch.names.index(line[t]), a] = float(way == "grasp" and t == length - 1) * carried
    known = {"flips at": _root(lambda g: _gap(g, grasp, length, late, carried))}
    return Table(
        sketch.build(match, gamma=gamma, ends=("end",)), {"match": match, "true": true}, "true", known, None,
        tuple(names),
        "While carrying mostly fails, a patient learner skips the grasp to match the later part; below a discount that "
        "is known it grasps.",
    )  # fmt: skip


def _gap(gamma: float, grasp: int, length: int, late: float, carried: float) -> float:
    """What grasping is ahead of skipping."""
    early = sum(gamma**t for t in range(grasp))
    return early - late * (1 - carried) * sum(gamma**t for t in range(grasp, length))


def _root(function: Any) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, 0.0, 1.0)) if function(1.0) < 0 else 1.0


TABLES = {
    f.__name__: f
    for f in (
        alternate, constant_shift, eventually, filler_calls, grasp_or_skip, half_half, liked_queries, lottery, restate,
        transient, two_routes,
    )
}  # fmt: skip
"""Name -> the function that makes the table."""
