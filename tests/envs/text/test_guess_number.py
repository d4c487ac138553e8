import itertools
import pickle
import warnings

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadAction, BadOption
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs.text.guess_number import GuessNumber, GuessNumberText
from rewardlab.envs.text.spoken import MALFORMED
from rewardlab.envs.world import WorldVectorEnv

NUMBERS, TEXT = "rewardlab/GuessNumber-v0", "rewardlab/GuessNumberText-v0"


WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
         "fourteen", "fifteen", "sixteen"]  # fmt: skip


def play(largest, turns, policy):
    """The success of a policy(low, high) over every secret: no estimate."""
    won = 0
    rules = GuessNumber(largest, turns)
    n = largest
    state = {
        "secret": np.arange(1, n + 1), "low": np.ones(n, int), "high": np.full(n, n),
        "turn": np.zeros(n, int), "answer": np.zeros(n, int),
    }  # fmt: skip
    over = np.zeros(n, dtype=bool)
    for _ in range(turns):
        state, reward, ended, _ = rules.move(state, policy(state["low"], state["high"]) - 1, None)
        won += (reward * ~over).sum()
        over |= ended
    assert over.all()
    return won / n


@pytest.mark.parametrize(("largest", "turns"), [(16, 5), (16, 4), (5, 2), (7, 3), (8, 3), (2, 1), (31, 5)])
def test_halving_earns_the_optimal_return(largest, turns):
    optimal = GuessNumber(largest, turns).card().optimal_return
    assert play(largest, turns, lambda low, high: (low + high) // 2) == pytest.approx(optimal, abs=1e-12)
    assert play(largest, turns, lambda low, high: low) == pytest.approx(min(largest, turns) / largest)


@pytest.mark.parametrize(("largest", "turns"), [(16, 5), (5, 2), (6, 3), (2, 1)])
def test_known_returns_are_those_of_the_exact_process(largest, turns):
    rules = GuessNumber(largest, turns)
    mdp, card = rules.to_mdp(), rules.card()
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-12)
    uniform = np.full((mdp.num_states, largest), 1 / largest)
    assert mdp.evaluate(uniform).value == pytest.approx(card.random_return, abs=1e-12)


def test_the_value_of_every_interval_is_known():
    rules = GuessNumber(12, 3)
    value = rules.to_mdp().solve().V
    for turn, low in itertools.product(range(3), range(1, 13)):
        for high in range(low, 13):
            k = high - low + 1
            assert value[rules.mdp_state(low, high, turn)] == pytest.approx(min(k, 2 ** (3 - turn) - 1) / k)


def test_the_process_is_the_environment_with_its_secret_averaged_out():
    rules = GuessNumber(5, 3)
    mdp = rules.to_mdp()
    P = mdp.P.toarray().reshape(mdp.num_states, 5, mdp.num_states)
    won = rules.mdp_state(1, 1, 3)
    for low, high, turn, action in itertools.product(range(1, 6), range(1, 6), range(3), range(5)):
        if low > high:
            continue
        secrets = np.arange(low, high + 1)
        n = len(secrets)
        state = {
            "secret": secrets, "low": np.full(n, low), "high": np.full(n, high), "turn": np.full(n, turn),
            "answer": np.zeros(n, int),
        }  # fmt: skip
        after, reward, ended, _ = rules.move(state, np.full(n, action), None)
        law = np.zeros(mdp.num_states)
        for i in range(n):
            there = rules.mdp_state(int(after["low"][i]), int(after["high"][i]), turn + 1)
            law[won if reward[i] else won + 1 if ended[i] else there] += 1 / n
        here = rules.mdp_state(low, high, turn)
        np.testing.assert_allclose(P[here, action], law, atol=1e-12)
        assert mdp.R[here, action] == pytest.approx(reward.mean())


