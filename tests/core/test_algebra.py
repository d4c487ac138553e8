"""The algebra of rewards: what a sum, a scale and a chain pay, learn, remember and store; weights that fade."""

import numpy as np
import pytest
import torch
from core.small_rewards import Cell, HTTPCost, Mean, Square, Steps, batch, learned

from rewardlab.core.algebra import Annealed, Chain, Scale, Sum
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Task, add


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor])
def test_sum_scale_and_minus_are_linear(make):
    b = batch(6, make=make)
    r = Task() + 0.1 * Cell() - HTTPCost() * 2.0 + -Cell()
    want = b.reward + 0.1 * b.obs + 2.0 * b.action - b.obs
    np.testing.assert_allclose(array(r(b)), array(want), rtol=1e-12)


def test_parts_sum_to_the_pay_bit_for_bit_and_equals_get_numbers():
    b = batch(7)
    r = Task() + 0.3 * Cell() + Cell() + (-0.7) * Cell()
    parts = r.parts(b)
    assert list(parts) == ["task", "cell", "cell_2", "cell_3"]
    np.testing.assert_array_equal(add(parts), r(b))
    np.testing.assert_array_equal(parts["cell"], 0.3 * b.obs)
    np.testing.assert_array_equal(parts["cell_3"], -0.7 * b.obs)


def test_sums_are_flat_and_keep_their_order():
    left, right = (Task() + Cell()) + HTTPCost(), Task() + (Cell() + HTTPCost())
    assert left == right and [type(t) for t in left.terms] == [Task, Cell, HTTPCost]


def test_a_scaled_sum_keeps_its_parts():
    b = batch(5)
    parts = (2.0 * (Task() + Cell())).parts(b)
    np.testing.assert_array_equal(parts["task"], 2 * b.reward)
    np.testing.assert_array_equal(parts["cell"], 2 * b.obs)


def test_only_rewards_can_be_summed():
    with pytest.raises(BadOption, match=r"0\.5 in a sum of rewards"):
        Task() + 0.5


def test_chain_shows_the_second_what_the_first_paid():
    b = batch(6)
    r = (Task() + Cell()).then(Square())
    np.testing.assert_array_equal(r(b), (b.reward + b.obs) ** 2)
    assert list(r.parts(b)) == ["sum"]
    np.testing.assert_array_equal(Cell().then(Task())(b), b.obs)
    assert list(Cell().then(Square()).parts(b)) == ["cell"]


def test_a_chain_does_not_hide_the_task_from_its_neighbours():
    b = batch(6)
    parts = (Task() + Cell().then(Square())).parts(b)
    np.testing.assert_array_equal(parts["task"], b.reward)
    np.testing.assert_array_equal(parts["cell"], b.obs**2)


def test_memory_and_learns_are_those_of_the_children():
    assert not (Task() + Cell()).memory and (Task() + 0.1 * Steps()).memory and Steps().then(Square()).memory
    assert not (Task() + Cell()).learns and (Task() + 0.1 * Mean()).learns and Cell().then(Mean()).learns


def test_a_learner_cannot_stand_on_a_stage_with_memory():
    with pytest.raises(BadOption, match="mean learns from steps"):
        Steps().then(Mean())
    Mean().then(Steps())  # the other way round is sound


def test_update_reaches_every_child_and_a_chain_teaches_what_its_first_stage_pays():
    b = batch(4)
    inner, outer = Mean(), Mean()
    logs = (Task() + 0.5 * inner + Cell().then(outer)).update(b)
    assert inner.total == b.reward.sum() and outer.total == b.obs.sum()
    assert logs == {"mean": b.reward.mean(), "mean_2": b.obs.mean()}  # neither hides the other


def test_update_of_a_chain_teaches_the_first_stage_first():
    b = batch(4)
    chain = Mean().then(Mean())
    chain.update(b)
    assert chain.first.total == b.reward.sum()
    assert chain.second.total == pytest.approx(b.reward.mean() * 4)


def test_reset_reaches_every_child():
    deep = Steps()
    r = Task() + 0.1 * deep + (Steps().then(Square()))
    r.reset(np.ones(3, dtype=bool))
    r(batch(3))
    r.reset(np.array([True, False, True]))
    assert deep.count.tolist() == [0, 1, 0]
    assert r.terms[2].first.count.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "make_reward",
    [
        Steps,
        lambda: Task() + 0.5 * Steps(),
        lambda: (Task() + Steps()).then(Square()),
        lambda: Cell().then(Square()).then(Steps()),
        lambda: Sum((Steps(), Steps())),
    ],
)
def test_recorded_pays_what_online_steps_paid(make_reward):
    b = batch(6, 2, ends=[(1, 0), (4, 1), (3, 0)])
    online, paid, begun = make_reward(), [], np.ones(2, dtype=bool)
    for t in range(6):
        online.reset(begun)
        paid.append(online.parts(b.rows(t)))
        begun = b.rows(t).done
    recorded = make_reward().recorded(b)
    assert recorded.keys() == paid[0].keys()
    for name, value in recorded.items():
        np.testing.assert_array_equal(value, np.stack([p[name] for p in paid]))


