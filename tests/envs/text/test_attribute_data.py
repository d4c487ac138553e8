"""Recorded texts: worth what playing them pays, drawn by the reference, as good as asked for, and of their split."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_data import recorded
from rewardlab.envs.text.attribute_judge import Request
from rewardlab.envs.text.attribute_text import AttributeText
from rewardlab.envs.text.attribute_tilt import tilt
from rewardlab.envs.text.dialogue import rng_of


def test_answers_are_worth_what_playing_them_pays():
    rules = AttributeText(law="love", brief=True)
    data = recorded(rules, 8, 5, skill=0.3)
    assert data.said.shape == data.gold.shape == (8, 5) and data.attributes.shape == (8, 5, 4)
    for p, task in enumerate(data.tasks):
        assert data.prompt[p] == rules.prompt(task)
        for g in range(5):
            h = rules.hear(task, None, data.said[p, g], rng_of(0))
            assert h.parts["outcome"] == data.gold[p, g] and h.columns["proxy"] == data.proxy[p, g]
            assert h.columns["cost"] == data.cost[p, g] and h.columns["liking"] == data.liked[p, g]
            assert h.columns["best"] == data.best[p] and h.columns["attributes"] == tuple(data.attributes[p, g])


def test_the_mean_gold_is_the_exact_one_of_the_reference_and_the_best():
    rules = AttributeText(law="decisive")
    means = [tilt(rules.judge, Request(k, 0, ()), 1e9).gold for k in range(4)]
    for skill in (0.0, 0.4):
        data = recorded(rules, 200, 20, skill=skill)
        due = (1 - skill) * np.mean([means[t.kind] for t in data.tasks]) + skill * data.best.mean()
        assert abs(data.gold.mean() - due) < 4 * data.gold.std() / np.sqrt(data.gold.size)  # 4 standard errors
    perfect = recorded(rules, 5, 3, skill=1.0)
    assert (perfect.gold == perfect.best[:, None]).all()


def test_the_splits_share_no_prompt_and_the_seed_decides():
    one, two = (recorded(AttributeText(split=s), 60, 1) for s in ("train", "test"))
    assert not set(one.prompt) & set(two.prompt)
    again, other = recorded(AttributeText(), 60, 1), recorded(AttributeText(), 60, 1, seed=1)
    assert (one.said == again.said).all() and not (one.said == other.said).all()


def test_numbers_out_of_range_are_refused():
    for wrong in (
        {"prompts": 0, "answers": 1},
        {"prompts": 1, "answers": 0},
        {"prompts": 1, "answers": 1, "skill": 2.0},
    ):
        with pytest.raises(BadOption, match="recorded"):
            recorded(AttributeText(), **wrong)
