import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Mistaken, NoisyTeacher, Population, Teacher

LIKES, HATES = Teacher(Task()), Teacher(lambda b: -b.reward)


def pairs(count, seed=0):
    return steps((count, 2, 1), reward=np.random.default_rng(seed).normal(size=(count, 2, 1)))


def test_each_pair_is_judged_by_whoever_it_is_shown_to():
    batch = pairs(500)
    out = Population([LIKES, HATES], seed=1).labelled(batch)
    who = out.info["annotator"]
    assert (out.info["label"] == np.where(who == 0, LIKES(batch), HATES(batch))).all()
    assert set(who.tolist()) == {0, 1} and who.dtype == np.int64


def test_people_are_asked_in_their_shares():
    count = 20_000
    who = Population([LIKES, HATES, LIKES], (5, 3, 2), seed=2).labelled(pairs(count)).info["annotator"]
    exact = np.array([0.5, 0.3, 0.2])
    share = np.bincount(who, minlength=3) / count
    assert (np.abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / count)).all()  # four standard errors


def test_known_annotators_are_kept():
    batch = pairs(6)
    batch = batch.paying(batch.reward, annotator=np.array([0, 1, 0, 1, 1, 1]))
    for b in (batch, as_torch(batch)):
        out = Population([LIKES, HATES]).labelled(b)
        assert out.info["annotator"].tolist() == [0, 1, 0, 1, 1, 1]
        assert (np.asarray(out.info["label"]) == np.where([1, 0, 1, 0, 0, 0], LIKES(batch), HATES(batch))).all()
    assert Population([LIKES, HATES])(batch).tolist() == out.info["label"].tolist()
    with pytest.raises(BadOption, match="annotators"):
        Population([LIKES]).labelled(batch)


def test_utilities_are_the_mean_of_all_and_draws_go_on_after_a_checkpoint():
    batch = pairs(300)
    people = Population([LIKES, HATES], (3, 1))
    np.testing.assert_allclose(people.sums(batch), 0.5 * LIKES.sums(batch))
    one, two = (
        Population([NoisyTeacher(Task(), temperature=2.0, seed=s), Mistaken(HATES, 0.3, s)], seed=s) for s in (5, 6)
    )
    one(batch)
    two.load_state_dict(one.state_dict())
    a, b = one.labelled(batch), two.labelled(batch)
    assert (a.info["label"] == b.info["label"]).all() and (a.info["annotator"] == b.info["annotator"]).all()


@pytest.mark.parametrize(
    ("teachers", "shares"), [([], None), ([LIKES], (0.5, 0.5)), ([LIKES], (0.0,)), ([LIKES], (-1,))]
)
def test_shares_that_are_none_are_refused(teachers, shares):
    with pytest.raises(BadOption, match="Population"):
        Population(teachers, shares)