def test_state_goes_round():
    b = batch(3)
    one, two = learned(), learned()
    one.reset(np.ones(3, dtype=bool))
    one.update(b)
    one(b)
    two.load_state_dict(one.state_dict())
    np.testing.assert_array_equal(one(b), two(b))
    fresh = learned()
    fresh.reset(np.ones(3, dtype=bool))
    assert not np.array_equal(one(b), fresh(b))


def test_state_holds_only_what_has_state():
    assert (Task() + Cell()).state_dict() == {}
    assert [*learned().state_dict()] == ["1_mean", "2_cell", "3_steps"]


def test_state_of_another_expression_is_refused():
    state = learned().state_dict()
    for other in (Task(), Task() + Cell(), Scale(Task(), 2.0), Chain(Cell(), Square())):
        with pytest.raises(BadCheckpoint):
            other.load_state_dict(state)


def test_state_that_lacks_a_part_is_refused():
    state = learned().state_dict()
    del state["1_mean"]
    with pytest.raises(BadCheckpoint, match="lacks 'total'"):
        learned().load_state_dict(state)


@pytest.mark.parametrize("weight", [True, None, "2", float("nan"), float("-inf"), np.array([1.0, 2.0])])
def test_a_weight_that_is_no_finite_number_is_named(weight):
    with pytest.raises(BadOption, match="Scale of task: weight="):
        Scale(Task(), weight)


@pytest.mark.parametrize("weight", [np.float32(0.5), np.float64(0.5), np.array(0.5), 1, np.int64(1)])
def test_weights_of_every_number_type_keep_the_type_of_the_pay(weight):
    scaled = weight * Task()
    assert type(scaled) is Scale and type(scaled.weight) is float
    b = batch(3)
    assert scaled(b.paying(b.reward.astype(np.float32))).dtype == np.float32


@pytest.mark.parametrize(
    ("reward", "text"),
    [
        (Task() + 0.1 * Cell(), "Task() + 0.1 * Cell()"),
        (Task() - Cell() - 2 * Square(), "Task() - Cell() - (2 * Square())"),
        (-(Task() + Cell()), "-(Task() + Cell())"),
        (0.5 * (2 * Task()), "0.5 * (2 * Task())"),
        ((Task() + Cell()).then(Square()), "(Task() + Cell()).then(Square())"),
        (0.5 * Task().then(Square()), "0.5 * Task().then(Square())"),
        (Task() / 4, "0.25 * Task()"),
        (sum([Task(), Cell()]), "Task() + Cell()"),
        ((0.1 * Cell()).annealed(500), "(0.1 * Cell()).annealed(500)"),
        (Task() + Cell().annealed(5, end=0.5), "Task() + Cell().annealed(5, end=0.5)"),
    ],
)
def test_a_reward_reads_as_it_was_written(reward, text):
    assert repr(reward) == str(reward) == text


def test_a_sum_takes_rewards_only_and_python_s_own_sum():
    assert repr(sum([Task()])) == "Task()"
    with pytest.raises(BadOption, match="use Task\\(\\)"):
        1 + Task()


# -- fading weights --------------------------------------------------------------------------------------------------


def test_the_weight_moves_in_a_straight_line_with_what_is_learned_from():
    reward, b = Cell().annealed(8, start=1.0, end=0.5), batch(4)
    seen = []
    for _ in range(4):
        seen.append(reward.weight)
        np.testing.assert_array_equal(reward(b), reward.weight * b.obs)
        reward.update(b)
    assert seen == [1.0, 0.75, 0.5, 0.5]


def test_a_fading_reward_hands_on_lessons_memory_and_parts():
    reward = (Mean() + Cell()).annealed(100)
    assert reward.learns and not reward.memory and Steps().annealed(5).memory
    logs = reward.update(batch(10))
    assert logs["sum/weight"] == 0.9 and "mean" in logs
    assert [*reward.parts(batch(3))] == ["mean", "cell"] and Cell().annealed(3).name == "cell"
    np.testing.assert_allclose(add(reward.parts(batch(3))), reward(batch(3)))


def test_a_fading_reward_goes_on_where_its_state_was():
    one, two = Mean().annealed(40), Mean().annealed(40)
    one.update(batch(10))
    two.load_state_dict(one.state_dict())
    assert two.weight == one.weight == 0.75
    np.testing.assert_array_equal(one(batch(3)), two(batch(3)))
    with pytest.raises(BadCheckpoint):
        two.load_state_dict({"reward": {}})


@pytest.mark.parametrize("options", [{"steps": 0}, {"steps": True}, {"steps": 1.5}, {"steps": 5, "end": float("nan")}])
def test_a_senseless_schedule_is_refused(options):
    with pytest.raises(BadOption, match="Annealed cell"):
        Annealed(Cell(), **options)