def test_random_play_earns_the_random_return():
    n, rng = 4000, np.random.default_rng(0)
    envs = gym.make_vec(NUMBERS, num_envs=n, autoreset_mode="NextStep")
    envs.reset(seed=0)
    paid, running = np.zeros(n), np.ones(n, dtype=bool)
    for _ in range(5):
        _, reward, ended, _, _ = envs.step(rng.integers(0, 16, n))
        paid += reward * running
        running &= ~ended
    expected = envs.describe().random_return
    assert expected == pytest.approx(1 - (15 / 16) ** 5)
    assert abs(paid.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_secrets_are_uniform():
    envs = WorldVectorEnv(GuessNumber(), 8000)
    envs.reset(seed=0)
    count = np.bincount(envs.get_state()["state"]["secret"], minlength=17)
    assert count[0] == 0
    assert ((count[1:] - 500) ** 2 / 500).sum() < 37.7  # chi-square, 15 degrees of freedom, 0.1 %


def test_columns_tell_what_an_answer_left_possible():
    env = gym.make(NUMBERS)
    env.reset(seed=0)
    saved, secret = env.unwrapped.get_state(), 11
    saved["state"]["secret"][:] = secret
    env.unwrapped.set_state(saved)
    low, high = 1, 16
    for guess in (16, 1, 8, 1):
        obs, reward, *_, info = env.step(guess - 1)
        assert info["informative"] == (low <= guess <= high)
        if guess < secret:
            low = max(low, guess + 1)
        elif guess > secret:
            high = min(high, guess - 1)
        assert (info["low"], info["high"], info["said"]) == (low, high, str(guess))
        np.testing.assert_array_equal(np.flatnonzero(obs[:16]) + 1, np.arange(low, high + 1))
        assert obs[16:21].argmax() == (1 if guess < secret else 2)
        assert not reward
        assert not info["success"]
    obs, reward, ended, cut, info = env.step(secret - 1)
    assert (reward, ended, cut, info["success"], info["is_success"]) == (1.0, True, False, True, True)
    assert (info["low"], info["high"], info["turn"]) == (secret, secret, 5)
    assert obs[16:21].argmax() == 3


def test_both_views_play_the_same_game():
    numbers, texts = gym.make_vec(NUMBERS, num_envs=6), gym.make_vec(TEXT, num_envs=6)
    rng = np.random.default_rng(0)
    numbers.reset(seed=3)
    texts.reset(seed=3)
    forms = ("{}", "I say {}.", "maybe {}?", "<answer>{}</answer>")
    for _ in range(40):
        guess = rng.integers(0, 16, 6)
        said = tuple(forms[rng.integers(4)].format(g + 1) for g in guess)
        _, *mine, info = numbers.step(guess)
        _, *theirs, other = texts.step(said)
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
        for key in ("low", "high", "turn", "informative", "success"):
            if key in info:
                np.testing.assert_array_equal(info[key], other[key])


def test_what_is_not_understood_costs_a_turn_and_tells_nothing():
    env = gym.make(TEXT)
    env.reset(seed=1)
    for turn, said in enumerate(("hello", "", "17", "3 or 4", "-3"), start=1):
        obs, reward, ended, cut, info = env.step(said)
        assert obs.endswith(f"you: {said}\npartner: Please say one whole number from 1 to 16.")
        assert (info["low"], info["high"], info["turn"]) == (1, 16, turn)
        assert not info["understood"]
        assert not info["informative"]
        assert (reward, ended, cut) == (0.0, turn == 5, False)


def test_examples_pass_and_fail_as_they_must_and_are_paid_so():
    task = GuessNumber()
    examples = task.examples()
    assert sum(e.passes for e in examples) >= 10
    assert sum(not e.passes for e in examples) >= 10
    rules = GuessNumberText()
    for e in examples:
        assert task.check(e.said, e.truth) is e.passes, e.said[:40]
        envs = WorldVectorEnv(rules, 1)
        envs.reset(seed=0)
        state = envs.get_state()
        state["state"]["secret"][:] = e.truth
        envs.set_state(state)
        assert envs.step((rules.fit(e.said),))[1][0] == e.passes, e.said[:40]


@pytest.mark.parametrize("number", range(1, 17))
def test_numbers_are_understood_as_digits_and_as_words(number):
    task = GuessNumber()
    for said in (str(number), f"{number}!", WORDS[number - 1], f"My guess: {WORDS[number - 1].title()}."):
        assert task.parse(said) == number - 1
    assert task.parse(f"{number} or {number % 16 + 1}") == MALFORMED


def test_states_and_pickles_continue_to_the_bit():
    for name in (NUMBERS, TEXT):
        env = gym.make(name).unwrapped
        env.action_space.seed(0)
        env.reset(seed=1)
        env.step(env.action_space.sample())
        saved, twin = env.get_state(), pickle.loads(pickle.dumps(env))
        actions = [env.action_space.sample() for _ in range(50)]

        def go_on(e, actions=actions):
            shown = []
            for a in actions:
                obs, *rest = e.step(a)
                shown.append((obs if isinstance(obs, str) else obs.tolist(), *rest))
                if rest[1]:
                    obs, info = e.reset()
                    shown.append((obs if isinstance(obs, str) else obs.tolist(), info))
            return shown

        first = go_on(env)
        env.set_state(saved)
        assert go_on(env) == first
        assert go_on(twin) == first


@pytest.mark.parametrize("name", [NUMBERS, TEXT])
def test_the_checkers_find_nothing(name):
    assert check_env(name, processes=False, steps=100)
    assert check_vector_env(name)


def test_the_checkers_of_others_are_silent():
    from gymnasium.utils.env_checker import check_env as gymnasium_check
    from stable_baselines3.common.env_checker import check_env as sb3_check

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb3_check(gym.make(NUMBERS))
        for name in (NUMBERS, TEXT):
            gymnasium_check(gym.make(name).unwrapped, skip_render_check=True)


def test_bad_options_and_actions_are_named():
    with pytest.raises(BadOption, match="largest=1"):
        GuessNumber(largest=1)
    with pytest.raises(BadOption, match="turns=0"):
        GuessNumberText(turns=0)
    env = gym.make(TEXT).unwrapped
    env.reset(seed=0)
    with pytest.raises(BadAction):
        env.step("é")  # texts from outside go through `fit` first
    assert env.step(env.rules.fit("é8"))[4]["understood"]


def test_drawings_show_what_is_possible():
    frames, texts = gym.make(NUMBERS, render_mode="rgb_array"), gym.make(NUMBERS, render_mode="ansi")
    for env in (frames, texts):
        env.reset(seed=0)
        *_, info = env.step(9)
    possible = info["high"] - info["low"] + 1
    tiles = frames.render()[60:90, 15:495].reshape(30, 16, 30, 3)  # one for each number
    gold = (tiles == (240, 190, 40)).all(-1).any((0, 2))
    np.testing.assert_array_equal(gold, [info["low"] <= k <= info["high"] for k in range(1, 17)])
    assert texts.render().count("?") == possible
    said = gym.make(TEXT, render_mode="ansi")
    obs, _ = said.reset(seed=0)
    assert said.render() == obs
    chat = gym.make(TEXT, render_mode="rgb_array")
    chat.reset(seed=0)
    before = chat.render()
    chat.step("is it 9?")
    assert before.shape == chat.render().shape == (360, 480, 3)
    blue = (52, 101, 164)  # what the agent says
    assert not (before == blue).all(-1).any() and (chat.render() == blue).all(-1)[:, 240:].sum() > 1000
