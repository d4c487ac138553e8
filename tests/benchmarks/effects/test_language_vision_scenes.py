import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks.effects.language_vision_scenes import SIDE, CartPole, MountainCar, Room, _corners, _drive

SCENES = (CartPole, MountainCar, Room)


@pytest.mark.parametrize("scene", SCENES)
def test_no_caption_is_the_goal_or_the_baseline_and_its_words_are_known(scene):
    rng = np.random.default_rng(0)
    x = scene.states(3000, rng)
    captions = scene.captions(x, rng)
    assert len(captions) == 3000
    assert not {scene.goal, scene.baseline} & set(captions)
    words = set(" ".join(captions).split())
    assert set(scene.goal.split()) <= words
    assert 0.1 < scene.label(x).mean() < 0.6


@pytest.mark.parametrize("scene", SCENES)
def test_pictures_show_each_state_by_itself(scene):
    x = scene.states(40, np.random.default_rng(0))
    pictures = scene.draw(x)
    assert pictures.shape == (40, SIDE, SIDE, 3)
    assert pictures.dtype == np.uint8
    np.testing.assert_array_equal(scene.draw(x[7:8])[0], pictures[7])
    assert len({p.tobytes() for p in pictures}) > 30


def test_things_stand_where_they_are():
    room = Room.draw(np.array([[0.0, 0, 5, 0, 2, 4]]))[0]
    assert tuple(room[4, 4]) == (52, 101, 164)
    assert tuple(room[4, 44]) == (210, 60, 50)
    assert tuple(room[36, 20]) == (70, 150, 80)
    upright, left = CartPole.draw(np.array([[0.0, 0.0], [0.0, -0.6]]))
    assert tuple(upright[15, 24]) == (210, 60, 50)
    assert tuple(left[15, 24]) == (247, 247, 243)
    assert tuple(left[20, 14]) == (210, 60, 50)
    # the car stands on the hill that Gymnasium's has
    car = MountainCar.draw(np.array([[-0.5236, 0.0]]))[0]
    assert tuple(car[37, 18]) == (52, 101, 164)


def test_the_car_is_gymnasiums():
    env = gym.make("MountainCar-v0").unwrapped
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    env.state = np.array([-0.5, 0.0])
    x = env.state[None]
    for action in rng.integers(0, 3, 60):
        env.step(int(action))
        x = _drive(x, np.array([action - 1]), 1)
        np.testing.assert_allclose(x[0], env.state, atol=1e-6)


def test_between_lattice_points_what_is_linear_is_exact():
    place, speed = np.linspace(-1, 1, 5), np.linspace(0, 2, 4)
    grid = np.stack(np.meshgrid(place, speed, indexing="ij"), -1).reshape(-1, 2)
    x = np.random.default_rng(0).uniform([-1, 0], [1, 2], (50, 2))
    index, weight = _corners(x, place, speed)
    np.testing.assert_allclose((weight * (grid @ [2.0, -3.0])[index]).sum(0), x @ [2.0, -3.0], atol=1e-12)


def test_a_planner_succeeds_on_the_truth_and_not_on_its_opposite():
    for scene in (MountainCar, Room):
        assert scene.success(scene.label, 0) == 1.0
        assert scene.success(lambda x, s=scene: 1.0 - s.label(x), 0) < 0.2
