"""Drivers: tokens do not depend on who waits for whom, copies share their start, scores are the sampler's."""

import time

import gymnasium as gym
import pytest
import torch
from gymnasium import spaces
from token_worlds import CHATML, LETTERS, Echo, equal, policy, tokenizer

from rewardlab.agents.loops.tokens.chat import ChatTokens
from rewardlab.agents.loops.tokens.dialogues import Play, asynchronous, synchronous
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.core.errors import BadOption, BadSpace

PLAY = Play(turns=4, max_tokens=5)
SEEDS = [3, 11, 12]


def envs(n=6, **options):
    return [Echo(5, **options) for _ in range(n)]


def arrays(r):
    """The columns that must be equal to the bit, and the rest."""
    names = (
        "tokens",
        "mask",
        "turn",
        "window",
        "reward",
        "turn_reward",
        "turns",
        "success",
        "dropped",
        "truncated",
        "cut",
    )
    return {k: getattr(r, k) for k in names} | r.parts


@pytest.mark.parametrize("context", [256, 24])
def test_all_drivers_give_the_same_dialogues(context):
    p = policy(context=context)
    first = synchronous(p, envs(), SEEDS, PLAY, seed=7)
    assert (context == 24) == bool(first.dropped.any())
    for again in (
        asynchronous(p, envs(slow=0.01), SEEDS, PLAY, seed=7),
        synchronous(p, envs(slow=0.01), SEEDS, Play(turns=4, max_tokens=5, workers=3), seed=7),
        asynchronous(p, envs(), SEEDS, Play(turns=4, max_tokens=5, workers=1), seed=7),
    ):
        assert equal(arrays(first), arrays(again)) and again.messages == first.messages
        assert torch.allclose(first.old_logp, again.old_logp, atol=1e-5)
    assert synchronous(p, envs(), SEEDS, PLAY, seed=8).messages != first.messages


def test_scores_of_whole_dialogues_are_those_of_the_sampler():
    for context in (256, 24):
        p = policy(context=context)
        r = synchronous(p, envs(), SEEDS, PLAY)
        filled = p.fill(r.tokens, r.mask, r.window)
        assert float((filled.logp - r.old_logp).detach().abs().max()) < 1e-5
        assert not r.old_logp[r.mask == 0].any() and bool((r.old_logp[r.mask == 1] < 0).all())


class Anew(TokenPolicy):
    """Reads each prompt whole."""

    def generate(self, *args, read=None, **options):
        return super().generate(*args, **options)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("context", [256, 40, 24])
def test_what_is_kept_between_turns_changes_nothing(context, temperature):
    """Rows of one to five turns, in contexts that hold them and in some that windows move through."""
    p, play = policy(context=context), Play(turns=5, max_tokens=5, temperature=temperature)
    read = {"kept": 0, "anew": 0}
    who = "kept"

    def count(module, args, options):
        read[who] += options["input_ids"].numel()

    p.model.register_forward_pre_hook(count, with_kwargs=True)
    kept = synchronous(p, envs(12), range(6), play, seed=7)
    assert equal(arrays(kept), arrays(synchronous(p, envs(12), range(6), play, seed=7)))
    read["kept"], who = read["kept"] // 2, "anew"
    anew = synchronous(Anew(p.model, p.vocabulary), envs(12), range(6), play, seed=7)
    assert equal(arrays(kept), arrays(anew)) and kept.messages == anew.messages
    assert float((kept.old_logp - anew.old_logp).abs().max()) < 1e-5
    turns = set(kept.turns.flatten().tolist())
    assert min(turns) < 3 < max(turns) and (context == 256) != bool(kept.dropped.any())
    assert read["kept"] < (0.6 if context == 256 else 1.0) * read["anew"]


def test_nothing_is_kept_of_dialogues_that_are_over():
    held = []
    p = policy()

    class Watched(Play):
        def sample(self, policy, rows):
            held.extend(r for r in rows if r not in held)
            assert all((r.read is not None) == bool(r.rewards) for r in rows)
            super().sample(policy, rows)

    synchronous(p, envs(), SEEDS, Watched(turns=2, max_tokens=5))
    assert len(held) == 6 and all(row.over and row.read is None for row in held)


