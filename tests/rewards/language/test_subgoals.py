"""The verifier: each pair asked once, errors achieve nothing; credited sets as states that an agent can be shown."""

import copy

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.rewards.language.subgoals import CreditedSets, Verifier


def names(*texts):
    return np.array(texts, dtype=object)


def same(items):
    return np.array([float(goal == text) for goal, text in items])


def test_each_pair_is_asked_once_and_only_if_wanted():
    verifier = Verifier(same, ("a", "b"))
    wanted = np.array([[True, True, False], [True, False, True]])
    found = verifier.achieved(names("a", "b", "b"), wanted)
    assert found.tolist() == [[True, False, False], [False, False, True]]
    assert verifier.asked == 4  # (a, a), (a, b), (b, a), (b, b)
    verifier.achieved(names("a", "a", "b"), np.ones((2, 3), dtype=bool))
    assert verifier.asked == 4


def test_what_is_remembered_has_an_end_and_answers_stay_the_same():
    verifier, all_ = Verifier(same, ("a", "b"), most=4), np.ones((2, 3), dtype=bool)
    for told in (("a", "b", "c"), ("c", "d", "a"), ("a", "b", "c")):
        assert verifier.achieved(names(*told), all_).tolist() == [[t == g for t in told] for g in "ab"]
    assert len(verifier._known) <= 6


def test_a_judge_that_fails_achieves_nothing_and_is_asked_again():
    answers = [OracleFailed("down"), np.array([np.nan]), np.array([1.0])]

    def judge(items):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    verifier, wanted = Verifier(judge, ("a",)), np.ones((1, 1), dtype=bool)
    with pytest.warns(RuntimeWarning, match="not achieved"):
        assert not verifier.achieved(names("x"), wanted).any()
    assert not verifier.achieved(names("x"), wanted).any()
    assert verifier.achieved(names("x"), wanted).all() and verifier.achieved(names("x"), wanted).all()
    assert (verifier.asked, verifier.errors) == (3, 2) and "down" in verifier.last_error
    assert copy.deepcopy(verifier).achieved(names("x"), wanted).all()


def test_sets_are_states_that_only_grow():
    from rewardlab.rewards.language.calm import CALM

    reward = CALM(("a", "b", "c"), same)
    sets = reward.compiled
    assert isinstance(sets, CreditedSets) and len(sets.states) == 8 and sets.states[0] == "none"
    assert sets.states[5] == "a; c" and sets.initial == 0
    words = reward.words(steps(4, transition=names("c", "x", "b", "a")))
    assert words.tolist() == [4, 0, 2, 1]
    assert sets.move(np.array([1, 1, 2, 7]), words).tolist() == [5, 1, 2, 7]
    with pytest.raises(BadOption, match="13 sub-goals"):
        _ = CALM(tuple("abcdefghijklm"), same).compiled
