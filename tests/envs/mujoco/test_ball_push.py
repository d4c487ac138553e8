import gymnasium as gym
import numpy as np
import pytest

from rewardlab.agents.loops.simulated import RulesModel, model_of
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.mujoco import ball_push
from rewardlab.envs.mujoco.ball_push import BallPush
from rewardlab.envs.mujoco.ball_tasks import BALL, DISC, NAMES, RAIL, TASKS

ID = "rewardlab/BallPush-v0"
STILL = np.zeros((1, 2))


def begun(n, rules=None, seed=0):
    rng = Streams(range(seed, seed + n))
    rng.begin(np.ones(n, dtype=bool))
    return (rules or BallPush()).start(n, rng)


def at(disc, ball, *, disc_v=(0, 0), ball_v=(0, 0), task="centre", target=(0.0, 0.0)):
    physics = np.array([[0, *disc, *ball, *disc_v, *ball_v]], dtype=float)
    zero = np.zeros(1, dtype=np.int64)
    return {
        "physics": physics,
        "task": np.array([NAMES.index(task)]),
        "since": zero,
        "swaps": zero,
        "target": np.array([target], dtype=float),
    }


def test_disc_and_ball_alone_move_as_their_equation_says():
    """(m + h d) v' = m v + h f and x' = x + h v', h = 10 ms."""
    state = at((-0.5, -0.5), (0.3, 0.3), disc_v=(0.1, 0.4), ball_v=(-0.2, 0.1))
    action = np.float32([[0.25, -0.5]])
    x, v = state["physics"][0, 1:5].copy(), state["physics"][0, 5:9].copy()
    mass, damping = np.array([0.5, 0.5, 0.3, 0.3]), np.array([2.0, 2.0, 0.6, 0.6])
    for _ in range(8):
        state, *_ = BallPush().move(state, action, Streams([0]))
        for _ in range(5):
            v = (mass * v + 0.01 * 2.0 * np.array([*action[0], 0, 0])) / (mass + 0.01 * damping)
            x = x + 0.01 * v
    np.testing.assert_allclose(state["physics"][0, 1:], np.concatenate([x, v]), atol=1e-9)
    assert state["physics"][0, 0] == pytest.approx(8 * 0.05)


def test_a_push_gives_the_ball_what_it_takes_from_the_disc(monkeypatch):
    """Between them only forces along the line of their middles act, equal and opposite."""
    monkeypatch.setattr(ball_push, "_SUBSTEPS", 1)
    state, action = at((-0.3, -0.1), (0.0, 0.0), disc_v=(0.9, 0.3)), np.float32([[0.8, 0.2]])
    given = 0.0
    for _ in range(40):
        before = state["physics"][0]
        state, *_ = BallPush().move(state, action, Streams([0]))
        after = state["physics"][0]
        total = 0.52 * after[5:7] + 0.306 * after[7:9]
        np.testing.assert_allclose(total, 0.5 * before[5:7] + 0.3 * before[7:9] + 0.02 * action[0], atol=1e-7)
        push = 0.306 * after[7:9] - 0.3 * before[7:9]
        line = (before[3:5] - before[1:3]) / np.linalg.norm(before[3:5] - before[1:3])
        assert push @ line >= -1e-9  # they never pull
        assert abs(push[0] * line[1] - push[1] * line[0]) < 1e-7  # no friction
        given += push @ line
    assert given > 0.1


def test_rails_hold_the_ball_and_walls_the_disc():
    n, rng = 300, np.random.default_rng(0)
    envs = gym.make_vec(ID, num_envs=n)
    envs.reset(seed=0)
    push = rng.uniform(-1, 1, (n, 2))
    furthest = np.zeros(2)
    for t in range(120):
        if t % 15 == 0:
            push = np.sign(rng.uniform(-1, 1, (n, 2)))
        *_, info = envs.step(push.astype(np.float32))
        furthest = np.maximum(furthest, [np.abs(info[k]).max() for k in ("disc", "ball")])
        gap = np.linalg.norm(info["disc"] - info["ball"], axis=1)
        assert gap.min() > DISC + BALL - 0.05  # m: contacts give way a little
    assert 0.88 < furthest[0] < 1 - DISC + 0.04
    assert 0.6 < furthest[1] < RAIL - BALL + 0.05


