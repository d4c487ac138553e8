"""Rewards from captions in the key room: what they help, and what wrong or missing labels cost.

Source: Zheng, Henaff, Zhang, Grover, Amos, "Online Intrinsic Rewards for Decision Making Agents from Large Language
Model Feedback", 2024.
"""

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from scipy.stats import spearmanr

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.language_rooms import ListedRoom, learned
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task
from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.rewards import (
    ClockedAnnotator,
    CountBonus,
    NoisyJudge,
    ONIClassification,
    ONIRanking,
    ONIRetrieval,
    ScoreJudge,
    TextNetwork,
)
from rewardlab.rewards.language.judging import Judge

SIZE, BUDGET = 7, 40_000
LABELS = 10.0
"""Captions that are labelled in 1000 steps."""
VALUE = {captions.TOOK: 1.0, captions.UNLOCKED: 2.0, captions.REACHED: 3.0}
WORTH = {
    text: VALUE.get(event, 0.0)
    for table in (captions.PHRASES, captions.HELD_OUT)
    for event, phrases in enumerate(table)
    for text in phrases
}
"""What a perfect judge thinks of captions: what takes one nearer to the chest, the nearer the more."""


def _annotator(judge: Judge | None = None, per_1k: float = LABELS) -> ClockedAnnotator:
    return ClockedAnnotator(ScoreJudge(WORTH) if judge is None else judge, per_1k=per_1k)


BONUSES: dict[str, Callable[[ClockedAnnotator, int], Reward]] = {
    "task alone": lambda labels, seed: Task(),
    "count bonus": lambda labels, seed: Task() + 0.01 * CountBonus(),
    "retrieval": lambda labels, seed: Task() + 0.4 * ONIRetrieval(labels),
    "retrieval, all labelled at once": lambda labels, seed: Task() + 0.4 * ONIRetrieval(labels),
    "retrieval, 20 % wrong labels": lambda labels, seed: Task() + 0.4 * ONIRetrieval(labels),
    "retrieval, three phrases for an event": lambda labels, seed: Task() + 0.4 * ONIRetrieval(labels),
    "classification": lambda labels, seed: (
        Task() + 0.4 * ONIClassification(labels, network=TextNetwork(epochs=20, seed=seed))
    ),
    "ranking": lambda labels, seed: (
        Task() + 0.4 * ONIRanking(labels, network=TextNetwork(epochs=10, seed=seed), seed=seed)
    ),
}


def explored(seed: int, *, side: str, steps: int = BUDGET, size: int = SIZE) -> Measured:
    """Q-learning with a bonus on a level of its own, and how many labels it took."""
    judge = NoisyJudge(ScoreJudge(WORTH), 0.2, 0.2, seed) if "wrong" in side else None
    labels = _annotator(judge, 1e9 if "at once" in side else LABELS)
    room = ListedRoom(size=size, level=seed, varied="three phrases" in side)
    found = learned(room, BONUSES[side](labels, seed), seed, steps=steps)
    return {**found, "asked_per_1k": 1000 * labels.asked / steps}


# -- captions that nobody labelled -------------------------------------------------------------------------------------


def sentences() -> dict[str, float]:
    """Captions in other words: frames, verbs and things joined; 1 where the key is got or the door opens."""
    frames = ("You {}.", "With some effort you {}.", "Now you {}.", "At last you {}.")
    got = itertools.product(("take", "pick up", "grab", "lift"), ("the key", "the yellow key", "the small key"))
    opened = itertools.product(("unlock", "open", "push open"), ("the door", "the yellow door", "the heavy door"))
    lost = itertools.product(("drop", "put down", "lose", "look at"), ("the key", "the yellow key", "the small key"))
    shut = itertools.product(("close", "shut", "knock at"), ("the door", "the yellow door", "the heavy door"))
    out = {}
    for pairs, label in ((got, 1.0), (opened, 1.0), (lost, 0.0), (shut, 0.0)):
        for (verb, thing), frame in itertools.product(pairs, frames):
            out[frame.format(f"{verb} {thing}")] = label
    return out


