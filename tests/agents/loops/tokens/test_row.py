"""One dialogue: tokens are only appended, masks say who spoke, contexts that are full begin a new window."""

import gymnasium as gym
import pytest
from gymnasium import spaces
from token_worlds import LETTERS, Echo

from rewardlab.agents.loops.tokens.row import Row, _parts, fitted, fitting
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.core.errors import BadReward, BadSpace
from rewardlab.envs.text.lines import CHARSET


class Long(Echo):
    """A partner who talks for ten turns."""

    def reset(self, *, seed=None, options=None):
        found = super().reset(seed=seed)
        self.left = 10
        return found


def row(env=None, *, context=1000, turns=8, charset=LETTERS, seed=3):
    made = Row(env or Echo(3), seed, 0, Characters(charset), turns, 4, context, str)
    made.start()
    return made


def test_tokens_are_appended_and_masked():
    r, v = row(Long()), Characters(LETTERS)
    past = []
    for turn in range(3):
        prompt = r.prompt()
        assert prompt == r.tokens and r.tokens[: len(past)] == past
        said = v.encode("ab") + ([v.end] if turn else [])  # once it was cut before its end
        r.speak(said, [-1.0, -2.0, -3.0][: len(said)])
        r.step()
        past = list(r.tokens)
    whole = [i for m in r.messages[:-1] for i in v.message(m["role"], m["content"])]
    assert r.tokens == whole[: len(r.tokens)] and len(whole) - len(r.tokens) == 0
    own = [t for t, m in zip(r.tokens, r.mask, strict=True) if m]
    assert own == v.encode("ab") + 2 * [*v.encode("ab"), v.end] and r.drawn == len(own)
    assert [p for p in r.logp if p] == [-1.0, -2.0, -1.0, -2.0, -3.0, -1.0, -2.0, -3.0]
    assert {t for t, m in zip(r.turn, r.mask, strict=True) if m} == {0, 1, 2} and r.turn == sorted(r.turn)
    assert set(r.window) == {0} and r.dropped == 0
    assert len(r.rewards) == 3 and r.parts["talk"] == pytest.approx(-0.03)


def test_the_parts_of_a_text_task_are_summed():
    """Two calls are valid, the critic likes the view and no other; a driver's own parts come before the task's."""
    env = gym.make("rewardlab/ProgramRepair-v0", valid_pay=0.1, liked_pay=0.25)
    r = row(env, charset=CHARSET)
    for said in ("view", "list", "what?"):
        r.prompt()
        r.speak(r.vocabulary.encode(said), [-1.0] * len(said))
        r.step()
    assert r.parts == pytest.approx({"outcome": 0.0, "valid": 0.2, "liked": 0.25, "malformed": 0.0})
    assert sum(r.rewards) == pytest.approx(0.45)
    assert _parts({"part_outcome": 1.0, "reward_parts": {"mine": 2.0}}) == {"mine": 2.0}


def test_a_full_context_keeps_the_task_and_the_last_messages():
    v, context = Characters(LETTERS), 40
    r = row(Long(), context=context)
    task = v.message("partner", r.messages[0]["content"])
    past = []
    for _ in range(8):
        prompt = r.prompt()
        assert len(prompt) <= context - 4 and prompt[: len(task)] == task and r.tokens[: len(past)] == past
        assert (prompt[-1] == v.agent and prompt.count(v.partner) >= 2) or not past
        past = list(r.tokens)
        r.speak(v.spoken("abc"), [-1.0] * 4)
        r.step()
    assert r.dropped > 0 and max(r.window) >= 2 and r.window == sorted(r.window)
    for w in set(r.window):
        ids = [t for t, k in zip(r.tokens, r.window, strict=True) if k == w]
        assert len(ids) <= context and ids[: len(task)] == task
    assert sum(r.mask) == 8 * 4


@pytest.mark.parametrize("context", [6, 7, 8, 12])
def test_not_even_the_task_fits(context):
    r = row(Long(words=" 0123456789"), context=context)
    for _ in range(5):
        prompt = r.prompt()
        assert 1 <= len(prompt) <= context - 4
        r.speak([5], [-1.0])
        r.step()
    assert r.dropped > 0


def test_what_fits():
    a, b, c = [1] * 5, [2] * 3, [3] * 4
    assert fitting([a, b, c], 12) == [a, b, c] and fitting([a, b, c], 11) == [a, c]
    assert fitting([a, b, c], 9) == [a, c] and fitting([a, b, c], 8) == [c] and fitting([a, b, c], 3) == [[3] * 3]
    assert fitting([a], 2) == [[1, 1]] and fitting([a, b], 0) == [[]]


def test_ends():
    r = row(Long(), turns=2)
    for over in (False, True):
        r.prompt()
        r.speak([5], [0.0])
        assert r.step() is r and r.over is over
    assert r.truncated and r.cut and r.success in (0.0, 1.0)
    r = row(Echo(1))
    r.prompt()
    r.speak([5, r.vocabulary.end], [0.0, 0.0])
    r.step()
    assert r.over and not r.truncated and not r.cut


def test_any_text_is_made_an_action():
    plain, braces = spaces.Text(6, charset="ab"), spaces.Text(12, charset="ab\\u{}0123456789cdef")
    assert fitted("abxab", plain) == "abab" and fitted("a" * 9, plain) == "a" * 6
    assert fitted("aéb", braces) == "a\\u{e9}b" and fitted("\N{PILE OF POO}" * 3, braces) == "\\u{1f4a9}\\u{"
    assert plain.contains(fitted("", plain)) and len(fitted("", plain)) == 1
    for text in ("", "é", "\ud800", "b\x00a", "x" * 1000):
        assert plain.contains(fitted(text, plain)) and braces.contains(fitted(text, braces))


class Odd(gym.Env):
    action_space = spaces.Text(3)

    def reset(self, *, seed=None, options=None):
        return ("?" if self.fault == "nan" else 3), {}

    def step(self, action):
        return "?", float("nan"), True, False, {}


@pytest.mark.parametrize(("fault", "error"), [("nan", BadReward), ("number", BadSpace)])
def test_faults_of_environments_are_named(fault, error):
    env = Odd()
    env.fault = fault
    with pytest.raises(error):
        r = row(env)
        r.prompt()
        r.speak([5], [0.0])
        r.step()
