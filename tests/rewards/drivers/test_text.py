"""`score`: prompts and responses in, one number each out, and its parts."""

from dataclasses import dataclass

import numpy as np
import pytest
from support_rewards import Streak

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, BadReward, MissingColumn
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards import PayZero, rollouts, score
from rewardlab.rewards.drivers.text import scored


@dataclass
class Matches(Reward):
    """1 where the response contains the answer."""

    def __call__(self, batch: Transitions) -> Array:
        answers = batch.column("answer", by=self.name)
        return np.array([float(a in r) for a, r in zip(answers, batch.action, strict=True)])


@dataclass
class Brevity(Reward):
    """Minus a tenth of the response's length."""

    def __call__(self, batch: Transitions) -> Array:
        return np.array([-0.1 * len(r) for r in batch.action])


@dataclass
class LastMessage(Reward):
    """The length of the transcript, which ends with the response."""

    def __call__(self, batch: Transitions) -> Array:
        return np.array([float(len(t)) + float(t[-1]["content"] == "4") for t in batch.next_obs])


PROMPTS, ANSWERS = ["2+2=", "3+3=", "1+1="], ["4", "6", "2"]


def test_scores_by_hand() -> None:
    batch = rollouts(PROMPTS, ["4", "it is 5", "12"], {"answer": ANSWERS, "level": [1, 2, 3]})
    assert score(batch, Matches() + Brevity()).tolist() == [0.9, -0.7000000000000001, 0.8]
    paid, parts = scored(batch, Matches() + Brevity())
    assert parts["matches"].tolist() == [1, 0, 1] and np.array_equal(parts["matches"] + parts["brevity"], paid)
    assert batch.next_obs.tolist() == ["2+2=4", "3+3=it is 5", "1+1=12"] and batch.terminated.all()
    assert batch.info["level"].dtype == np.int64 and batch.obs.dtype == object
    assert score(batch.paying(np.array([1.0, 2.0, 3.0])), Task()).tolist() == [1.0, 2.0, 3.0]


def test_groups_keep_their_shape_and_every_response_is_an_episode() -> None:
    flat = rollouts(PROMPTS * 2, ["4"] * 6, {"answer": ANSWERS * 2})
    group = flat.map(lambda x: x.reshape(2, 3))
    assert np.array_equal(score(group, Matches()), score(flat, Matches()).reshape(2, 3))
    reward = Streak()
    assert score(group, reward).tolist() == score(group, reward).tolist() == [[0.125] * 3] * 2


def test_chat_messages() -> None:
    prompts = [[{"role": "user", "content": p}] for p in PROMPTS]
    answers = [[{"role": "assistant", "content": "4"}]] * 3
    assert score(rollouts(prompts, answers), LastMessage()).tolist() == [3.0] * 3


def test_mistakes_are_named() -> None:
    broken = rollouts(PROMPTS, ["4"] * 3).paying(np.array([0.0, np.nan, 1.0]))
    with pytest.raises(BadBatch, match="2 responses"):
        rollouts(PROMPTS, ["4", "5"])
    with pytest.raises(BadBatch, match="1 answer"):
        rollouts(PROMPTS, ["4"] * 3, {"answer": ["4"]})
    with pytest.raises(MissingColumn, match="answer"):
        score(rollouts(PROMPTS, ["4"] * 3), Matches())
    with pytest.raises(BadOption, match="is no reward"):
        score(broken, Matches)  # type: ignore[arg-type]
    with pytest.raises(BadReward, match="score with task: part 'task' pays nan in row 1 of the rollouts"):
        score(broken, Task())
    assert score(broken, Task(), on_invalid=PayZero()).tolist() == [0.0, 0.0, 1.0]
    assert score(rollouts([], []), Brevity()).shape == (0,)
