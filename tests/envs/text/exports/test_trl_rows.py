"""Rows and verifiers for TRL: prompts that are the task's own, pay that is the environment's, and one step of GRPO."""

import importlib.util
import pickle

import gymnasium as gym
import pytest
from chain_answers import CALCULATOR, CHAIN, answers

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.exports import trl_rows, trl_verifier
from rewardlab.envs.text.exports.trl_rows import added, log
from rewardlab.envs.text.transcripts import messages

needs_trl = pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="needs trl")


def test_rows_are_the_prompts_of_their_seeds():
    rows = trl_rows(CHAIN, 5, seed=3, length=2)
    env = gym.make(CHAIN, length=2)
    for k, row in enumerate(rows):
        env.reset(seed=3 + k)
        assert row == {"prompt": messages(env), "seed": 3 + k}
    (one,) = trl_rows(CHAIN, 1, system="Be brief.")
    assert one["prompt"] == [{"role": "system", "content": "Be brief."}, *trl_rows(CHAIN, 1)[0]["prompt"]]
    train, test = ({r["prompt"][0]["content"] for r in trl_rows(CHAIN, 40, split=s)} for s in ("train", "test"))
    assert not train & test


def test_the_pay_is_that_of_the_environment():
    seeds = list(range(6))
    right = answers(CHAIN, seeds, line_pay=0.5)
    said = [right[s] if s % 2 else "7+1=8\nanswer: 1" for s in seeds]
    metrics, extra = {}, {}
    f = trl_verifier(CHAIN, line_pay=0.5)
    paid = f(
        ["?"] * 6, said, seed=seeds, trainer_state=object(), log_metric=metrics.__setitem__, log_extra=extra.__setitem__
    )  # fmt: skip
    env = gym.make(CHAIN, line_pay=0.5)
    for seed, text, pay in zip(seeds, said, paid, strict=True):
        env.reset(seed=seed)
        assert env.step(text)[1] == pay and type(pay) is float
    assert [p >= 0.5 for p in paid] == [s % 2 == 1 for s in seeds] and metrics["success"] == 0.5
    assert sum(v for k, v in metrics.items() if k.startswith("reward/")) == pytest.approx(sum(paid) / 6)
    assert extra == {"reply": [""] * 6} and f.__name__ == "ArithChain-v0"
    assert pickle.loads(pickle.dumps(f))(["?"] * 6, said, seed=seeds) == paid


def test_messages_and_calls_are_said_in_their_order():
    right = answers(CALCULATOR, [4])[4]
    call = {"type": "function", "function": {"name": "calc", "arguments": {"expression": "2+3"}}}
    talk = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "whatever stands here is not read"},
        {"role": "assistant", "content": right},
        {"role": "assistant", "content": "after the end"},
    ]
    extra = {}
    f = trl_verifier(CALCULATOR)
    assert f(["?"] * 3, [talk, talk[:1], [{"role": "assistant", "content": right}]], seed=[4] * 3) == [1, 0, 1]
    assert f(["?"], [talk[:2]], seed=[4], log_extra=extra.__setitem__) == [0] and extra["reply"] == ["5"]
    assert f(["?"], [[]], seed=[4]) == [0]


def test_sums_by_name():
    assert added({"a": 1.0}, {"a": 2.0, "b": -1.0}) == {"a": 3.0, "b": -1.0}
    log(None, [({}, True)])
    found = {}
    log(found.__setitem__, [({"a": 1.0}, True), ({"b": 3.0}, False)])
    assert found == {"reward/a": 0.5, "reward/b": 1.5, "success": 0.5}
    log(found.__setitem__, [])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: trl_rows(CHAIN, 0), "count=0"),
        (lambda: trl_rows("rewardlab/DeepSea-v0", 1), "no dialogue"),
        (lambda: trl_rows(CHAIN, 1, size=3), "size"),
        (lambda: trl_verifier("rewardlab/DeepSea-v0"), "no dialogue"),
        (lambda: trl_verifier(CHAIN)(["?"], ["a"]), "no seeds for 1 completions"),
        (lambda: trl_verifier(CHAIN)(["?"], ["a"], seed=[1, 2]), "2 seeds for 1"),
    ],
)
def test_mistakes_are_named(make, words):
    with pytest.raises(BadOption, match=words):
        make()


@needs_trl
def test_one_step_of_grpo(tmp_path):
    from trl_trainer import trainer

    rows = trl_rows(CHAIN, 3)
    right = {r["prompt"][0]["content"]: answers(CHAIN, [r["seed"]])[r["seed"]] for r in rows}

    def speak(prompts, turn):
        return [next(a for p, a in right.items() if p in text) if i % 2 else "hm" for i, text in enumerate(prompts)]

    made = trainer(tmp_path, rows, reward_funcs=trl_verifier(CHAIN), completion=40, speak=speak)
    before = {k: v.clone() for k, v in made.model.named_parameters()}
    made.train()
    (logged,) = [h for h in made.state.log_history if "reward" in h]
    assert logged["reward"] == logged["rewards/ArithChain-v0/mean"] == logged["success"] == 0.5
    assert logged["reward/outcome"] == 0.5 and logged["reward_std"] > 0
    assert any(not v.equal(before[k]) for k, v in made.model.named_parameters())
