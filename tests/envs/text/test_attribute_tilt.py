"""Tilts by recursion against tilts of the table of all texts, and against limits where no table is possible."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import divergence, expected, tilted
from rewardlab.envs.text.attribute_judge import Judge, Request
from rewardlab.envs.text.attribute_laws import LAWS
from rewardlab.envs.text.attribute_setting import Kind, Setting
from rewardlab.envs.text.attribute_tilt import log_partition, tilt
from rewardlab.envs.text.attributes import Attribute, Lexicon

LEXICON = Lexicon.of(
    {"a": "moon cat", "b": "soon cat dog", "": "the"}, phrases=(("the", "moon"),), frequency=(1, 2, 3, 1, 2)
)
COUNTED = [
    Attribute("count", "count", "a"), Attribute("share", "share", "b"), Attribute("topic", "topic"),
    Attribute("first", "first", "a"), Attribute("last", "last", "b"), Attribute("off", "off_length", target=2.0),
]  # fmt: skip
PAIRED = [Attribute("pair", "pair", "a", "b"), Attribute("repeat", "repeat"), Attribute("rhyme", "rhyme")]
CURVED = [Attribute("has", "has", "a"), Attribute("square", "square", "b")]
MIXTURES = {
    "counted": COUNTED, "paired": COUNTED + PAIRED, "curved": COUNTED + CURVED, "both": COUNTED + PAIRED + CURVED,
    "prefix": [*COUNTED[:2], Attribute("prefix", "prefix")],
}  # fmt: skip


@pytest.mark.parametrize("least", [0, 1, 4])
@pytest.mark.parametrize("mixture", MIXTURES)
def test_the_tilt_is_that_of_the_table(mixture, least):
    attributes, rng = tuple(MIXTURES[mixture]), np.random.default_rng(least)
    for beta in (0.02, 0.5, 5.0):
        gold, proxy = (
            {x.name: float(w) for x, w in zip(attributes, rng.normal(size=9 + 2), strict=False)} for _ in "ab"
        )
        kinds = (Kind("k", gold, proxy),)
        judge = Judge(Setting(LEXICON, attributes, kinds, length=4, least=least, cost={"count": 2.0}), seed=1)
        task = Request(0, 0, ("moon", "the"))
        table = judge.table([task])
        for by in ("gold", "proxy"):
            found, policy = tilt(judge, task, beta, by=by), tilted(table.reference, getattr(table, by)[0], beta)
            for name in ("gold", "proxy", "cost"):
                assert getattr(found, name) == pytest.approx(expected(policy, getattr(table, name)[0]), abs=1e-9)
            assert found.attributes == pytest.approx(policy @ table.attributes[0], abs=1e-9)
            assert found.divergence == pytest.approx(divergence(policy, table.reference), abs=1e-9)


@pytest.mark.parametrize("law", ["sentiment", "exploit", "trap", "love", "rare", "greeting"])
def test_where_no_table_is_possible_the_limits_are_the_reference_and_the_best_text(law):
    judge = Judge(LAWS[law](0))
    task = Request(0, 0, judge.setting.subjects[:2])
    golds = [tilt(judge, task, beta).gold for beta in (1e6, 3.0, 1.0, 0.3, 0.003)]
    assert (np.diff(golds) > 0).all() and golds[-1] == pytest.approx(judge.ends(task)[0], abs=0.02)
    drawn = judge.score(judge.written(np.random.default_rng(0), 20000), task).gold
    assert abs(golds[0] - drawn.mean()) < 4 * drawn.std() / np.sqrt(20000)  # 4 standard errors
    assert log_partition(judge, task, np.zeros(len(judge.setting.names))) == pytest.approx(0)


@pytest.mark.parametrize("law", ["exploit", "greeting"])
def test_the_gold_rises_and_falls_as_the_proxy_is_optimised_and_stays_below_its_own_tilt(law):
    judge = Judge(LAWS[law](0))
    task = Request(0, 0, judge.setting.subjects[:2])
    found = [tilt(judge, task, beta, by="proxy") for beta in (10.0, 3.0, 1.0, 0.5, 0.3, 0.1)]
    gold, far = np.array([[t.gold, t.divergence] for t in found]).T
    assert (np.diff(far) > 0).all() and (np.diff([t.proxy for t in found]) > 0).all()
    peak = gold.argmax()
    assert 0 < peak < 5 and gold[peak] > gold[0] + 1 and gold[peak] > gold[-1] + 1
    for t in found[::2]:  # no policy has more gold at this divergence than the tilt by the gold
        low, high = 0.01, 1000.0
        for _ in range(40):
            beta = np.sqrt(low * high)
            low, high = (beta, high) if tilt(judge, task, beta).divergence > t.divergence else (low, beta)
        assert tilt(judge, task, beta).gold >= t.gold - 1e-6


def test_what_is_no_tilt_is_refused():
    judge, task = Judge(LAWS["sentiment"](0)), Request(0, 0, ("sun", "sea"))
    for wrong in ({"beta": 0.0}, {"beta": np.inf}, {"beta": 1.0, "by": "silver"}):
        with pytest.raises(BadOption, match="tilt"):
            tilt(judge, task, **wrong)
    setting = Setting(LEXICON, tuple(PAIRED + CURVED), (Kind("k", {"pair": 1.0, "has": 1.0}),))
    with pytest.raises(BadOption, match="at most 4096"):
        tilt(Judge(setting), task, 1.0)
