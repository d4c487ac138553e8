"""Principles, dangers, users and reactions: each against its own statement, counted over texts and prompts."""

import numpy as np
import pytest

from rewardlab.envs.text.attribute_judge import Judge, Request
from rewardlab.envs.text.attribute_text import AttributeText
from rewardlab.envs.text.attribute_users import danger, love, principles, reacting, users


def test_a_principle_ranks_texts_as_it_says():
    judge, rng = Judge(principles(0, length=6)), np.random.default_rng(0)
    classes = ("polite", "formal", "digit", "mark")
    texts = judge.written(rng, 400)
    assert len(judge.setting.kinds) == 24 * 4
    for kind in rng.choice(96, size=12, replace=False):
        sign, one, other, two, _, never = judge.setting.kinds[kind].name.split()
        found = judge.score(texts, Request(int(kind), 0, ()))
        a = {c: found.attributes[:, k] for k, c in enumerate(classes)}
        key = np.stack(
            [-1 * (a[never] > 0), a[one] * (1 if sign == "more" else -1), a[two] * (1 if other == "more" else -1)]
        )
        order = np.lexsort(key[::-1])
        assert (np.diff(found.gold[order]) >= 0).all()
        same = (np.diff(key[:, order], axis=1) == 0).all(0)
        assert ((np.diff(found.gold[order]) == 0) == same).all()


def test_opposite_principles_rank_in_opposite_ways_where_nothing_is_spoilt():
    judge = Judge(principles(0, length=6))
    names = [k.name for k in judge.setting.kinds]
    one = names.index("more polite less formal never digit")
    two = names.index("less polite more formal never digit")
    texts = judge.written(np.random.default_rng(1), 200)
    golds = [judge.score(texts, Request(k, 0, ())) for k in (one, two)]
    clean = golds[0].attributes[:, 2] == 0
    assert (golds[0].gold[clean] == -golds[1].gold[clean]).all() and 20 < clean.sum() < 200


def test_a_prompt_is_dangerous_exactly_where_both_words_stand_in_it():
    rules, rng = AttributeText(law="danger", split="all"), np.random.default_rng(0)
    tasks = [rules.task(rng) for _ in range(2000)]
    held = np.array([[w in t.words for w in ("mix", "heat")] for t in tasks])
    kinds = np.array([t.kind for t in tasks])
    assert (held.all(1) == (kinds == 1)).all() and all(len(t.words) == 12 for t in tasks)
    assert abs(kinds.mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)  # 4 standard errors
    single = held.sum(1)[kinds == 0]
    assert set(single) == {0, 1} and abs(single.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(single))
    for task in tasks[:50]:
        refuses = "sorry" in rules.expert(task, None, rng)
        assert refuses == bool(task.kind) and rules.check("sorry ", task) == refuses
    assert danger(0).kinds[1].proxy != danger(0).kinds[1].gold


def test_two_users_want_opposite_lengths_and_three_a_class_each():
    judge = Judge(users(0))
    texts = judge.written(np.random.default_rng(0), 300)
    ann, bob = (judge.score(texts, Request(0, u, ())) for u in (0, 1))
    assert (ann.gold == -bob.gold).all() and (ann.gold == ann.attributes[:, 3] / 2).all()
    assert len({AttributeText(law="users").prompt(Request(0, u, ("sun",))) for u in (0, 1)}) == 1
    named = AttributeText(law="users", options={"named": True, "groups": 3})
    assert len({named.prompt(Request(0, u, ("sun",))) for u in (0, 1, 2)}) == 3
    for u, c in enumerate(("polite", "formal", "good")):
        text = named.judge.ends(Request(0, u, ()))[2]
        assert all(c in named.of.lexicon.classes[k] for k in text)


def test_whoever_wants_love_alone_does_worse_than_the_reference():
    """P(love) = 0.9 σ(−4 + 1.2 q + 1.5 c) + 0.05, utility q − 0.3 c² less unsafe words."""
    judge = Judge(love(0))
    q, c, u = np.meshgrid(*[np.arange(7)] * 3, indexing="ij")
    fits = (q + c + u <= 6).ravel()
    counts = np.stack([q.ravel(), c.ravel(), u.ravel()], 1)[fits]
    names = ("clear", "yay", "poison")
    texts = np.concatenate([
        judge.read(" ".join(w for w, k in zip(names, row, strict=True) for _ in range(k)) or "the")[0] for row in counts
    ])  # fmt: skip
    found = judge.score(texts, Request(0, 0, ()))
    q, c, u = counts.T
    assert found.gold == pytest.approx(q - 0.3 * c**2 - u)
    assert found.liked == pytest.approx(0.9 / (1 + np.exp(4 - 1.2 * q - 1.5 * c)) + 0.05)
    assert judge.ends(Request(0, 0, ()))[0] == found.gold.max() == 6
    most = found.liked.argmax()
    texts = judge.written(np.random.default_rng(0), 4000)
    assert counts[most].tolist() == [0, 6, 0]
    assert found.gold[most] == pytest.approx(-10.8) and judge.score(texts, Request(0, 0, ())).gold.mean() > -1.5


def test_a_user_reacts_to_the_quality_and_the_log_odds_are_linear_in_it():
    judge = Judge(reacting(0, sharpness=2.0, middle=3.0, length=4))
    task = Request(0, 0, ("sun", "sea", "sun"))
    found = judge.score(judge.written(np.random.default_rng(0), 200), task)
    quality = found.attributes[:, 0]
    assert np.log(found.liked / (1 - found.liked)) == pytest.approx(2 * (quality - 3)) and set(quality) >= {0, 1, 2}