def test_what_is_not_touched_stays_and_touching_is_told():
    rules = BallPush()
    for gap, force, touch in ((0.1, 0.0, False), (0.002, 1.0, True)):
        state = at((-DISC - BALL - gap, 0.3), (0.0, 0.3))
        after, _, _, info = rules.move(state, np.float32([[force, 0]]), Streams([0]))
        assert info["touch"][0] == touch
        assert (after["physics"][0, 3] > 1e-6) == touch


@pytest.mark.parametrize("task", TASKS)
def test_a_done_task_is_paid_once_and_ends_the_episode(task):
    rules = BallPush(task=task)
    ball = {"east": (0.61, 0.2), "west": (-0.61, 0.2), "north": (0.2, 0.61), "south": (0.2, -0.61)}.get(task, (0.1, 0))
    _, reward, ended, info = rules.move(at((0.5, -0.5), ball, task=task), STILL, Streams([0]))
    assert (reward[0], ended[0], info["success"][0], info["done_task"][0]) == (1.0, True, True, task)
    far = (0.61, 0.45) if task == "east" else (0.4, 0.4)
    _, reward, ended, info = rules.move(at((0.5, -0.5), far, task=task), STILL, Streams([0]))
    assert (reward[0], ended[0], info["success"][0]) == (0.0, False, False)


@pytest.mark.parametrize("task", TASKS)
def test_the_expert_earns_the_optimal_return(task):
    envs = gym.make_vec(ID, num_envs=100, autoreset_mode="NextStep", task=task)
    _, info = envs.reset(seed=0)
    paid = np.zeros(100)
    assert (info["distance"] > 0).mean() > 0.5
    for _ in range(200):
        running = paid == 0
        _, reward, *_ = envs.step(envs.unwrapped.rules.expert(envs.get_state()["state"]))
        paid += reward * running
        if (paid > 0).all():
            break
    assert paid.mean() == envs.describe().optimal_return == 1.0


def test_without_resets_a_task_and_its_undoing_take_turns():
    envs = gym.make_vec("rewardlab/BallPush-ResetFree-v0", num_envs=20)
    obs, info = envs.reset(seed=0)
    swaps, seen = np.zeros(20, dtype=int), [info["task"]]
    ball = info["ball"]
    for _ in range(600):
        obs, reward, ended, cut, info = envs.step(envs.unwrapped.rules.expert(envs.get_state()["state"]))
        assert not (ended | cut).any()
        assert np.abs(info["ball"] - ball).max() < 0.1  # m: it rolls on from where it was
        ball = info["ball"]
        np.testing.assert_array_equal(info["swaps"] - swaps, reward)  # the expert is never given up
        changed = info["swaps"] > swaps
        assert (info["task"][changed] != info["done_task"][changed]).all()
        assert (info["task"][~changed] == info["done_task"][~changed]).all()
        np.testing.assert_array_equal(obs[:, 10] == 1, info["task"] == "centre")
        swaps = info["swaps"]
        seen.append(info["task"])
    assert set(np.concatenate(seen)) == {"east", "centre"}
    assert swaps.min() >= 5
    np.testing.assert_array_equal(info["task"] == "centre", swaps % 2 == 1)


def test_a_task_without_resets_is_given_up_after_some_patience():
    rules = BallPush(task="centre", reset_free=True, patience=3)
    state = at((0.5, -0.5), (0.4, 0.4))
    tasks = []
    for _ in range(7):
        state, reward, *_ = rules.move(state, STILL, Streams([5]))
        tasks.append(NAMES[state["task"][0]])
        assert not reward.any()
    assert tasks == ["centre", "centre", "region", "region", "region", "centre", "centre"]
    assert state["swaps"][0] == 2


