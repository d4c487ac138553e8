"""Rewards from pictures and sentences: how far they are from the truth, and what a planner makes of them.

    d(R_α) = EPIC distance of R_α to the predicate on states that chose nothing;  α from 0.25 to 1, chosen on others

Encoders of three sizes learn from pictures with captions of a grammar that never says the goal; a random one is the
largest size without lessons. Of pays that depend on the state alone, EPIC is Pearson's distance.

Source: Rocamonde, Montesinos, Nava, Perez, Lindner, "Vision-Language Models are Zero-Shot Reward Models for
Reinforcement Learning", ICLR 2024, Sections 4.3 and 4.4, Figures 3 and 4.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.language_vision_scenes import SIDE, CartPole, MountainCar, Pay, Room
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.contrastive_encoder import SIZES, ContrastiveEncoder, words_of
from rewardlab.rewards.language.vlm_rm import ALPHAS, VlmReward, choose_alpha
from rewardlab.rewards.metrics.epic import epic_sampled

RANDOM = "random encoder"
SIDES = {"encoder S": "S", "encoder M": "M", "encoder L": "L", RANDOM: ""}
LESSONS, STEPS, BATCH = 1000, 180, 32
"""Pictures that an encoder is taught by, its steps, and the pictures of one step."""
LABELLED = 200
"""States whose labels choose α, and as many on which the distance is measured."""


def states_only(x: np.ndarray) -> Transitions:
    """Steps [B] that come to the states x [B, ...] from themselves."""
    flags = np.zeros(len(x), dtype=bool)
    return Transitions(x, np.zeros(len(x)), np.zeros(len(x)), x, flags, flags)


@cache
def taught_by(scene: Any, seed: int, lessons: int) -> tuple[np.ndarray, list[str]]:
    """Pictures [lessons, SIDE, SIDE, 3] and their captions."""
    rng = np.random.default_rng([seed, 1])
    x = scene.states(lessons, rng)
    return scene.draw(x), scene.captions(x, rng)


@cache
def encoder(scene: Any, size: str, seed: int, lessons: int = LESSONS, steps: int = STEPS) -> ContrastiveEncoder:
    """One of a size, taught by pictures of a scene; for "" the largest, untaught."""
    pictures, captions = taught_by(scene, seed, lessons)
    made = ContrastiveEncoder(words_of([*captions, scene.baseline]), side=SIDE, size=SIZES[size or "L"], seed=seed)
    if size:
        made.fit(pictures, captions, steps=steps, batch=BATCH)
    return made


@cache
def reward(scene: Any, size: str, seed: int) -> VlmReward:
    """R_0 of that encoder; `with_alpha` gives the others."""
    view = partial(_seen, scene)
    return VlmReward(encoder(scene, size, seed), scene.goal, scene.baseline, view=view)


def _seen(scene: Any, batch: Transitions) -> np.ndarray:
    drawn: np.ndarray = scene.draw(np.asarray(batch.next_obs))
    return drawn


def distance(scene: Any, pay: Reward, seed: int, *, chooses: bool) -> float:
    """EPIC to the predicate, on the states that choose α or on the others."""
    x = scene.states(LABELLED, np.random.default_rng([seed, 2 if chooses else 3]))
    paid, label = paying(pay)(x), scene.label(x)
    batch = states_only(np.arange(len(x)))  # EPIC asks for pairs of all states: they are drawn once
    return epic_sampled(batch, lambda b: paid[b.next_obs], lambda b: label[b.next_obs], samples=batch, gamma=0.9)


@cache
def chosen(scene: Any, size: str, seed: int) -> VlmReward:
    """The best alpha above 0 by the labels."""
    by = partial(distance, scene, seed=seed, chooses=True)
    return choose_alpha(reward(scene, size, seed), by, alphas=ALPHAS[1:])[0]


def measured(scene: Any, size: str, seed: int) -> Measured:
    """One encoder: its distance, its alpha, and where there is a planner what that reaches."""
    best = chosen(scene, size, seed)
    out = {"distance": distance(scene, best, seed, chooses=False), "alpha": best.alpha}
    if hasattr(scene, "success"):
        out["success"] = scene.success(paying(best), seed)
    return out


def plain(scene: Any, seed: int) -> Measured:
    """The largest encoder without the baseline, α = 0."""
    return {"distance": distance(scene, reward(scene, "L", seed).with_alpha(0.0), seed, chooses=False)}


def truth(scene: Any, seed: int) -> Measured:
    """The predicate itself as the reward."""
    return {"success": scene.success(scene.label, seed), "distance": 0.0}


def paying(of: Reward) -> Pay:
    """A reward as a function of the states that were reached."""
    return lambda x: np.asarray(of(states_only(x)))


def correlation(scene: Any, seed: int) -> Measured:
    """Pearson's correlation of distance and success over all encoders and alphas 0, ½, 1; 0 where all succeed alike."""
    points = []
    for size in SIDES.values():
        for alpha in (0.0, 0.5, 1.0):
            one = reward(scene, size, seed).with_alpha(alpha)
            points.append((distance(scene, one, seed, chooses=False), scene.success(paying(one), seed)))
    far, reached = np.array(points).T
    return {"correlation": 0.0 if np.ptp(reached) == 0 else float(np.corrcoef(far, reached)[0, 1])}


def effects() -> list[Effect]:
    """One for each scene."""
    found = []
    for name, scene in (("cartpole", CartPole), ("mountain_car", MountainCar), ("room", Room)):
        planned = hasattr(scene, "success")
        arms = [
            Arm(side, "chosen alpha", each(partial(measured, scene, size)), seconds)
            for (side, size), seconds in zip(SIDES.items(), (4.0, 5.0, 9.0, 2.0), strict=True)
        ]
        arms.append(Arm("no baseline", "encoder L, alpha 0", each(partial(plain, scene)), 0.5))
        claims = [
            Claim("M is nearer to the truth than S", "distance", "encoder M", "encoder S", higher=False),
            Claim("L is nearer to the truth than M", "distance", "encoder L", "encoder M", higher=False),
            Claim("L is nearer to the truth than a random encoder", "distance", "encoder L", RANDOM, higher=False),
            Claim("an alpha above 0 is nearer than 0", "distance", "encoder L", "no baseline", higher=False),
        ]
        if planned:
            arms += [
                Arm("true reward", "the predicate", each(partial(truth, scene)), 0.5),
                Arm("all encoders", "distance and success", each(partial(correlation, scene)), 8.0),
                Arm("no relation", "exact", lambda seeds: iter([{"correlation": 0.0}]), 0.0),
            ]
            claims += [
                Claim("a planner on L succeeds more than on a random encoder", "success", "encoder L", RANDOM),
                Claim("L reaches 80 % of the true reward", "success", "encoder L", "true reward", times=0.8),
                Claim("the nearer, the more success", "correlation", "all encoders", "no relation", higher=False),
            ]
        about = f"Pictures of a {scene.name}, 48 x 48; goal: {scene.goal!r}, baseline: {scene.baseline!r}."
        found.append(Effect(f"language_vision_{name}", about, arms, claims))
    return found
