"""Laws: what each promises about its gold, its proxy and its reference, by exact optima and by counting."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Judge, Request
from rewardlab.envs.text.attribute_laws import LAWS, setting_of

ABOUT = ("sun", "sea")


def judge_of(law, **options):
    return Judge(setting_of(law, 0, options, where="test"))


@pytest.mark.parametrize("law", LAWS)
def test_every_law_has_good_and_bad_texts_in_every_prompt_and_words_without_a_class(law):
    judge = judge_of(law)
    of = judge.setting
    for kind in range(len(of.kinds)):
        for user in range(max(1, len(of.users))):
            high, low, text = judge.ends(Request(kind, user, of.subjects[: of.about]))
            assert high > low
            assert judge.score(text[None], Request(kind, user, of.subjects[: of.about])).gold[0] == pytest.approx(high)
    assert () in of.lexicon.classes  # so that no foreign word is better than all words of the lexicon
    assert 1 <= len(of.lexicon.words) <= 64


@pytest.mark.parametrize("law", ["exploit", "trap", "greeting", "love", "danger", "two"])
def test_the_text_that_the_proxy_likes_best_is_worth_less_than_the_best(law):
    judge = judge_of(law)
    of = judge.setting
    kind = len(of.kinds) - 1
    task = Request(kind, 0, of.subjects[: of.about])
    seen, text = judge.best(of.proxy(kind, 0), task)
    scores = judge.score(np.stack([text, judge.ends(task)[2]]), task)
    assert scores.proxy[0] == pytest.approx(seen) and scores.proxy[0] > scores.proxy[1]
    assert scores.gold[0] < scores.gold[1] - 1


def test_the_proxy_of_two_of_four_kinds_likes_length():
    judge = judge_of("several", bias=0.5)
    of = judge.setting
    at = of.names.index("length")
    assert [of.proxy(k, 0)[at] - of.gold(k, 0)[at] for k in range(4)] == [0.5, 0.5, 0, 0]
    assert [of.names.index(n) for n in of.cost] == [2]


def test_a_rare_word_is_as_rare_as_said():
    for share, length in ((0.01, 12), (0.2, 5)):
        judge = judge_of("rare", share=share, length=length)
        law = dict(zip(judge.setting.lexicon.words, judge.setting.lexicon.law, strict=True))
        assert 1 - (1 - law["zephyr"]) ** length == pytest.approx(share)
        assert sum(law[w] for w in ("red", "green", "blue")) == pytest.approx(
            sum(law[w] for w in ("dog", "cat", "cow"))
        )


def test_decisive_words_are_drawn_once_for_each_kind():
    judge = judge_of("decisive", words=10, good=3, length=5)
    of = judge.setting
    for kind in range(4):
        good = of.lexicon.members(f"good{kind}")
        assert good.sum() == 3 and judge.ends(Request(kind, 0, ()))[:2] == (5, 0)
    assert setting_of("decisive", 0, None, where="t") == setting_of("decisive", 0, None, where="t")
    assert setting_of("decisive", 0, None, where="t") != setting_of("decisive", 1, None, where="t")


def test_two_proxies_are_good_up_to_a_point():
    judge = judge_of("two", most=(3.0, 2.0))
    task = Request(0, 0, ABOUT)
    assert judge.ends(task)[0] == 9 + 4 and judge.score(judge.ends(task)[2][None], task).attributes[0].tolist() == [
        3,
        9,
        2,
        4,
    ]
    texts = judge.written(np.random.default_rng(0), 200)
    found = judge.score(texts, task)
    a, b = found.attributes[:, 0], found.attributes[:, 2]
    assert found.gold == pytest.approx(13 - (a - 3) ** 2 - (b - 2) ** 2) and (found.proxy == a + b).all()
    more = judge.score(judge.best(judge.setting.proxy(0, 0), task)[1][None], task)
    assert more.proxy[0] == 8 and more.gold[0] < 13


def test_better_and_worse_want_opposite_words():
    judge = judge_of("decisive", control=True, kinds=2)
    assert [k.name for k in judge.setting.kinds] == ["k0 better", "k0 worse", "k1 better", "k1 worse"]
    assert (judge.setting.gold(0, 0) == -judge.setting.gold(1, 0)).all() and judge.ends(Request(1, 0, ()))[:2] == (
        0,
        -12,
    )


def test_two_lexicons_mean_the_same():
    one, two = judge_of("sentiment"), judge_of("sentiment", lexicon="b")
    assert not set(one.setting.lexicon.words[:8]) & set(two.setting.lexicon.words[:8])
    task = Request(0, 0, ABOUT)
    assert one.ends(task)[:2] == two.ends(task)[:2] and one.setting.kinds == two.setting.kinds
    topics = judge_of("sentiment", topics="war ice")
    assert topics.setting.subjects == ("war", "ice")


def test_control_words_ask_for_opposite_texts():
    judge = judge_of("sentiment", control=True)
    golds = [judge.setting.gold(k, 0) for k in range(4)]
    assert [k.name for k in judge.setting.kinds] == ["nice long", "nice short", "harsh long", "harsh short"]
    assert (golds[0] == -golds[3]).all() and (golds[1] == -golds[2]).all()
    found = [
        judge.score(judge.ends(Request(k, 0, ABOUT))[2][None], Request(k, 0, ABOUT)).attributes[0] for k in range(4)
    ]
    assert [a[3] for a in found] == [12, 1, 12, 1]  # words
    assert [a[0] - a[1] for a in found] == [1, 1, -1, -1]  # good less bad


def test_a_trap_is_best_at_the_wanted_length_and_lengths_are_all_that_counts():
    judge = judge_of("trap", wanted=6)
    task = Request(0, 0, ABOUT)
    assert (judge.ends(task)[2] != judge.meter.none).sum() == 6
    assert (judge.best(judge.setting.proxy(0, 0), task)[1] != judge.meter.none).sum() == 12
    lengths = judge_of("lengths", wanted=3)
    assert lengths.ends(task)[:2] == (0, -9)


def test_laws_and_options_that_do_not_exist_are_refused():
    with pytest.raises(BadOption, match="exploit"):
        setting_of("exploits", 0, None, where="AttributeText")
    with pytest.raises(BadOption, match="wanted"):
        setting_of("trap", 0, {"wantd": 3}, where="AttributeText")
    for law, wrong in (
        ("sentiment", {"lexicon": "c"}), ("decisive", {"good": 16}), ("decisive", {"words": 1}), ("rare", {"share": 0}),
        ("segments", {"words": 1}), ("symbols", {"length": 13}), ("danger", {"share": 1}), ("users", {"groups": 4}),
    ):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            setting_of(law, 0, wrong, where="AttributeText")
