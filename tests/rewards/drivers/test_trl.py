"""A reward as TRL calls it: numbers, columns, chat messages, its parts in the logs; and one step of GRPO with it."""

import importlib.util
import inspect
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.core.reward import Reward
from rewardlab.rewards import PayZero, as_trl_reward
from rewardlab.rewards.drivers.trl import last_words

PROMPTS, ANSWERS = ["2+2=", "3+3=", "1+1="], ["4", "6", "2"]
needs_trl = pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="needs trl")


@dataclass
class Matches(Reward):
    """1 where the response contains the answer."""

    def __call__(self, batch: Transitions):
        answers = batch.column("answer", by=self.name)
        return np.array([float(a in r) for a, r in zip(answers, batch.action, strict=True)])


@dataclass
class Brevity(Reward):
    """Minus a tenth of the response's length."""

    def __call__(self, batch: Transitions):
        return np.array([-0.1 * len(r) for r in batch.action])


@dataclass
class Broken(Reward):
    """Pays nothing that is a number."""

    def __call__(self, batch: Transitions):
        return np.full(batch.shape, np.nan)


def chat(texts, role):
    return [[{"role": role, "content": text}] for text in texts]


def test_as_trl_calls_it():
    f = as_trl_reward(Matches())
    assert f.__name__ == "matches" and callable(f) and not inspect.iscoroutinefunction(f)
    beside = {"trainer_state": object(), "log_extra": print, "log_metric": print, "environments": None}
    out = f(
        prompts=PROMPTS, completions=["4", "5", "2"], completion_ids=[[1], [2, 3], [4]], answer=ANSWERS, **beside
    )  # fmt: skip
    assert out == [1.0, 0.0, 1.0] and all(type(x) is float for x in out)
    assert f(PROMPTS, ["4", "5", "2"], answer=ANSWERS) == out
    again = pickle.loads(pickle.dumps(f))
    assert again(PROMPTS, ["4", "5", "2"], answer=ANSWERS) == out and again.__name__ == "matches"


def test_parts_are_logged_where_there_are_several():
    metrics, extra = {}, {}
    f = as_trl_reward(Matches() + Brevity())
    out = f(PROMPTS, ["4", "55", "12"], answer=ANSWERS, log_metric=metrics.__setitem__, log_extra=extra.__setitem__)
    assert set(metrics) == set(extra) == {"reward/matches", "reward/brevity"}
    assert extra["reward/matches"] == [1, 0, 1] and metrics["reward/matches"] == pytest.approx(2 / 3)
    assert np.allclose(np.sum(list(extra.values()), axis=0), out, atol=1e-12)
    metrics.clear()
    as_trl_reward(Matches())(PROMPTS, ["4"] * 3, answer=ANSWERS, log_metric=metrics.__setitem__)
    assert not metrics


def test_chat_messages_as_they_are_and_as_text():
    plain = as_trl_reward(Matches() + Brevity(), plain=True)
    texts = ["4", "it is 5", "12"]
    expected = plain(PROMPTS, texts, answer=ANSWERS)
    assert plain(chat(PROMPTS, "user"), chat(texts, "assistant"), answer=ANSWERS) == expected
    parts = [[{"role": "assistant", "content": [{"type": "text", "text": t}]}] for t in texts]
    assert plain(chat(PROMPTS, "user"), parts, answer=ANSWERS) == expected
    seen = []

    @dataclass
    class Sees(Reward):
        def __call__(self, batch):
            seen.append((list(batch.obs), list(batch.action)))
            return np.zeros(batch.shape)

    as_trl_reward(Sees())(chat(PROMPTS, "user"), chat(texts, "assistant"))
    two = [[*chat(["be kind"], "system")[0], *chat(["hi"], "user")[0]]]
    as_trl_reward(Sees(), plain=True)(two, chat(["yo"], "tool"))
    assert seen == [(chat(PROMPTS, "user"), chat(texts, "assistant")), (["be kind\nhi"], [""])]


def test_last_words():
    said = [{"role": "assistant", "content": "a"}, {"role": "tool", "content": "b"}]
    assert last_words(said) == "a" and last_words([*said, {"role": "assistant", "content": "c"}]) == "c"
    assert last_words([]) == "" and last_words([{"role": "assistant", "tool_calls": []}]) == ""


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="is no reward"):
        as_trl_reward(Matches)
    with pytest.raises(MissingColumn, match="answer"):
        as_trl_reward(Matches())(PROMPTS, ["4"] * 3, answer=["4"])  # of another length: no column
    with pytest.raises(BadReward, match="nan in row 0"):
        as_trl_reward(Broken())(PROMPTS, ["4"] * 3)
    assert as_trl_reward(Broken(), on_invalid=PayZero())(PROMPTS, ["4"] * 3) == [0, 0, 0]
    assert as_trl_reward(Brevity())([], []) == []


@needs_trl
@pytest.mark.parametrize("conversational", [False, True])
def test_one_step_of_grpo(tmp_path, conversational):
    from trl_trainer import trainer

    rows = [{"prompt": p, "answer": a} for p, a in zip(PROMPTS, ANSWERS, strict=True)]
    if conversational:
        rows = [{**r, "prompt": [{"role": "user", "content": r["prompt"]}]} for r in rows]
    reward = as_trl_reward(Matches() + Brevity(), plain=conversational)
    made = trainer(tmp_path, rows, reward_funcs=[reward], completion=5)
    before = {k: v.clone() for k, v in made.model.named_parameters()}
    made.train()
    (logged,) = [h for h in made.state.log_history if "reward" in h]
    assert logged["reward"] == pytest.approx(logged["reward/matches"] + logged["reward/brevity"], abs=1e-5)
    assert logged[f"rewards/{reward.__name__}/mean"] == pytest.approx(logged["reward"], abs=1e-5)
    assert -0.1 * 40 <= logged["reward/brevity"] < 0
    assert any(not v.equal(before[k]) for k, v in made.model.named_parameters()) == (logged["reward_std"] > 0)
