"""Sentences and corrections: every cost by hand is one, and one of each kind of run."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_mpc as effects
from rewardlab.rewards import L2R, CodeAsPolicies
from rewardlab.rewards.language.cost_spec import Spec


def test_twelve_sentences_four_of_each_kind_with_costs_by_hand_and_by_chance():
    kinds = [s.kind for s in effects.SENTENCES]
    assert len(kinds) == 12 and all(kinds.count(k) == 4 for k in ("known", "reworded", "outside"))
    for sentence in effects.SENTENCES:
        default = Spec.default(effects.BODIES[sentence.body][1])
        assert effects.by_hand(sentence, 0) != default != effects.by_chance(sentence, 0)
        assert effects.by_chance(sentence, 0) != effects.by_chance(sentence, 1) == effects.by_chance(sentence, 1)
    assert {e.name for e in effects.effects()} == {"language_mpc_sentences", "language_mpc_corrections"}


def test_what_no_primitive_covers_is_said_by_costs():
    sentence = next(s for s in effects.SENTENCES if s.says.startswith("Turn the elbow"))
    mine, fixed = (effects.said(kind, sentence, 0) for kind in (L2R, CodeAsPolicies))
    assert mine == effects.by_hand(sentence, 0) != fixed


def test_a_cost_is_followed_and_judged():
    sentence = next(s for s in effects.SENTENCES if s.says.startswith("Turn the elbow"))
    state = effects.world("reacher").state(effects.begin("reacher", 0))
    _, seen = effects.follow("reacher", effects.by_hand(sentence, 0), state, 0.6, 0)
    assert len(seen) == 12 and abs(seen[-1]["joint elbow"] - 1.0472) < 0.2
    assert not sentence.true({**seen[-1], "joint elbow": np.float64(0.0)})
    assert sentence.true({**seen[-1], "joint elbow": np.float64(1.04)})


@pytest.mark.parametrize("value", [0.5, 0.9])
def test_bars_are_what_they_say(value):
    assert effects._is(value, "all")(3) == {"all": value}
