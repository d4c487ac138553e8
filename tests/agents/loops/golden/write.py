"""Writes small files of agents and of a run in the present format, and what they are to do: a folder for a release.

python tests/agents/loops/golden/write.py
"""

import json
from pathlib import Path

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from rewardlab import __version__
from rewardlab.agents.deep import DQN, PPO, SAC
from rewardlab.agents.loops.runs import save_run
from rewardlab.agents.loops.values import HLGauss
from rewardlab.core.files import make_folder

HERE = Path(__file__).parent
TINY = {"policy_kwargs": {"net_arch": [4]}, "seed": 1, "device": "cpu"}
ROLL = {"n_steps": 16, "batch_size": 16, "n_epochs": 2, **TINY}
KEPT = {"learning_starts": 8, "buffer_size": 32, "batch_size": 8, **TINY}
STEPS = 640  # of a whole run; the file is written after half of them


def cart_poles():
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec("CartPole-v1", 4, vectorization_mode="sync", vector_kwargs=same)


CLASSES = {"ppo": PPO, "dqn": DQN, "sac": SAC}
MADE = {
    "ppo": lambda: PPO("MlpPolicy", "CartPole-v1", **ROLL),
    "dqn": lambda: DQN("MlpPolicy", "CartPole-v1", value_loss=HLGauss(0.0, 50.0, 11), **KEPT),
    "sac": lambda: SAC("MlpPolicy", "Pendulum-v1", **KEPT),
}


def run():
    """The agent whose run is written."""
    return PPO("MlpPolicy", cart_poles(), **ROLL)


def looks(agent):
    """[32, *obs] to act on."""
    return np.random.default_rng(0).normal(size=(32, *agent.observation_space.shape)).astype(np.float32)


def does(agent):
    """Likeliest actions."""
    return agent.predict(looks(agent), deterministic=True)[0].tolist()


def returns(agent):
    """Returns of the episodes that ended last."""
    return [float(e["r"]) for e in agent.ep_info_buffer]


def write(folder):
    """Write all files into a folder."""
    make_folder(folder)
    told = {}
    for name, make in MADE.items():
        agent = make().learn(32)
        agent.save(folder / name)
        told[name] = does(agent)
    save_run(run().learn(STEPS // 2), folder / "run.ckpt")
    told["run"] = returns(run().learn(STEPS))
    (folder / "told.json").write_text(json.dumps(told) + "\n")


if __name__ == "__main__":
    write(HERE / __version__)
