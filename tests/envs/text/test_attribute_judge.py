"""The judge: how texts are read, what the reference writes, and exact optima of tables against closed forms."""

import numpy as np
import pytest

from rewardlab.core.responses import best_of, divergence, expected, tilted
from rewardlab.envs.text.attribute_judge import Judge, Request
from rewardlab.envs.text.attribute_laws import LAWS
from rewardlab.envs.text.attribute_optimum import every
from rewardlab.envs.text.attribute_setting import Kind, Setting
from rewardlab.envs.text.attributes import Attribute, Lexicon

UP = Request(0, 0, ())


def test_words_are_read_in_any_writing_and_others_are_unknown():
    judge = Judge(LAWS["principles"](0))
    for said in ("please 1 *", " PLEASE\t1\n* ", "please, 1 * .", '"please" 1; *'):
        numbers, understood = judge.read(said)
        assert understood and judge.spoken(numbers) == ["please 1 * "], said
    numbers, understood = judge.read("please what")
    assert understood and judge.spoken(numbers) == ["please ? "]
    assert not judge.read("what ever")[1] and not judge.read("")[1]
    assert Judge(LAWS["symbols"](0)).read("a b c")[1] is False  # four symbols are asked for
    none = Judge(Setting(Lexicon.of({"": "x"}), (Attribute("n", "length"),), (Kind("k", {"n": -1.0}),), least=0))
    assert none.read("")[1] and none.read("x")[1] and not none.read("what")[1]
    assert none.ends(UP)[:2] == (0, -12)


def test_the_reference_is_a_law_and_writes_by_it():
    lexicon = Lexicon(("a", "b", "c"), ((), ("x",), ()), (0.5, 0.3, 0.2))
    judge = Judge(Setting(lexicon, (Attribute("x", "count", "x"),), (Kind("k", {"x": 1.0}),), length=3, least=0))
    texts = every(judge.meter, 0)
    law = judge.reference(texts)
    assert law.sum() == pytest.approx(1) and len(law) == 40
    written = judge.written(np.random.default_rng(0), 20000)
    place = {tuple(t): k for k, t in enumerate(texts.tolist())}
    seen = np.bincount([place[tuple(t)] for t in written.tolist()], minlength=40) / 20000
    assert (np.abs(seen - law) < 4.5 * np.sqrt(law / 20000)).all()  # 4.5 standard errors
    assert judge.spoken(texts)[0] == "" and judge.spoken(texts)[-1] == "c c c "


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_the_tilt_of_a_sum_over_words_is_a_product_over_places(beta):
    """Counts are sums, so the tilted reference is independent words of the law f(w) exp(r(w)/β)/Z."""
    law = (0.1, 0.4, 0.3, 0.2)
    judge = Judge(LAWS["symbols"](0, words=4, length=5, law=law))
    table = judge.table([UP, Request(1, 0, ())])
    words = np.array([[0.0, 0, 1, 1], [0, 0, -1, -1]])
    single = np.array(law) * np.exp(words / beta)
    single /= single.sum(1, keepdims=True)
    texts = every(judge.meter, 5)
    optimum = tilted(table.reference, table.gold, beta)
    assert optimum == pytest.approx(np.stack([p[texts].prod(1) for p in single]), rel=1e-10)
    value = expected(optimum, table.gold) - beta * divergence(optimum, table.reference)
    assert value == pytest.approx(5 * beta * np.log((np.array(law) * np.exp(words / beta)).sum(1)))


def test_best_of_many_tends_to_the_tilt_of_a_binary_source_as_published():
    """Source 0.3 a symbol, 0.1 nat a symbol: the tilt has mean 0.51463, best-of-exp(1) on ten symbols 0.41256."""
    judge = Judge(LAWS["symbols"](0, words=2, length=10, law=(0.7, 0.3)))
    table = judge.table([UP])
    chosen = best_of(table.reference, table.gold[0], np.e)
    assert expected(chosen, table.gold[0]) / 10 == pytest.approx(0.41256, abs=1e-5)
    low, high = 0.1, 10.0
    for _ in range(60):  # the temperature at which the tilt is 1 nat away
        beta = (low + high) / 2
        far = divergence(tilted(table.reference, table.gold[0], beta), table.reference)
        low, high = (beta, high) if far > 1 else (low, beta)
    assert expected(tilted(table.reference, table.gold[0], beta), table.gold[0]) / 10 == pytest.approx(
        0.51463, abs=1e-5
    )


def test_the_ends_are_remembered_for_each_prompt_and_those_of_the_table():
    judge = Judge(LAWS["symbols"](0, words=3, length=4))
    table = judge.table([Request(k, 0, ("a",)) for k in (0, 1)])
    for k in (0, 1):
        high, low, text = judge.ends(Request(k, 0, ("b",)))
        assert (high, low) == (table.gold[k].max(), table.gold[k].min())
        assert judge.score(text[None], Request(k, 0, ())).gold[0] == high
