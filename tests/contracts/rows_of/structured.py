"""Rows of the laws: rewards of structured answers."""

import functools
from dataclasses import dataclass

import numpy as np
from contracts.row import Row, Walk, height, sample, steps

from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Task
from rewardlab.rewards import CountBonus, Differentiated, Localisation, Potential, Routed, Scored

ANSWERS = (None, [], [[0.0, 0.0, 1.0, 1.0]], [[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 1.5, 1.5]])


def true_box(x):
    """[B, 4]: a unit box that stands a little beside the origin."""
    corner = 0.15 * np.tanh(np.asarray(x)[..., :2])
    return np.concatenate([corner, corner + 1.0], axis=-1)


@dataclass
class Picture(Walk):
    """The walk, with a box to be found in each step."""

    def move(self, state, action, rng):
        state, reward, ended, columns = super().move(state, action, rng)
        return state, reward, ended, {**columns, "boxes": true_box(state["x"])}


def pictures(rows: int, *, seed: int = 0) -> Transitions:
    """[rows] unrelated steps with boxes."""
    batch = sample(rows, seed=seed)
    return batch.paying(batch.reward, boxes=true_box(batch.next_obs))


def boxes_of(action):
    """An answer in boxes: none that parses, none, one or two."""
    return ANSWERS[int(action)]


def near(answer: int, distance: float) -> float:
    """A rule: how near the answer is to a distance."""
    return max(0.0, 1.0 - abs(int(answer) - float(distance)) / 4)


def late() -> list[Transitions]:
    """Lessons after which the thresholds have tightened."""
    return [pictures(12, seed=s) for s in (0, 1)]


WORLD = {"world": Picture, "sample": pictures}

ROWS = {
    "Differentiated": (
        Row(Differentiated),
        Row(lambda: Differentiated((-0.5, 0.5), (0.0, 0.1), steps=10), steps),
    ),
    "Localisation": (
        Row(functools.partial(Localisation, boxes_of), **WORLD),
        Row(functools.partial(Localisation, boxes_of, steps=20), late, **WORLD),
    ),
    "Routed": (
        Row(lambda: Routed({0: Task(), 1: Potential(height), 2: Scored(near, ("distance",))}, "stage")),
        Row(lambda: Routed({0: Task(), 1: CountBonus(), 2: Task()}, "stage"), steps),
    ),
    "Scored": (Row(functools.partial(Scored, near, ("distance",))),),
}