def foretold(seed: int, *, side: str) -> Measured:
    """What rewards make of unlabelled captions: half of the joined ones, and the room's held-out phrases."""
    rng, texts = np.random.default_rng(seed), sentences()
    order = [list(texts)[k] for k in rng.permutation(len(texts))]
    known, others = order[: len(order) // 2], order[len(order) // 2 :]
    spoken = [t for phrases in captions.PHRASES for t in phrases]
    held = [t for phrases in captions.HELD_OUT for t in phrases]
    out: Measured = {}
    for name, lesson, asked in (("joined", known, others), ("room", spoken, held)):
        judge = ScoreJudge(texts if name == "joined" else WORTH)
        labels = _annotator(judge, 1e9)
        network = ONIClassification(labels, network=TextNetwork(seed=seed))
        reward = ONIRetrieval(labels) if side == "table" else network
        reward.update(_said(lesson))
        truth = judge([(t,) for t in asked]) > 0.5
        said = reward.worth(asked) > 0
        scores = {f"{name}_accuracy": float((said == truth).mean()), f"{name}_fires": float(said[truth].mean())}
        out = {**out, **scores}
    return out


def _said(texts: Sequence[str]) -> Transitions:
    told = np.array(texts, dtype=object)
    zero, no = np.zeros(len(told)), np.zeros(len(told), dtype=bool)
    return Transitions(zero, zero, zero, zero, no, no, {"caption": told})


def graded(seed: int, *, steps: int = 6000) -> Measured:
    """Spearman's correlation of the ranking's scores with nearness to the chest, over eventful steps."""
    room, rng = ListedRoom(size=SIZE, level=seed, varied=True), np.random.default_rng(seed)
    reward = ONIRanking(_annotator(per_1k=40.0), network=TextNetwork(seed=seed), seed=seed)
    at, said, near, away = room.begin, [], [], room.to_go
    for t in range(steps):
        ways = away[room.after[at]] + ~room.ended[at] * 0.0
        best = rng.random() < 0.5
        action = int(np.where(room.ended[at], -1.0, ways).argmin()) if best else int(rng.integers(room.actions))
        event, after = int(room.event[at, action]), int(room.after[at, action])
        text = str(room._captions(np.array([event]), np.array([t]), room.distractors)[0])
        said.append(text)
        if event not in captions.QUIET:
            near.append((len(said) - 1, -float(away[after]) if not room.ended[at, action] else 0.0))
        at = room.begin if room.ended[at, action] or (t + 1) % 200 == 0 else after
        if len(said) % 200 == 0:
            reward.update(_said(said[-200:]))
    late = [(k, d) for k, d in near if k >= steps // 2]
    score = reward.network.scores([(said[k],) for k, _ in late])
    return {"spearman": float(spearmanr(score, [d for _, d in late]).statistic)}


# -- what is claimed ---------------------------------------------------------------------------------------------------


def effects() -> list[Effect]:
    """Paraphrases, grades, and captions that are explored by."""
    return [_paraphrases(), _grades(), _captions()]


def bar(value: float, *names: str) -> Arm:
    """What a claim is held against: the same number for each seed."""
    return Arm(f"the bar {value:g}", "", each(lambda seed: dict.fromkeys(names, value)), 0.0)


def _captions() -> Effect:
    setting = {"task alone": "no bonus", "count bonus": "beta 0.01, not tuned"}
    arms = [
        Arm(side, setting.get(side, "weight 0.4, exponent 3"), each(partial(explored, side=side)), 8.0)
        for side in BONUSES
    ]
    bars = [bar(v, "success", "asked_per_1k") for v in (0.1, 0.8, 5.0)]
    success = "success"
    claims = [
        Claim("without a bonus it succeeds in less than 10 %", success, "task alone", "the bar 0.1", False),
        *(
            Claim(f"{side}: success in more than 80 %", success, side, "the bar 0.8")
            for side in ("retrieval", "classification", "ranking", "retrieval, three phrases for an event")
        ),
        Claim("more than with a count bonus", success, "retrieval", "count bonus"),
        Claim("20 % wrong labels leave more than half of the success", success, "retrieval, 20 % wrong labels",
              "retrieval", True, 0.5),
        Claim("as good as labels at once", success, "retrieval", "retrieval, all labelled at once", True, 0.95),
        Claim("fewer than 5 labels in 1000 steps", "asked_per_1k", "retrieval", "the bar 5", False),
    ]  # fmt: skip
    about = (
        f"Q-learning for {BUDGET} steps on a key room of {SIZE} x {SIZE}, another level for each seed; a judge by "
        f"rules labels {LABELS:g} captions in 1000 steps; success in the last fifth of the steps. "
        "An event has one phrase unless said; phrasing, what the judge calls helpful and the quantile of the ranking "
        "were chosen in trials of 50,000 to 80,000 steps on levels 0 and 1, which are among these"
    )
    return Effect("language_captions_oni", about, [*arms, *bars], claims)


def _paraphrases() -> Effect:
    arms = [
        Arm(side, "eta 0.5, 1024 features", each(partial(foretold, side=side)), 3.0) for side in ("table", "network")
    ]
    names = ("joined_accuracy", "joined_fires", "room_accuracy", "room_fires")
    bars = [bar(v, *names) for v in (0.9, 0.01)]
    claims = [
        Claim("new joins of known words: right in at least 90 %", "joined_accuracy", "network", "the bar 0.9"),
        Claim("where a table never pays", "joined_fires", "table", "the bar 0.01", False),
        Claim("words that were never heard: right in at least 90 %", "room_accuracy", "network", "the bar 0.9"),
        Claim("words that were never heard: it pays more often than a table", "room_fires", "network", "table"),
    ]
    about = (
        "captions that nobody labelled: half of 168 joined of frames, verbs and things after the other half; and the "
        "key room's held-out phrases, other words for the same, after its phrases"
    )
    return Effect("language_captions_paraphrases", about, [*arms, *bars], claims)


def _grades() -> Effect:
    arms = [Arm("ranking", "40 comparisons in 1000 steps", each(graded), 6.0), bar(0.5, "spearman")]
    claims = [Claim("scores follow the nearness of the chest", "spearman", "ranking", "the bar 0.5")]
    about = "captions of half random play, compared by a judge; correlation of scores and nearness over eventful steps"
    return Effect("language_captions_ranking", about, arms, claims)