def test_copies_share_their_start_and_nothing_else():
    r = synchronous(policy(), envs(12), [3, 11, 12], PLAY)
    for group in r.messages:
        assert len({m[0]["content"] for m in group}) == 1 and len({str(m[1]) for m in group}) > 1
    alone = synchronous(policy(), envs(1), [11], PLAY)
    assert alone.messages[0][0] == r.messages[1][0]  # whoever else plays
    two = synchronous(policy(), envs(2), [11, 11], PLAY)
    assert two.messages[0] == two.messages[1]  # the same task twice, not two copies


def test_nobody_waits_for_a_slow_tool():
    """One of eight rows takes 0.15 s a turn: its three turns are the whole time; the others are done before."""
    done = []

    class Slow(Echo):
        def reset(self, *, seed=None, options=None):
            found = super().reset(seed=seed)
            self.left = 3
            return found

        def step(self, action):
            time.sleep(self.slow)
            out = super().step(action)
            if out[2]:
                done.append(self.slow)
            return out

    tools = [Slow(slow=0.15 * (i == 2)) for i in range(8)]
    asynchronous(policy(), tools, SEEDS[:1], Play(turns=3, max_tokens=2))
    assert done[-1] == 0.15 and len(done) == 8


@pytest.mark.parametrize(
    ("n", "seeds", "play", "error"),
    [
        (6, [], PLAY, BadOption),
        (5, SEEDS, PLAY, BadOption),
        (2, SEEDS, PLAY, BadOption),
        (3, SEEDS, Play(max_tokens=256), BadOption),
        (3, SEEDS, Play(max_tokens=255), BadOption),
        (3, SEEDS, Play(temperature=-1), BadOption),
    ],
)
def test_mistakes_are_named(n, seeds, play, error):
    with pytest.raises(error):
        synchronous(policy(), envs(n), seeds, play)


@pytest.mark.parametrize("options", [{"turns": 0}, {"workers": -1}, {"turns": 1.5}])
def test_limits_that_cannot_be(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Play(**options)


class Numbers(gym.Env):
    action_space = spaces.Discrete(3)


class Broken(Echo):
    def step(self, action):
        raise RuntimeError("out of order")


def test_faults_of_environments_come_through():
    with pytest.raises(BadSpace, match="Text"):
        synchronous(policy(), [Numbers()], [0], PLAY)
    for drive in (synchronous, asynchronous):
        with pytest.raises(RuntimeError, match="out of order"):
            drive(policy(), [Broken(), Echo()], [0], PLAY)


def test_foreign_characters_and_actions_of_ones_own():
    p = policy(LETTERS + "éß")
    r = synchronous(p, envs(6), SEEDS, Play(turns=2, max_tokens=8))
    said = {m["content"] for g in r.messages for d in g for m in d if m["role"] == "agent"}
    assert all(Echo.action_space.contains(s) for s in said)  # é cannot be written in these letters at all
    raw = synchronous(p, envs(6), SEEDS, Play(turns=2, max_tokens=8, fit=lambda text: "aé"[:1] * len(text)))
    assert {c for g in raw.messages for d in g for m in d if m["role"] == "agent" for c in m["content"]} == {"a"}


class Hostile(Echo):
    """A partner who says anything: foreign characters, halves of pairs, nothing, very much."""

    SAID = ("", "\ud800", "é\x00\U0001f600", "a" * 5000, "\n", "say <|e|>", "\N{REPLACEMENT CHARACTER}" * 50)

    def step(self, action):
        out = super().step(action)
        return *out[:4], {**out[4], "reply": self.SAID[int(self.np_random.integers(len(self.SAID)))]}


@pytest.mark.parametrize("kind", ["characters", "chat"])
def test_no_partner_breaks_a_dialogue(kind):
    vocabulary = Characters(LETTERS) if kind == "characters" else ChatTokens(tokenizer(CHATML))
    for context in (64, 90, 256):
        p = policy(vocabulary=vocabulary, context=context)
        r = synchronous(p, [Hostile(8) for _ in range(24)], range(24), Play(turns=8, max_tokens=4))
        assert bool(r.dropped.any()) and float((p.logp(r.tokens, r.mask, r.window) - r.old_logp).abs().max()) < 1e-5
        widths = [int((r.window == w).sum(-1).max()) for w in range(int(r.window.max()) + 1)]
        assert max(widths) <= context
