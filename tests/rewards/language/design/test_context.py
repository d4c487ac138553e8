"""What a designer is told."""

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.design.context import HEADER, Context

OBS = {"image": np.zeros((4, 7, 7, 3), np.uint8), "direction": np.zeros(4, np.int64)}
BATCH = Transitions(OBS, np.zeros(4, np.int64), np.zeros(4), OBS, np.zeros(4, bool), np.zeros(4, bool),
                    {"distance": np.zeros(4), "at": np.zeros((4, 2)), "won": np.zeros(4, bool)})  # fmt: skip


def test_all_that_a_program_may_read_is_listed_with_shape_and_kind():
    context = Context("x/Door-v0", "open the door", "A door.\nInfo:\n  won: True at the end", Signature.of_batch(BATCH))
    text = context.text()
    for line in (
        'obs["image"], next_obs["image"]: array of 7 x 7 x 3 integers',
        'obs["direction"], next_obs["direction"]: one integer',
        "action: one integer",
        'info["at"]: array of 2 numbers, indices 0..1',
        'info["distance"]: one number',
        'info["won"]: one bool',
        HEADER,
        "Task: open the door",
        "won: True at the end",
    ):
        assert line in text


def test_a_plain_observation_is_one_line():
    flat = Transitions(
        np.zeros((4, 3)), np.zeros((4, 2)), np.zeros(4), np.zeros((4, 3)), np.zeros(4, bool), np.zeros(4, bool)
    )
    columns = Context("x", "y", "z", Signature.of_batch(flat)).columns()
    assert "obs, next_obs: array of 3 numbers, indices 0..2" in columns and "info[" not in columns


def test_tuples_are_told_by_their_places():
    obs = (np.zeros((4, 2)), {"a": np.zeros(4, bool)})
    steps = Transitions(obs, np.zeros(4), np.zeros(4), obs, np.zeros(4, bool), np.zeros(4, bool))
    columns = Context("x", "y", "z", Signature.of_batch(steps)).columns()
    assert "obs[0], next_obs[0]: array of 2 numbers" in columns and 'obs[1]["a"], next_obs[1]["a"]: one bool' in columns
