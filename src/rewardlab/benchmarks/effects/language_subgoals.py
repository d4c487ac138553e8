"""Rewards from judged sub-goals in the key room: how right a taught judge is, and what wrong answers cost.

Source: Pignatelli, Ferret, Rocktäschel, Grefenstette, Paglieri, Coward, Toni, "Assessing the Zero-Shot Capabilities of
LLMs for Action Evaluation in RL", 2024.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.language_captions import BUDGET, SIZE, bar
from rewardlab.benchmarks.effects.language_rooms import GOALS, ListedRoom, learned
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards import CALM, Milestones, NoisyJudge, TextNetwork, verdict_scores
from rewardlab.rewards.language.judging import Item, Judge

RATES = ((0.0, 0.0), (0.02, 0.1), (0.1, 0.3))
TAUGHT = 2000
"""Labelled steps that the network of sub-goals is taught."""
JUDGED = tuple(f"judge with e0 = {e0:g}, e1 = {e1:g}" for e0, e1 in RATES)


def oracle(room: ListedRoom) -> Judge:
    """The truth of a room about (sub-goal, number of the step)."""
    place = {goal: k for k, goal in enumerate(GOALS)}

    def judge(items: Sequence[Item]) -> np.ndarray:
        rise = room.risen(np.array([int(step) for _, step in items]))
        return rise[np.arange(len(items)), [place[goal] for goal, _ in items]].astype(np.float64)

    return judge


def numbered(batch: Transitions) -> np.ndarray:
    """Steps by their numbers, as text: what the oracle reads."""
    return np.asarray(batch.info["step"]).astype(str).astype(object)


def lessons(
    levels: Sequence[int], count: int, rng: np.random.Generator, *, full: bool
) -> tuple[list[Item], np.ndarray]:
    """Steps of some levels in words, with labels: every third one achieves something, others are drawn."""
    items: list[Item] = []
    labels: list[float] = []
    goals = list(GOALS)
    for level in levels:
        room = ListedRoom(size=SIZE, level=level)
        every = np.arange((room.mdp.num_states - 1) * room.actions)
        rise = room.risen(every)
        share = count // (3 * len(levels)) + 1
        for k, goal in enumerate(goals):
            good = rng.choice(np.flatnonzero(rise[:, k]), share // 3)
            step = np.concatenate([good, rng.choice(every, share - len(good))])
            items += [(goal, text) for text in room.told(step, full=full)]
            labels += rise[step, k].tolist()
    return items[:count], np.array(labels[:count], dtype=np.float64)


def taught(seed: int, *, full: bool = False) -> TextNetwork:
    """A network of sub-goals, taught labelled steps of eight levels that are not among those below 1000."""
    rng = np.random.default_rng([seed, 1])
    network = TextNetwork(texts=2, epochs=20, seed=seed)
    network.fit(*lessons(range(1000 + 8 * seed, 1008 + 8 * seed), TAUGHT, rng, full=full))
    return network


def verified(seed: int, *, full: bool) -> Measured:
    """Scores of the network on levels that it has not seen."""
    network = taught(seed, full=full)
    items, labels = lessons([seed, 100 + seed], 600, np.random.default_rng([seed, 2]), full=full)
    return {k: v for k, v in verdict_scores(network, items, labels).items() if k in ("f1", "precision", "recall")}


def shaped(seed: int, *, side: str, steps: int = BUDGET, size: int = SIZE) -> Measured:
    """Q-learning with sub-goals, judged or known, on a level of its own."""
    room = ListedRoom(size=size, level=seed)
    reward: Reward = Task()
    if side == "flags of the designer":
        reward = Task() + Milestones({"subgoal": 0.1})
    elif side == "taught network":
        network = taught(seed)
        told: dict[str, str] = {}

        def judge(items: Sequence[Item]) -> np.ndarray:
            fresh = sorted({int(step) for _, step in items if step not in told})
            told.update(zip(map(str, fresh), room.told(np.array(fresh, dtype=np.int64)) if fresh else (), strict=True))
            return network([(goal, told[step]) for goal, step in items])

        reward = Task() + CALM(tuple(GOALS), judge, numbered)
    elif side != "task alone":
        e0, e1 = RATES[JUDGED.index(side)]
        reward = Task() + CALM(tuple(GOALS), NoisyJudge(oracle(room), e0, e1, seed), numbered)
    return learned(room, reward, seed, steps=steps)


def effects() -> list[Effect]:
    """How right judges are, and what agents learn from them."""
    return [_verdicts(), _sub_goals()]


def _verdicts() -> Effect:
    arms = [
        Arm(f"network, {kind}", f"{TAUGHT} labelled steps", each(partial(verified, full=full)), 12.0)
        for kind, full in (("own view", False), ("whole level", True))
    ]
    claims = [Claim(f"F1 of at least 0.9 on new levels: {arm.side}", "f1", arm.side, "the bar 0.9") for arm in arms]
    about = "steps in words and letters, judged against the simulator's flags on levels that were not taught"
    return Effect("language_captions_verdicts", about, [*arms, bar(0.9, "f1")], claims)


def _sub_goals() -> Effect:
    sides = ("task alone", "flags of the designer", *JUDGED, "taught network")
    arms = [Arm(side, "bonus 0.1", each(partial(shaped, side=side)), 8.0) for side in sides]
    took, right = "episodes_to_90", JUDGED[0]
    claims = [
        Claim("a right judge halves the episodes to 90 % success", took, right, "task alone", False, 0.5),
        Claim("e0 = 0.02 takes more episodes than a right judge", took, right, JUDGED[1], False),
        Claim("and e0 = 0.1 more still", took, JUDGED[1], JUDGED[2], False),
        Claim("a taught network halves them too", took, "taught network", "task alone", False, 0.5),
        Claim(
            "a right judge does as the designer's flags, within 10 %", took, right, "flags of the designer", False, 1.1
        ),
    ]
    about = (
        f"Q-learning for {BUDGET} steps on a key room of {SIZE} x {SIZE}, another level for each seed; episodes until "
        "50 in a row have succeeded in 90 %, all that were played if that never came"
    )
    return Effect("language_captions_calm", about, arms, claims)
