"""One conversation: what comes of each message is what the environment gives, and one sent twice is heard once."""

import gymnasium as gym
import pytest
from chain_answers import CALCULATOR

from rewardlab.envs.text.exports.episode import Episode, NotNow
from rewardlab.envs.text.exports.sheet import dialogue
from rewardlab.envs.text.transcripts import messages


def begun(task, seed, **parameters):
    env, _ = dialogue(task, **parameters)
    _, info = env.reset(seed=seed)
    return Episode("key", env, seed, 0, {}, 0.0, info)


@pytest.mark.parametrize("seed", range(4))
def test_a_conversation_is_that_of_the_environment(seed):
    env, episode = gym.make(CALCULATOR, length=4), begun(CALCULATOR, seed, length=4)
    env.reset(seed=seed)
    fit = env.unwrapped.rules.fit
    for said in ("@calc 3+4", "@calc 1/0", "@nobody ☃", "@calc " + "9" * 2000, "answer: 3"):
        heard = episode.hear(said)
        _, reward, terminated, truncated, info = env.step(fit(said))
        assert heard["reward"] == reward == sum(heard["parts"].values()) and heard["done"] == terminated
        assert heard["truncated"] == truncated and heard["info"] == info and heard["said"] == info["said"]
        assert heard["reply"] == info["reply"] and heard["turn"] == info["turn"]
        assert heard["role"] == messages(env)[-1]["role"]
    shown = episode.shown()
    assert shown["messages"] == messages(env) and shown["done"] and len(shown["rewards"]) == shown["turn"] == 5
    with pytest.raises(NotNow, match="over"):
        episode.hear("answer: 4")


def test_a_message_sent_twice_is_heard_once():
    episode = begun("rewardlab/GuessNumberText-v0", 1)
    once = episode.hear("5", turn=0)
    assert episode.hear("5", turn=0) == once and episode.turn == 1
    assert once["parts"] == {"outcome": once["reward"]}  # a task without parts
    for said, turn in (("6", 0), ("5", 2)):
        with pytest.raises(NotNow, match=f"turn {turn}"):
            episode.hear(said, turn=turn)
    assert episode.hear("5", turn=1)["turn"] == 2


def test_the_last_message_may_be_sent_again_after_the_end():
    episode = begun("rewardlab/ArithChain-v0", 0)
    once = episode.hear("answer: 3", turn=0)
    assert once["done"] and episode.hear("answer: 3", turn=0) == once
    with pytest.raises(NotNow, match="over"):
        episode.hear("answer: 3", turn=1)
