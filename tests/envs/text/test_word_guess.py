"""Word guess: marks by their rule, beliefs by trying all words, and an expert that finds every word of the list."""

from collections import Counter

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.beliefs import fewest
from rewardlab.envs.text.word_guess import MARKS, WordGuess, _best, _table, marks
from rewardlab.envs.text.words import FIVE


@pytest.mark.parametrize(
    ("guess", "secret", "shown"),
    [
        ("speed", "abide", "..+.+"),  # one e of two
        ("speed", "erase", "+.++."),
        ("speed", "steal", "=.=.."),
        ("speed", "crepe", ".+=+."),
        ("llama", "label", "=++.."),  # an l in its place, the other l elsewhere
        ("eerie", "there", "+.+.="),  # two of three e
        ("crane", "crane", "====="),
    ],
)
def test_letters_are_marked_as_often_as_the_word_has_them(guess, secret, shown):
    assert marks(guess, secret) == shown


def test_marks_are_sound_for_all_pairs_of_words():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        guess, secret = rng.choice(FIVE, size=2)
        shown = marks(guess, secret)
        for letter in set(guess):
            marked = sum(m != "." for m, g in zip(shown, guess, strict=True) if g == letter)
            assert marked == min(guess.count(letter), secret.count(letter))
        assert [m == "=" for m in shown] == [g == s for g, s in zip(guess, secret, strict=True)]
        loose = [(g, m) for g, m in zip(guess, shown, strict=True) if m != "="]
        for letter in set(guess):  # the first ones of a letter are marked, the later ones no longer
            run = "".join(m for g, m in loose if g == letter)
            assert run == "+" * run.count("+") + "." * run.count(".")


def test_the_table_holds_the_marks_of_all_pairs():
    words, table = WordGuess(size=60).words, _table(60)
    for i, guess in enumerate(words):
        for j, secret in enumerate(words):
            assert table[i, j] == sum(MARKS.index(m) * 3**k for k, m in enumerate(marks(guess, secret)))


@pytest.mark.parametrize("strict", [False, True])
def test_the_expert_finds_every_word_in_six_guesses(strict):
    n, lengths = len(FIVE), Counter()
    table, nodes = _table(n), [(tuple(range(n)), 1)]
    while nodes:  # the whole tree of its games
        left, guesses = nodes.pop()
        guess = _best(n, left, strict)
        lengths[guesses] += guess in left
        for reply in np.unique(table[guess, list(left)]):
            rest = tuple(s for s in left if table[guess, s] == reply and s != guess)
            if rest:
                nodes.append((rest, guesses + 1))
    assert sum(lengths.values()) == n and max(lengths) <= 6
    assert sum(k * v for k, v in lengths.items()) / n < 3


@pytest.mark.parametrize("size", [10, 13, 16])
def test_with_a_short_list_the_expert_is_almost_as_good_as_the_best_play(size):
    table = _table(size)
    taken = []
    for secret in range(size):
        left, guess, guesses = tuple(range(size)), -1, 0
        while guess != secret:
            guess, guesses = _best(size, left, False), guesses + 1
            left = tuple(s for s in left if table[guess, s] == table[guess, secret])
        taken.append(guesses)
    best = fewest(table)[-1]  # over all sets of words and all guesses
    assert best <= np.mean(taken) + 1e-9 <= best + 0.2


def test_what_is_left_is_what_would_have_given_the_same_marks():
    env = gym.make("rewardlab/WordGuess-v0", size=80, turns=4)
    rng = np.random.default_rng(1)
    for seed in range(10):
        env.reset(seed=seed)
        rules, secret = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
        said, told, over = [], 0.0, False
        while not over:
            said.append(str(rng.choice(rules.words)))
            _, reward, over, _, info = env.step(f"Is it {said[-1].upper()}?")
            fits = [w for w in rules.words if all(marks(g, w) == marks(g, secret) for g in said)]
            told += info["gain"]
            assert info["left"] == len(fits) and told == pytest.approx(np.log2(80 / len(fits)), abs=1e-6)
            assert info["right"] == sum(a == b for a, b in zip(said[-1], secret, strict=True))
            assert reward == (said[-1] == secret)


def test_a_strict_game_refuses_what_does_not_fit():
    rules = WordGuess(strict=True, cost=0.5)
    secret, memory = "crane", (rules.words.index("crane"), rules.words.index("grace"))
    heard = rules.hear(secret, memory, "table", None)
    assert heard.understood and heard.memory == memory and heard.parts == {"turns": -0.5} and not heard.over
    heard = rules.hear(secret, memory, "grace", None)
    assert heard.memory == memory[:1] and heard.columns["left"] == 1
    assert rules.hear(secret, memory, "xyzzy", None).understood is False


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"size": 9}, {"size": 100_000}, {"turns": 0}, {"cost": -1.0}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            WordGuess(**wrong)
