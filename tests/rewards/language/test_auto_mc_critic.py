"""The Critic of Auto MC-Reward in the real sandbox: 12 mutated programs are refused, 4 valid ones pass."""

import numpy as np
import pytest

from rewardlab.core.batch import Transitions
from rewardlab.core.oracle import Answer
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.auto_mc_reward import AutoMCReward, joined
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.loop import design_reward
from rewardlab.rewards.language.design.trained import Trained
from rewardlab.rewards.language.programmed import Programmed


def walks(rows=300, seed=0):
    """Steps on a line to a goal at 1, with lava below -0.8."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-0.7, 0.9, rows)
    a = rng.uniform(-0.3, 0.3, rows)
    after = np.clip(x + a, -1, 1)
    won, lava = after > 0.95, after < -0.8
    info = {"distance": 1 - after, "lava": lava, "success": won}
    none = np.zeros(rows, dtype=bool)
    return Transitions(
        np.stack([x, 1 - x], -1), a[:, None], won * 1.0, np.stack([after, 1 - after], -1), won | lava, none, info
    )


BATCH = walks()
SIGNATURE = Signature.of_batch(BATCH)
CONTEXT = Context("test/Lava-v0", "reach the goal and avoid lava", "A line with lava.", SIGNATURE)
HEAD = "(obs, action, next_obs, info):\n"
DENSE = f"def dense{HEAD}    return obs[1] - next_obs[1]\n"
SPARSE = f'def sparse{HEAD}    return 1.0 * info["success"] - 1.0 * info["lava"]\n'
GOOD = f"{DENSE}\n{SPARSE}"


def dense(body):
    return f"def dense{HEAD}    {body}\n\n{SPARSE}"


def sparse(body):
    return f"{DENSE}\ndef sparse{HEAD}    {body}\n"


MUTATED = {
    "syntax error": dense("return obs[1] -"),
    "wrong signature": GOOD.replace("dense(obs,", "dense(self, obs,"),
    "not a number": dense("return np.log(-1.0 - obs[1] * obs[1])"),
    "infinite loop": dense("x = 0.0\n    while True:\n        x = x + 1.0\n    return x"),
    "import": "import os\n" + dense('os.remove("x")\n    return 0.0'),
    "constant": dense("return 0.0").replace(SPARSE, f"def sparse{HEAD}    return 0.0\n"),
    "wrong sign on lava": sparse('return 1.0 * info["success"] + 1.0 * info["lava"]'),
    "wrong sign on success": sparse('return -1.0 * info["success"] - 1.0 * info["lava"]'),
    "unused target": dense("goal = info['distance']\n    return next_obs[0] - obs[0]"),
    "unknown column": dense('return -info["gripper_height"]'),
    "one function missing": DENSE,
    "escape by attributes": dense("return ().__class__.__base__.__subclasses__()"),
}
VALID = {
    "plain": GOOD,
    "by info": dense('near = math.exp(-3.0 * info["distance"])\n    return near - 0.5'),
    "with a helper": "def gap(x):\n    return abs(1.0 - x[0])\n\n" + dense("return gap(obs) - gap(next_obs)"),
    "by the end": f"{DENSE}\ndef sparse(obs, action, next_obs, info, terminated):\n"
    '    if info["success"]:\n        return 1.0\n    return -1.0 if terminated else 0.0\n',
}  # fmt: skip


@pytest.fixture(scope="module")
def made():
    sources = list((MUTATED | VALID).values())

    def ask(prompts):
        return [
            Answer("accept" if "critic" in str(p.key[3]) else f"```python\n{sources[p.key[3]]}```\n") for p in prompts
        ]

    train = lambda rewards: [Trained(0.5, 0.5) for _ in rewards]  # noqa: E731
    found = design_reward(AutoMCReward(repairs=0), CONTEXT, ask, train, BATCH, rounds=1, size=len(sources))
    return dict(zip((MUTATED | VALID), found.candidates, strict=True))


@pytest.mark.parametrize("name", MUTATED)
def test_a_mutated_program_is_refused_with_a_reason(made, name):
    assert not made[name].accepted and made[name].verdict.problems[0].strip() and made[name].trained is None


@pytest.mark.parametrize("name", VALID)
def test_a_valid_program_passes(made, name):
    assert made[name].accepted, made[name].verdict.problems


@pytest.mark.parametrize(
    "body", ["return 1e300 * obs[0]", "return -1e9 * action[0]", "return next_obs[0] ** 9", "return 0.0"]
)
def test_no_program_pays_more_than_its_signs(body):
    for one, two in ((dense(body), 1.1), (sparse(body), 1.1)):
        reward = Programmed(joined(one), SIGNATURE)
        huge = BATCH.map(lambda x: x * 1e6 if x.dtype.kind == "f" else x)
        for batch in (BATCH, huge):
            pay = reward(batch)
            assert np.abs(pay).max() <= two + 1e-12
            np.testing.assert_allclose(sum(reward.parts(batch).values()), pay)
