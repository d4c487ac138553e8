"""Causes of failure are counted as they were planted."""

import numpy as np
import pytest

from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.failures import histogram, signs

CARD = "Observation:\n  image: [3, 3, 1]: (type 0..9), itself at [1, 2]\n"


def episodes(*ends, length=4, words=False):
    """[length * len(ends), 1] steps: an episode for each of "lava", "lost" (no flag), "slow" (flag), "won"."""
    T = length * len(ends)
    image = np.zeros((T, 1, 3, 3, 1), np.uint8)
    columns = {k: np.zeros((T, 1), bool) for k in ("terminated", "truncated", "seen", "success")}
    for i, end in enumerate(ends):
        last = (i + 1) * length - 1
        columns["terminated" if end in ("lava", "won") else "truncated"][last] = True
        columns["seen"][last - 1] = end == "slow"
        columns["success"][last] = end == "won"
        image[last, 0, 1, 1, 0] = 9 if end == "lava" else 1
    info = {"seen": columns["seen"], "success": columns["success"]}
    if words:
        info["failure"] = np.array([["lava" if d else ""] for d in columns["terminated"][:, 0]], dtype=object)
    zero = np.zeros((T, 1))
    obs = {"image": image}
    return Transitions(obs, zero, zero, obs, columns["terminated"], columns["truncated"], info)


def test_causes_are_counted_and_signs_of_death_found():
    found = histogram(episodes("lava", "lost", "won", "lava", "slow", "lava"), card=CARD)
    assert (found.failed, found.episodes) == (5, 6)
    assert found.causes == {"death": 3, "time, never seen": 1, "time": 1}
    assert found.before_death == {"image_to_9 <= 1": (1.0, 0.0)}
    assert "3 of 5 failed episodes: death" in found.text() and "of a death: image_to_9 <= 1 (in 100%" in found.text()


def test_at_most_so_many_are_looked_at_and_words_of_the_environment_are_kept():
    assert histogram(episodes("lava", "lost", "lost", "lost"), most=2).failed == 2
    assert histogram(episodes("lava", words=True)).causes == {"death (lava)": 1}
    assert histogram(episodes("lava")).before_death == {}  # nobody said where the agent stands


def test_no_failure():
    found = histogram(episodes("won", "won"))
    assert found.failed == 0 and found.text() == ""


@pytest.mark.parametrize(("death", "success", "problems"), [(-1, 1, 0), (0, 1, 0), (1, 1, 1), (-1, -1, 1), (1, 0, 2)])
def test_signs_that_pay_death_or_charge_success_are_found(death, success, problems):
    class Pay(Reward):
        def __call__(self, batch):
            won = batch.info["success"]
            return np.where(won, success, np.where(batch.terminated, death, 0)).astype(float)

    batch = episodes("lava", "won", "lost").rows(np.arange(12)).map(lambda x: x[:, 0])
    assert len(signs(Pay(), batch)) == problems
