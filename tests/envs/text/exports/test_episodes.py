"""The table of conversations: the same words as in an environment, bounds, forgetting, one message at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import gymnasium as gym
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption, BadSeed, SandboxUnavailable
from rewardlab.envs.text.exports.episode import NotNow
from rewardlab.envs.text.exports.episodes import Episodes, NoEpisode, TooMany
from rewardlab.envs.text.transcripts import messages

CHAIN, GUESS = "rewardlab/ArithChain-v0", "rewardlab/GuessNumberText-v0"


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("number", [0, 1, 7])
def test_an_episode_of_a_seed_is_the_one_that_many_resets_lead_to(number):
    env, table = gym.make(CHAIN), Episodes(CHAIN)
    env.reset(seed=5)
    for _ in range(number):
        env.reset()
    assert table.shown(table.open(5, number).key)["messages"] == messages(env)
    assert table.shown(table.open(5, number + 1).key)["messages"] != messages(env)


def test_environments_are_used_again_and_forget_what_was():
    table = Episodes(GUESS)
    first = table.open(1)
    fresh = table.shown(first.key)["messages"]
    table.say(first.key, "5")
    table.close(first.key)
    second = table.open(1)
    assert second.env is first.env and second.key != first.key
    assert table.shown(second.key)["messages"] == fresh
    with pytest.raises(NoEpisode):
        table.say(first.key, "5")
    table.close_all()
    assert len(table) == 0


def test_an_ended_conversation_does_not_speak_in_the_next():
    table = Episodes(GUESS)
    first = table.open(1)
    table.close(first.key)
    kept, table.find = table.find, lambda key: first  # whoever was about to speak had found it already
    with pytest.raises(NoEpisode):
        table.say(first.key, "5")
    with pytest.raises(NoEpisode):
        table.shown(first.key)
    table.find = kept
    assert table.shown(table.open(1).key)["turn"] == 0


def test_no_more_than_there_may_be_and_the_idle_are_forgotten():
    clock = Clock()
    table = Episodes(CHAIN, most=2, idle=10, clock=clock)
    one, two = table.open(0).key, table.open(1).key
    with pytest.raises(TooMany, match="2 conversations"):
        table.open(2)
    clock.now = 8.0
    table.find(two)
    clock.now = 11.0
    three = table.open(2).key
    assert len(table) == 2
    with pytest.raises(NoEpisode, match="no such conversation"):
        table.shown(one)
    assert table.shown(two)["turn"] == table.shown(three)["turn"] == 0


def test_one_is_busy_and_the_others_are_not():
    table, gate, entered = Episodes(CHAIN), threading.Event(), threading.Event()
    slow, quick = table.open(0), table.open(0)
    step = slow.env.step

    def waits(action):
        entered.set()
        assert gate.wait(20)
        return step(action)

    slow.env.step = waits
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(table.say, slow.key, "answer: 1")
        assert entered.wait(20)
        for refused in (lambda: table.say(slow.key, "answer: 1"), lambda: table.shown(slow.key)):
            with pytest.raises(NotNow, match="is being answered"):
                refused()
        heard = table.say(quick.key, "answer: 1")  # while the other waits
        assert not waiting.done()
        gate.set()
        assert waiting.result() == heard


def test_one_that_is_ended_while_it_is_answered_is_answered_and_then_freed():
    table, gate, entered, closed = Episodes(CHAIN), threading.Event(), threading.Event(), []
    table._kept.clear()
    episode = table.open(0)
    step = episode.env.step

    def waits(action):
        entered.set()
        assert gate.wait(20)
        return step(action)

    episode.env.step = waits
    episode.env.unwrapped.rules.close = lambda: closed.append(gate.is_set())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(table.say, episode.key, "answer: 1")
        assert entered.wait(20)
        table.close(episode.key)  # does not wait
        assert not closed and not waiting.done() and len(table) == 0
        with pytest.raises(NoEpisode), table._held(episode):
            pass
        gate.set()
        assert waiting.result()["done"]
    assert closed == [True] and table._kept == [episode.env]
    table._free(episode)
    assert table._kept == [episode.env]  # once


def test_what_a_missing_wall_raises_leaves_the_conversation_as_it_was():
    table = Episodes(CHAIN)
    episode = table.open(0)
    step = episode.env.step

    def breaks(action):
        raise SandboxUnavailable("no wall")

    episode.env.step = breaks
    with pytest.raises(SandboxUnavailable):
        table.say(episode.key, "answer: 1")
    episode.env.step = step
    assert table.say(episode.key, "answer: 1", turn=0)["turn"] == 1


def test_a_bad_seed_costs_no_environment():
    table = Episodes(CHAIN)
    (kept,) = table._kept
    for bad in (-1, 0.5, "a"):
        with pytest.raises(BadSeed):
            table.open(bad)
    assert table._kept == [kept] and table.open(0).env is kept


def test_options_are_those_that_are_allowed():
    table = Episodes(CHAIN, allowed=("length",))
    long = table.shown(table.open(0, options={"length": 6}).key)
    assert long["messages"] != table.shown(table.open(0).key)["messages"] and long["options"] == {"length": 6}
    with pytest.raises(BadOption, match="option 'modulus'"):
        table.open(0, options={"modulus": 7})
    with pytest.raises(BadOption, match="length"):
        table.open(0, options={"length": 99})
    assert len(table) == 2


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Episodes("rewardlab/DeepSea-v0"), BadOption, "no dialogue"),
        (lambda: Episodes("rewardlab/ArithChainTokens-v0"), BadOption, "no dialogue"),
        (lambda: Episodes("rewardlab/Nothing-v0"), BadOption, "Nothing"),
        (lambda: Episodes(CHAIN, {"lenght": 3}), BadOption, "lenght"),
        (lambda: Episodes(CHAIN, most=0), BadOption, "most=0"),
        (lambda: Episodes(CHAIN, idle=0), BadOption, "idle=0"),
        (lambda: Episodes(CHAIN).open(-1), BadSeed, "seed -1"),
        (lambda: Episodes(CHAIN).open(0, -1), BadOption, "episode=-1"),
        (lambda: Episodes(CHAIN).open(0, 0.5), BadOption, r"episode=0\.5"),
        (lambda: Episodes(CHAIN).find("x"), NoEpisode, "no such"),
    ],
)
def test_mistakes_are_named(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_without_a_seed_there_is_one_that_can_be_used_again():
    table = Episodes(CHAIN)
    one, other = table.shown(table.open().key), table.shown(table.open().key)
    assert one["seed"] != other["seed"]
    assert table.shown(table.open(one["seed"]).key)["messages"] == one["messages"]
