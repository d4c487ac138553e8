"""Duels of styles: the matrix, its equilibrium, verdicts as often as they should be, and styles by counting."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_duel import STYLES, WORDS, AttributeDuel, Rival
from rewardlab.envs.text.attribute_optimum import every
from rewardlab.envs.text.dialogue import rng_of


@pytest.mark.parametrize("strengths", [(0.4, 0.4, 0.4), (0.1, 0.3, 0.5), (0.5, 0.01, 0.2)])
def test_nothing_is_preferred_to_the_equilibrium_and_every_style_is_beaten(strengths):
    rules = AttributeDuel(strengths=strengths, plain=0.2)
    p, mixture = rules.matrix, rules.equilibrium
    assert p + p.T == pytest.approx(np.ones((4, 4))) and mixture.sum() == pytest.approx(1)
    against = p @ mixture
    assert against[:3] == pytest.approx([0.5] * 3) and against[3] < 0.5
    assert (p[:, :3].max(0) > 0.5).all()
    a, b, c = strengths
    assert (p[0, 1], p[1, 2], p[2, 0]) == pytest.approx((0.5 + a, 0.5 + b, 0.5 + c))


def test_the_style_is_the_class_of_most_words():
    rules = AttributeDuel(length=3)
    texts = every(rules.judge.meter, 1)
    texts = texts[np.random.default_rng(0).choice(len(texts), 300, replace=False)]
    said = rules.judge.spoken(texts)
    of = {w: k for k, c in enumerate(STYLES) for w in WORDS[c].split()}
    for text, style in zip(said, rules.styles(said), strict=True):
        counts = [sum(of.get(w) == k for w in text.split()) for k in range(3)]
        assert style == (counts.index(max(counts)) if counts.count(max(counts)) == 1 else 3)
    assert rules.styles(["what", ""]).tolist() == [3, 3]


def test_verdicts_and_rivals_come_as_often_as_they_should():
    rules = AttributeDuel(strengths=(0.1, 0.2, 0.3), rivals=(5.0, 3.0, 2.0), split="all")
    task = Rival(("hence",), 1)
    won = np.mean([rules.hear(task, None, "please", rng_of(k)).parts["outcome"] for k in range(2000)])
    assert abs(won - 0.6) < 4 * np.sqrt(0.24 / 2000)  # 4 standard errors
    tasks = [rules._task(rng_of(k)) for k in range(1500)]
    seen = np.bincount([t.style for t in tasks], minlength=3) / 1500
    law = np.array([0.5, 0.3, 0.2])
    assert (np.abs(seen - law) < 4 * np.sqrt(law * (1 - law) / 1500)).all()
    assert (rules.styles([" ".join(t.said) for t in tasks]) == [t.style for t in tasks]).all()
    sure = AttributeDuel(strengths=(0.1, 0.2, 0.3), expected=True)
    assert {sure.hear(task, None, "please", rng_of(k)).parts["outcome"] for k in range(5)} == {0.6}


def test_preferences_of_many_texts_are_those_of_their_styles():
    rules = AttributeDuel()
    texts, others = ["please", "yay the", "the sun"], ["hence hence yay", "please yay"]
    p = rules.preferences(texts, others)
    assert p == pytest.approx(np.array([[0.9, 0.95], [0.1, 0.95], [0.05, 0.5]]))
    assert rules.preferences(others, texts) == pytest.approx(1 - p.T)


def test_a_hidden_rival_is_not_shown():
    task = Rival(("hence",), 1)
    for brief in (False, True):
        assert "hence" in AttributeDuel(brief=brief).prompt(task).split(":")[-1 if brief else 1]
        prompts = {AttributeDuel(brief=brief, hidden=True).prompt(t) for t in (task, Rival(("yay",), 2))}
        assert len(prompts) == 1


def test_what_is_no_duel_is_refused():
    for wrong in ({"strengths": (0.1, 0.2)}, {"strengths": (0.1, 0.2, 0.6)}, {"rivals": (0, 1, 1)}, {"plain": 0.6},
                  {"length": 13}, {"least": 0}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            AttributeDuel(**wrong)