def test_random_play_earns_the_random_return():
    n, rng = 500, np.random.default_rng(0)
    envs = gym.make_vec(ID, num_envs=n)
    envs.reset(seed=0)
    paid, running = np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(200):
        _, reward, ended, cut, _ = envs.step(rng.uniform(-1, 1, (n, 2)).astype(np.float32))
        paid += reward * running
        running &= ~(ended | cut)
    told = envs.describe().random_return
    assert abs(paid.mean() - told) < 4 * np.sqrt(told * (1 - told) / n)
    assert BallPush(task="east").card().random_return is None


def test_rows_are_moved_each_for_itself_and_nothing_is_overwritten():
    rules, state = BallPush(), begun(6)
    action = np.random.default_rng(0).uniform(-1, 1, (6, 2)).astype(np.float32)
    before = {k: v.copy() for k, v in state.items()}
    after, *_ = rules.move(state, action, Streams(range(6)))
    for k, v in before.items():
        np.testing.assert_array_equal(state[k], v)
    for i in range(6):
        alone, *_ = BallPush().move({k: v[i : i + 1] for k, v in state.items()}, action[i : i + 1], Streams([i]))
        np.testing.assert_array_equal(alone["physics"][0], after["physics"][i])


def test_pictures_and_observations_show_what_is_there():
    state = at((-0.5, 0.3), (0.2, -0.1), disc_v=(0.1, 0.2), ball_v=(0.3, 0.4), task="region", target=(0.4, 0.4))
    seen = [-0.5, 0.3, 0.1, 0.2, 0.2, -0.1, 0.3, 0.4, 0.4, 0.4]
    np.testing.assert_allclose(BallPush().look(state)[0], seen, atol=1e-7)
    where = {(-0.5, 0.3): (52, 101, 164), (0.2, -0.1): (210, 60, 50), (0.4, 0.5): (240, 190, 40)}
    for frame in (BallPush().draw(state, 0), BallPush(observation="pixels").look(state)[0]):
        half = len(frame) / 2
        for (x, y), colour in where.items():
            assert tuple(int(c) for c in frame[int((1 - y) * half), int((x + 1) * half)]) == colour
    frame = BallPush().draw(at((-0.5, 0.3), (0, 0), task="east"), 0)
    assert tuple(frame[200, 350]) == (240, 190, 40)  # the goal, at the right rail
    assert "region: disc (-0.500, +0.300) m" in BallPush().text(state, 0)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"task": "regoin"}, "region"),
        ({"observation": "rgb"}, "pixels"),
        ({"patience": 0}, "patience"),
        ({"side": 4}, "8"),
    ],
)
def test_what_cannot_be_is_refused(fields, word):
    with pytest.raises(BadOption, match=word):
        BallPush(**fields)


@pytest.mark.parametrize("fields", [{}, {"task": "east"}, {"task": "north", "reset_free": True, "patience": 3}])
def test_what_is_seen_tells_the_state_to_plan_from(fields):
    """A model of the rules, begun at an observation, goes the way of the world, contacts included."""
    rules, rng = BallPush(**fields), Streams(range(12))
    state = begun(12, rules)
    model, act = RulesModel(rules), np.random.default_rng(1)
    for _ in range(30):
        action = rules.expert(state) + 0.1 * act.normal(size=(12, 2))
        seen = model.state(rules.observe(state))
        for key in ("task", "target"):
            np.testing.assert_array_equal(seen[key], state[key])
        np.testing.assert_array_equal(model.look(seen), rules.observe(state))
        planned = model.step(seen, action.clip(-1, 1))
        state, pay, over, columns = rules.move(state, action.clip(-1, 1), rng)
        np.testing.assert_allclose(planned.state["physics"][:, 1:], state["physics"][:, 1:], rtol=0, atol=1e-9)
        np.testing.assert_array_equal(planned.pay, pay)
        np.testing.assert_array_equal(planned.info["touch"], columns["touch"])
        assert not over.any() or not rules.reset_free


def test_a_world_is_a_model_and_pictures_are_none():
    env = gym.make(ID)
    obs, _ = env.reset(seed=3)
    model = model_of(env)
    np.testing.assert_allclose(model.look(model.state(obs[None]))[0], obs, atol=1e-7)
    with pytest.raises(BadOption, match="pictures"):
        BallPush(observation="pixels").recall(np.zeros((1, 32, 32, 3)))
