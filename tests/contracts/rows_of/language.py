"""Rows of the laws: rewards that language models write, judge or tune."""

from dataclasses import replace

import numpy as np
from contracts.row import Row, Walk, sample, steps
from gymnasium import spaces

from rewardlab.core.arrays import array
from rewardlab.core.sandbox import Signature
from rewardlab.rewards import (
    CALM,
    CALMPotential,
    ClockedAnnotator,
    CostTerms,
    DrivingCost,
    ONIClassification,
    ONIRanking,
    ONIRetrieval,
    Programmed,
    ScoreJudge,
    TextNetwork,
    VlmReward,
)
from rewardlab.rewards.language.bodies import Body
from rewardlab.rewards.language.cost_spec import Spec, Term
from rewardlab.rewards.language.driving import as_vector, defaults


def told(batch):
    """Steps in words, of columns that every world of the laws has."""
    stage, success, far = (array(batch.info[k]) for k in ("stage", "success", "distance"))
    out = np.empty(stage.shape, dtype=object)
    for i in np.ndindex(stage.shape):
        out[i] = f"stage {int(stage[i])}, {'done' if success[i] else 'not yet'}, {'far' if far[i] > 1 else 'near'}"
    return out


def helpful(text):
    """The judge of these words."""
    return float("done" in text) + 0.5 * float("near" in text) - 0.25 * float("stage 0" in text)


def named(items):
    """The judge of sub-goals that stand in these words."""
    return np.array([float(goal in text) for goal, text in items])


def annotator():
    """One that labels all that it sees."""
    return ClockedAnnotator(ScoreJudge(helpful), per_1k=10_000)


def network():
    """A small one."""
    return TextNetwork(width=64, hidden=(8,), epochs=5)


def oni():
    """The three rewards of ONI."""
    return {
        "ONIRetrieval": (
            Row(lambda: ONIRetrieval(annotator(), told), steps),
            Row(lambda: ONIRetrieval(annotator(), told, exponent=1.0, most=3), steps),
        ),
        "ONIClassification": (Row(lambda: ONIClassification(annotator(), told, network=network()), steps),),
        "ONIRanking": (Row(lambda: ONIRanking(annotator(), told, network=network()), steps, digits=1e-9),),
    }


def calm():
    """Both rewards of CALM."""
    goals = ("stage 1", "done", "near")
    return {
        "CALM": (Row(lambda: CALM(goals, named, told)), Row(lambda: CALM(goals[:1], named, told, bonus=2.0))),
        "CALMPotential": (Row(lambda: CALMPotential(goals, named, told)),),
    }


def walked(obs):
    """Two points of the plane, for the laws of costs."""
    return {
        "point walker": obs[..., :2],
        "point middle": 0 * obs[..., :2],
        "height": obs[..., 2],
        "speed": obs[..., 1:],
    }


def costs():
    """A cost of all kinds of terms."""
    body = Body("walk", walked, height=(-5.0, 5.0), points=("walker", "middle"))
    terms = (Term("effort", 0.0, 0.1), Term("rest", 0.5, 0.2), Term("height", 1.0, 2.0))
    near = Term("distance walker, middle", 0.0, 3.0, "smooth_abs")
    return {"CostTerms": (Row(lambda: CostTerms(Spec((*terms, near)), body), digits=1e-12),)}


class Drive(Walk):
    """A walk that shows as many numbers as a car does."""

    def __post_init__(self):
        super().__post_init__()
        self.observation_space = spaces.Box(-50.0, 50.0, (16,), np.float64)

    def look(self, state):
        return np.tile(super().look(state), 6)[:, :16]


def driven(rows, *, seed=0):
    """Steps of a car."""
    obs, after = np.random.default_rng(seed).uniform(-2, 2, (2, rows, 16))
    return replace(sample(rows, seed=seed), obs=obs, next_obs=after)


def driving():
    """A cost of driving."""
    theta = as_vector(defaults() | {"v_max": 1.0, "n_ref": 0.2})
    return {"DrivingCost": (Row(lambda: DrivingCost(theta), digits=1e-12, world=Drive, sample=driven),)}


def filmed(batch):
    """Small pictures of columns that every world of the laws has."""
    stage, success = (array(batch.info[k]).astype(np.int64) for k in ("stage", "success"))
    shades = np.stack([60 * stage, 90 + 80 * success, 200 - 50 * stage * success], axis=-1).astype(np.uint8)
    return np.broadcast_to(shades[..., None, None, :], (*stage.shape, 2, 2, 3))


def shades(items):
    """An encoder of colours, and of the vowels of texts."""
    if isinstance(items[0], str):
        return np.array([[text.count(c) + 0.5 for c in "aeo"] for text in items])
    return np.asarray(items).mean((1, 2)) + 1.0


def seen():
    """Likeness of pictures to a sentence, with and without a baseline."""
    return {
        "VlmReward": (
            Row(lambda: VlmReward(shades, "arrived at the gate", view=filmed)),
            Row(lambda: VlmReward(shades, "gone to the door", "a world", 0.5, view=filmed, kept=2)),
        )
    }


PROGRAM = """def reward(obs, action, next_obs, info):
    near = -abs(next_obs[0] - info["distance"])
    arrived = 2.0 if info["success"] else 0.0
    effort = -0.1 * (action > 1) * np.linalg.norm(obs[:2])
    return near + arrived + effort + 0.5, {"near": near, "arrived": arrived, "effort": effort}
"""


def programmed():
    """A program with terms that leave a rest, and one of a single number."""
    signature = Signature.of_batch(sample(4))
    return {
        "Programmed": (
            Row(lambda: Programmed(PROGRAM, signature), digits=1e-6),
            Row(lambda: Programmed("def reward(info):\n    return 0.5 * info['stage'] - info['cost']\n", signature)),
        )
    }


ROWS = {**oni(), **calm(), **costs(), **driving(), **programmed(), **seen()}
