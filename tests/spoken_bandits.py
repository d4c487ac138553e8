"""What tests of bandits in words share: how an action is said, and what was told before each round."""

import re

import numpy as np

from rewardlab.envs import WorldEnv


def said(wording, action):
    """An action in words."""
    if not wording.names:
        return " ".join(repr(float(x) * wording.unit) for x in np.ravel(action))
    names = [wording.names[int(k)] for k in np.ravel(action)]
    return " over ".join(names) if len(names) == 2 else ", ".join(names)


def told(rules, choose, *, seed=0, steps=40):
    """(text, state of the bandit, action, reward, info) of each round, the first two from before it."""
    env = WorldEnv(rules)
    text, _ = env.reset(seed=seed)
    for t in range(steps):
        state = env.get_state()["state"]
        state = {key.removeprefix("bandit:"): value[0] for key, value in state.items() if key.startswith("bandit:")}
        action = choose(t, text)
        after, reward, over, _, info = env.step(said(rules.wording, action))
        assert info["understood"]
        yield text, state, action, reward, info
        text = after
        if over:
            return


def suggestion(text):
    """The point [d] that a guide suggests."""
    return np.array([float(x) for x in re.search(r"(?m)^suggestion: (.*)$", text)[1].split()])


def largest(index, dice):
    """The position of the largest of numbers [K], any of equals alike."""
    return int(dice.choice(np.flatnonzero(index == np.max(index))))
