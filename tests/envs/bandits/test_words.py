"""Answers, tokens and pays of text views, against the bandit in numbers."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.bandits import (
    RecommenderBandit,
    RecommenderText,
    RecommenderTokens,
    StochasticBandit,
    StochasticBanditText,
    StochasticBanditTokens,
    words,
)

FORMS = pytest.mark.parametrize("form", words.FORMS)
TWINS = [
    (StochasticBandit(5, deviation=None, gap=0.5, pulls=12), StochasticBanditText, StochasticBanditTokens, {}),
    (
        StochasticBandit(3, pulls=12),
        StochasticBanditText,
        StochasticBanditTokens,
        {"deviation": 1.0, "gap": None, "arms": 3},
    ),
    (RecommenderBandit(rank=3, pulls=12), RecommenderText, RecommenderTokens, {}),
]  # fmt: skip


@FORMS
@pytest.mark.parametrize(("numbers", "text", "tokens", "fields"), TWINS)
def test_all_views_pay_alike_and_tokens_are_the_text(numbers, text, tokens, fields, form):
    told, coded = text(form=form, pulls=12, digits=4, **fields), tokens(form=form, pulls=12, digits=4, **fields)
    envs = [WorldVectorEnv(rules, 3) for rules in (numbers, told, coded)]
    shown = [e.reset(seed=4)[0] for e in envs]
    dice = np.random.default_rng(0)
    for _ in range(30):
        for said, code in zip(shown[1], shown[2], strict=True):
            assert words.decoded(code) in said.lower() and said.startswith(told.prompt())
            assert said in told.observation_space and code in coded.observation_space
        arm = dice.integers(0, len(told.names), 3)
        steps = [e.step(a) for e, a in zip(envs, (arm, tuple(told.names[k] for k in arm), arm), strict=True)]
        for other in steps[1:]:
            for x, y in zip(steps[0][1:4], other[1:4], strict=True):
                np.testing.assert_array_equal(x, y)
            for key in {"pseudo_regret", "best_arm", "success", "rating", "user"} & steps[0][4].keys():
                np.testing.assert_array_equal(steps[0][4][key], other[4][key])
        shown = [s[0] for s in steps]


@pytest.mark.parametrize(
    ("said", "arm"),
    [
        ("B", 0), ("I choose F.", 4), ("b", -1), ("B or C", -1), ("B, yes, B", 0), ("", -1), ("BC", -1), ("A B", 0),
        ("answer: (D)", 2), ("G", -1), ("C\n", 1), ("C3", -1), ("_C", -1),
    ],
)  # fmt: skip
def test_an_answer_names_one_arm_or_none(said, arm):
    assert StochasticBanditText().parse(said) == arm


def test_longer_names_are_known_in_any_case_and_within_sentences():
    rules = StochasticBanditText(domain="products", arms=26)
    for k, name in enumerate(rules.names):
        assert rules.parse(f"The {name.upper()}, please!") == k
        assert rules.parse(f"{name}s") == -1
    assert RecommenderText(items=30).parse("show night ferry tonight") == 13
    assert len(set(RecommenderText(items=30).names)) == 30


@given(st.text(st.sampled_from(words.CHARSET), max_size=64))
def test_any_answer_is_taken(said):
    rules = StochasticBanditText(pulls=3)
    env = WorldEnv(rules)
    env.reset(seed=0)
    obs, _, _, _, info = env.step(said)
    assert obs in env.observation_space
    assert info["said"] == said and info["understood"] == (rules.parse(said) >= 0)
    assert ("named no single choice" in obs) != info["understood"]


def test_chance_chooses_for_unclear_answers_alike_and_only_there():
    rules, n = StochasticBanditText(pulls=4), 6000
    unclear = np.arange(n) % 2 == 0
    said, clear = np.where(unclear, "well", "C").astype(object), np.full(n, "C", dtype=object)
    rng, same = Streams(range(n)), Streams(range(n))
    state, other = rules.start(n, rng), rules.start(n, same)
    for step in range(3):
        state, reward, _, info = rules.move(state, said, rng)
        other, alike, *_ = rules.move(other, clear, same)
        counts = np.bincount(info["arm"][unclear], minlength=5)
        assert (np.abs(counts - 600) < 4 * np.sqrt(3000 * 0.2 * 0.8)).all()
        assert (info["arm"][~unclear] == 1).all()
        np.testing.assert_array_equal(reward[~unclear], alike[~unclear])
        np.testing.assert_array_equal(info["understood"], ~unclear)
        assert step or (reward[unclear] != alike[unclear]).any()


@given(st.text(st.sampled_from(words.ALPHABET + words.ALPHABET.upper()), max_size=40))
def test_tokens_lose_nothing_but_the_case(text):
    code = words.encoded(text, 40)
    assert code.shape == (40,) and words.decoded(code) == text.lower() and code.max(initial=0) < words.TOKENS <= 64


def test_the_longest_texts_fit():
    for form in words.FORMS:
        for rules in (
            StochasticBanditText(form, "products", digits=17, arms=26, deviation=1e-7, gap=1e-300, pulls=30),
            StochasticBanditText(form, "products", digits=17, deviation=1e30, gap=1.0, pulls=30),
            RecommenderText(form, digits=17, items=30, rank=7, pulls=30),
        ):
            env = WorldEnv(rules)
            obs, _ = env.reset(seed=0)
            for t in range(30):
                obs = env.step(rules.names[t % len(rules.names)] if t % 3 else "?")[0]
                assert obs in rules.observation_space
                assert len(rules.body(env.get_state()["state"], 0)) <= rules.longest()


def test_pictures_are_conversations():
    envs = WorldVectorEnv(StochasticBanditText(), 1, render_mode="rgb_array")
    envs.reset(seed=0)
    empty = envs.render()[0]
    envs.step(("B",))
    assert empty.dtype == np.uint8 and (envs.render()[0] != empty).any()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: StochasticBanditText(form="guides"), "did you mean 'guide'"),
        (lambda: RecommenderTokens(form="guides"), "did you mean 'guide'"),
        (lambda: words.check_digits(0, "a test"), "digits=0"),
        (lambda: words.encoded("abc", 2), "at most 2"),
        (lambda: words.encoded("a!", 9), "ALPHABET"),
        (lambda: words.advice("B: chosen 3, mean 1, bonus 2", ["B", "C"]), "no advice on 'C'"),
    ],
)
def test_mistakes_are_named(make, told):
    with pytest.raises(BadOption, match=re.escape(told)):
        make()
