"""Answers with a confidence: every pair of answer and confidence enumerated, and the truth drawn as often as said."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.facts import PEOPLE
from rewardlab.envs.text.kv_recall import CONFIDENCES, KVRecall, Recall


def enumerated(rules, key):
    """The expected pay of every (answer, confidence), by the law of the truth."""
    who, chances = rules.table[0][key], rules.table[1][key]
    pay = {}
    for answer in range(len(PEOPLE)):
        for q in CONFIDENCES:
            r = [(truth == answer) - rules.weight * (q - (truth == answer)) ** 2 for truth in who]
            pay[answer, q] = float(np.dot(r, chances))
    return pay


@pytest.mark.parametrize(
    "fields", [{}, {"answers": 2, "low": 0.55, "high": 1.0}, {"questions": 1, "weight": 0.5}], ids=str
)
def test_the_expert_has_the_best_of_all_answers_and_confidences(fields):
    rules, found = KVRecall(**fields), []
    for key in range(rules.questions):
        pay = enumerated(rules, key)
        name, q = rules.expert(Recall(key, 0), None, rng_of(0)).split()
        assert pay[PEOPLE.index(name), float(q)] == pytest.approx(max(pay.values()), abs=1e-12)
        best = [f"{PEOPLE[a]} {q}" for (a, q), value in pay.items() if value > max(pay.values()) - 1e-12]
        assert all(rules.check(said, Recall(key, 0)) for said in best)
        found.append(max(pay.values()))
    assert rules.optimum() == pytest.approx(np.mean(found), abs=1e-12)


def test_at_tenths_the_best_pay_is_the_chance_squared():
    rules = KVRecall(questions=1, low=0.7, high=0.7)
    assert rules.optimum() == pytest.approx(0.49) and rules.expected(0.7, 0.7) == pytest.approx(0.49)
    assert rules.expert(Recall(0, 0), None, rng_of(0)).endswith(" 0.7")


def test_right_answers_come_as_often_as_the_table_says():
    rules = KVRecall(questions=3, low=0.5, high=0.9)
    for key in range(3):
        who, chances = rules.table[0][key], rules.table[1][key]
        assert chances.sum() == pytest.approx(1) and len(set(who)) == 4 and chances[0] == chances.max()
        rng = np.random.default_rng(key)
        said = f"{PEOPLE[who[0]]} 0.5"
        replies = [rules.hear(Recall(key, 1), None, said, rng).reply for _ in range(2000)]
        for entity, p in zip(who, chances, strict=True):
            assert abs(replies.count(PEOPLE[entity]) / 2000 - p) < 4 * np.sqrt(p * (1 - p) / 2000)


def test_the_expert_earns_the_optimum_on_average():
    env = gym.make("rewardlab/KVRecall-v0", split="all")
    paid = []
    for seed in range(1500):
        env.reset(seed=seed)
        task = env.unwrapped.get_state()["state"]["task"][0]
        _, reward, over, _, info = env.step(env.unwrapped.rules.expert(task, None, rng_of(0)))
        assert over and info["success"] and info["likeliest"] and -1 <= reward <= 1
        paid.append(reward)
    assert abs(np.mean(paid) - env.unwrapped.rules.optimum()) < 4 * np.std(paid) / np.sqrt(1500)


def test_both_splits_ask_every_key():
    for split in ("train", "test"):
        rules = KVRecall(split=split)
        assert {rules._task(rng_of(seed)).key for seed in range(400)} == set(range(20))


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"questions": 0}, {"answers": 1}, {"answers": 13}, {"low": 0.2}, {"high": 1.1}, {"low": 0.99},
                  {"weight": -1.0}, {"instance": -1}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            KVRecall(**wrong)
