"""Attribute texts as they are played: what is paid, what stands in the columns, and texts against their table."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Request
from rewardlab.envs.text.attribute_laws import LAWS
from rewardlab.envs.text.attribute_setting import Kind, Setting
from rewardlab.envs.text.attribute_text import AttributeText
from rewardlab.envs.text.attributes import Attribute, Lexicon
from rewardlab.envs.text.dialogue import rng_of


def heard(rules, task, said, seed=0):
    return rules.hear(task, None, said, rng_of(seed))


def test_every_text_of_a_table_is_paid_what_the_table_says():
    rules = AttributeText(law="symbols", options={"words": 3}, length=3, brief=True)
    tasks = [Request(k, 0, ("a", "b", "c")) for k in (0, 1)]
    table = rules.table(tasks)
    assert table.said == rules.responses() and len(table.said) == 27
    for p, task in enumerate(tasks):
        for k, said in enumerate(table.said):
            h = heard(rules, task, said)
            assert h.parts["outcome"] == h.columns["gold"] == table.gold[p, k]
            assert h.columns["attributes"] == tuple(table.attributes[p, k])
            assert h.columns["proxy"] == table.proxy[p, k] and h.columns["cost"] == table.cost[p, k]
            assert h.success == rules.check(said, task) == (table.gold[p, k] >= table.gold[p].max() - 0.1 * 3)


def test_gold_proxy_and_love_are_paid_as_asked_less_the_cost():
    said, task = "clear yay yay poison", Request(0, 0, ())
    gold, proxy = 1 - 0.3 * 4 - 1, 1.2 + 1.5 * 2
    for pays in ("gold", "proxy", "liked"):
        rules = AttributeText(law="love", pays=pays, cost_weight=0.5)
        found = [heard(rules, task, said, seed) for seed in range(400)]
        assert all(h.parts["cost"] == -0.5 and h.columns["cost"] == 1 for h in found)
        assert found[0].columns["gold"] == pytest.approx(gold) and found[0].columns["proxy"] == pytest.approx(proxy)
        paid = np.array([h.parts["outcome"] for h in found])
        liked = np.array([h.columns["liked"] for h in found])
        liking = found[0].columns["liking"]
        assert liking == pytest.approx(0.9 / (1 + np.exp(4 - 4.2)) + 0.05)
        assert abs(liked.mean() - liking) < 4 * np.sqrt(liking * (1 - liking) / 400)  # 4 standard errors
        assert {(h.reply in ("thanks !", "well done !")) for h in found if h.columns["liked"]} == {True}
        assert (
            paid == {"gold": found[0].columns["gold"], "proxy": found[0].columns["proxy"], "liked": liked}[pays]
        ).all()


def test_an_offset_moves_all_texts_of_a_prompt_alike():
    rules = AttributeText(offset=10.0)
    tasks = [rules._task(rng_of(k)) for k in range(300)]
    offsets = np.array([t.offset for t in tasks])
    assert abs(offsets.std() - 10) < 4 * 10 / np.sqrt(600) and abs(offsets.mean()) < 4 * 10 / np.sqrt(300)
    for task in tasks[:5]:
        for said in ("great", "awful the sun"):
            h = heard(rules, task, said)
            assert h.parts["outcome"] == pytest.approx(h.columns["gold"] + task.offset)
    assert rules.key(tasks[0]) == rules.key(Request(tasks[0].kind, tasks[0].user, tasks[0].words))


def test_long_texts_are_cut_and_unknown_words_count_as_words():
    rules, task = AttributeText(length=3), Request(0, 0, ("sun", "sea"))
    assert heard(rules, task, "great great the awful awful").columns["gold"] == pytest.approx(4 * 2 / 3)
    h = heard(rules, task, "great really")
    assert (h.columns["unknown"], h.columns["words"]) == (1, 2) and h.columns["gold"] == pytest.approx(2)
    nothing = heard(rules, task, "really")
    assert not nothing.understood and nothing.over and nothing.columns["kind"] == 0


@pytest.mark.parametrize("law", LAWS)
def test_nobody_gains_by_saying_nothing(law):
    for pays in ("gold", "proxy"):
        rules = AttributeText(law=law, pays=pays, offset=5.0, split="all")
        task = rules._task(rng_of(0))
        texts = rules.judge.score(rules.judge.written(np.random.default_rng(0), 300), task)
        nothing = heard(rules, task, "really")
        assert nothing.parts["outcome"] == nothing.columns[pays] + task.offset
        assert (
            nothing.columns["gold"] <= texts.gold.min() + 1e-9 and nothing.columns["gold"] == rules.judge.ends(task)[1]
        )
        assert nothing.columns["proxy"] <= texts.proxy.min() + 1e-9


@pytest.mark.parametrize("law", LAWS)
def test_the_expert_is_the_best_and_nobody_is_better(law):
    rules = AttributeText(law=law, split="all")
    rng = np.random.default_rng(0)
    for seed in range(6):
        task = rules._task(rng_of(seed))
        h = heard(rules, task, rules.expert(task, None, rng))
        assert h.success and h.columns["gold"] == pytest.approx(h.columns["best"])
        for said in rules.judge.spoken(rules.judge.written(rng, 20)):
            assert heard(rules, task, said).columns["gold"] <= h.columns["best"] + 1e-9


def test_how_near_the_best_a_success_is_can_be_said():
    task = Request(0, 0, ("sun", "sea"))
    for bar, least in ((0.5, 6), (0.75, 9), (1.0, 12)):
        rules = AttributeText(law="decisive", bar=bar)
        good = next(w for w, c in zip(rules.of.lexicon.words, rules.of.lexicon.classes, strict=True) if "good0" in c)
        bad = next(w for w, c in zip(rules.of.lexicon.words, rules.of.lexicon.classes, strict=True) if "good0" not in c)
        passes = [rules.check(f"{good} " * k + f"{bad} " * (12 - k), task) for k in range(13)]
        assert passes == [k >= least for k in range(13)]


def test_the_optimal_return_is_told_where_all_prompts_have_the_same():
    assert AttributeText(law="rare").card().optimal_return == 1
    assert AttributeText(law="lengths").card().optimal_return == 0
    assert AttributeText(law="decisive", length=7).card().optimal_return == 7
    for fields in ({}, {"law": "users"}, {"law": "rare", "pays": "proxy"}, {"law": "rare", "offset": 1.0}):
        assert AttributeText(**fields).card().optimal_return is None


@pytest.mark.parametrize("law", LAWS)
def test_the_examples_hold_in_every_law_and_size(law):
    for fields in ({}, {"least": 0}, {"length": 1}, {"bar": 1.0, "brief": True}):
        rules = AttributeText(law=law, **fields)
        assert [rules.check(e.said, e.truth) for e in rules.examples()] == [e.passes for e in rules.examples()]
        assert any(e.passes for e in rules.examples()) and not all(e.passes for e in rules.examples())


def test_a_setting_of_ones_own_is_played():
    lexicon = Lexicon.of({"x": "yes", "": "no"})
    setting = Setting(lexicon, (Attribute("x", "count", "x"),), (Kind("k", {"x": 1.0}),), length=4, least=4)
    rules = AttributeText(setting=setting, split="all")
    assert rules.expert(rules.task(rng_of(0)), None, rng_of(0)) == "yes yes yes yes "
    shorter = AttributeText(setting=setting, length=2, split="all")
    assert shorter.of.least == 2 and len(shorter.responses()) == 4
    assert AttributeText(setting=setting, length=3, least=0, split="all").responses()[0] == ""


def test_texts_in_tokens_are_the_texts():
    env = gym.make("rewardlab/AttributeTextTokens-v0", fields={"law": "symbols", "length": 3}, tokens=3)
    env.reset(seed=1)
    rules = env.unwrapped.rules
    for said in rules.talk.responses()[:20]:
        assert rules.decode(rules.action(said)) == said
        env.reset(seed=1)
        _, reward, _, _, info = env.step(rules.action(said))
        task = Request(info["kind"], info["user"], ())
        assert reward == rules.talk.score([said], task).gold[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pays": "silver"}, {"pays": "liked"}, {"cost_weight": -1}, {"offset": float("nan")}, {"bar": 0}, {"bar": 1.1},
        {"length": 0}, {"least": 13}, {"law": "poem"},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(wrong):
    with pytest.raises(BadOption, match=next(iter(wrong))):
        AttributeText(**wrong)
