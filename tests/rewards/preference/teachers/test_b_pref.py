import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Indifferent, Mistaken, Myopic, NoisyTeacher, Skipping, Teacher, b_pref
from rewardlab.rewards.preference.teachers import adaptive


def pairs(sums, length=4):
    """Pairs whose segments have these sums of reward [P, 2]."""
    sums = np.asarray(sums, dtype=np.float64)
    return steps((len(sums), 2, length), reward=np.repeat(sums[..., None] / length, length, -1))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def near(share, exact, count):
    """Within four standard errors."""
    return abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / count) + 1e-12


N = 20_000


@pytest.mark.parametrize(
    ("options", "exact"),
    [
        ({}, 1.0),
        ({"temperature": 0.5}, sigmoid(4.0)),  # the gap of 2 is two spreads: σ(2 / 0.5)
        ({"temperature": 2.0}, sigmoid(1.0)),
        ({"mistake": 0.1}, 0.9),
        ({"temperature": 2.0, "mistake": 0.3}, 0.7 * sigmoid(1.0) + 0.3 * sigmoid(-1.0)),
        ({"temperature": 2.0, "mistake": 0.5}, 0.5),
        ({"mistake": 0.3, "skip": 2.0}, 0.7),  # the better one earns 2: it is not below
    ],
)
def test_shares_of_right_answers_are_the_closed_forms(options, exact):
    sums = np.tile([[2.0, 0.0], [0.0, 2.0]], (N // 2, 1))
    first = np.array([1.0, 0.0] * (N // 2))
    labels = b_pref(Task(), seed=1, **options)(pairs(sums))
    assert near((labels == first).mean(), exact, N)


def test_skipping_and_indifference_look_at_their_thresholds():
    sums = [[3, 0], [0, 3], [0.9, 0.5], [0.5, -9], [2, 2.4]]
    skip = Skipping(Teacher(Task()), threshold=1.0)
    np.testing.assert_array_equal(skip(pairs(sums)), [1, 0, np.nan, np.nan, 0])
    equal = Indifferent(Teacher(Task()), gap=0.45)
    np.testing.assert_array_equal(equal(pairs(sums)), [1, 0, 0.5, 1, 0.5])
    np.testing.assert_array_equal(Indifferent(skip, gap=0.45)(pairs(sums)), [1, 0, np.nan, np.nan, 0.5])
    np.testing.assert_array_equal(b_pref(Task(), skip=1.0, equal=0.45)(pairs(sums)), [1, 0, np.nan, np.nan, 0.5])
    exact = Indifferent(Teacher(Task()), gap=3.0)(pairs([[3, 0]]))
    assert exact.tolist() == [1]  # the gap itself still tells


def test_mistakes_turn_answers_round_and_leave_ties_and_silence():
    batch = pairs([[1, 0], [0, 1], [1, 1], [np.nan, 0]])
    np.testing.assert_array_equal(Mistaken(Teacher(Task()), 1.0)(batch), [0, 1, 0.5, np.nan])
    np.testing.assert_array_equal(Mistaken(Teacher(Task()), 0.0)(batch), [1, 0, 0.5, np.nan])


def test_a_myopic_teacher_weighs_the_end_most_and_does_not_count_padding():
    reward = np.array([[[1.0, 0, 0, 0], [0, 0, 0, 0.6]]])
    batch = steps((1, 2, 4), reward=reward)
    assert Teacher(Task())(batch).tolist() == [1] and Teacher(Myopic(Task(), 0.5))(batch).tolist() == [0]
    np.testing.assert_allclose(Teacher(Myopic(Task(), 0.5)).sums(batch), [[0.125, 0.6]])
    short = steps((1, 2, 4), reward=reward, mask=np.arange(4) < np.array([[[2], [4]]]))
    np.testing.assert_allclose(Teacher(Myopic(Task(), 0.5)).sums(short), [[0.5, 0.6]])
    np.testing.assert_allclose(Teacher(Myopic(Task(), 0.5)).sums(as_torch(short)), [[0.5, 0.6]])
    np.testing.assert_array_equal(Myopic(Task(), 1.0)(batch), reward)


def test_a_known_spread_makes_batches_of_any_kind_one_teacher():
    easy = np.tile([[5.0, 0.0]], (N, 1))
    share = NoisyTeacher(Task(), temperature=1.0, spread=5.0, seed=0)(pairs(easy)).mean()
    assert near(share, sigmoid(1.0), N)
    alone = NoisyTeacher(Task(), temperature=1.0, seed=0)(pairs(easy)).mean()
    assert near(alone, sigmoid(2.0), N)  # the batch's own spread is 2.5


def test_a_threshold_goes_with_what_the_policy_earns():
    assert adaptive(0.1, 500.0, segment=50, episode=1000) == pytest.approx(2.5)


def test_judgements_go_on_after_a_checkpoint():
    batch = pairs(np.random.default_rng(0).normal(size=(300, 2)))
    one, two = (b_pref(Task(), temperature=2.0, mistake=0.3, equal=0.1, seed=s) for s in (3, 4))
    one(batch)
    two.load_state_dict(one.state_dict())
    a, b = one(batch), two(batch)
    assert (a == b).all() and (a != one(batch)).any()
    assert (one.labelled(batch).info["label"] == two.labelled(batch).info["label"]).sum() < 300  # one drew on, two not
    with pytest.raises(BadCheckpoint):
        one.load_state_dict({})


def test_labels_come_as_the_kind_of_the_batch():
    batch = as_torch(pairs([[1, 0], [0, 1]]))
    assert b_pref(Task(), mistake=1.0, equal=0.1).labelled(batch).info["label"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Mistaken(Teacher(Task()), 1.5),
        lambda: Indifferent(Teacher(Task()), -1.0),
        lambda: Myopic(Task(), 0.0),
        lambda: NoisyTeacher(Task(), spread=0.0),
    ],
)
def test_options_that_cannot_be_are_refused(make):
    with pytest.raises(BadOption):
        make()
