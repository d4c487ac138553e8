"""Long training: does the process grow, once a tenth of it is done?

    python -m rewardlab.benchmarks.training_soak --agent ppo --steps 1000000 --out soak.json

PPO learns on 64 rows of a grid world. DQN and SAC learn seldom, so that most of the time goes into steps, from a memory
that is full before the first tenth ends. Resident memory, open files and threads are looked at ten times; what counts
is the last look less the first, which is the one after a tenth.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
import tyro

from rewardlab.agents.deep import DQN, PPO, SAC
from rewardlab.benchmarks import training_speed_envs as envs
from rewardlab.benchmarks.measure import Growth, growth, machine
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.files import write_atomic
from rewardlab.core.store import dumps

MOST = 20 * 2**20  # bytes that a run may grow by
LOOKS = 10
SMALL: dict[str, Any] = {"seed": 1, "device": "cpu"}
SELDOM: dict[str, Any] = {"train_freq": 64, "gradient_steps": 1, "learning_starts": 200, "buffer_size": 4_000, **SMALL}
MADE: dict[str, Callable[[], Any]] = {
    "ppo": lambda: PPO(
        "MlpPolicy", envs.ours("MiniGrid-Empty-8x8-v0", 64), n_steps=32, batch_size=512, n_epochs=2, **SMALL
    ),
    "dqn": lambda: DQN("MlpPolicy", envs.ours("CartPole-v1", 16), **SELDOM),
    "sac": lambda: SAC("MlpPolicy", envs.ours("Pendulum-v1", 16), **SELDOM),
}


@dataclass
class TrainingSoak:
    """What to train, and for how long.

    Attributes:
        agent: a name in `MADE`.
        steps: of the environment, at least 20,000: shorter runs end before anything settles.
        out: a file for the result (JSON); empty for none.
    """

    agent: str = "ppo"
    steps: int = 1_000_000
    out: str = ""


def measure(options: TrainingSoak) -> dict[str, Any]:
    """How much the process has grown, and whether it is less than it may.

    Raises:
        UnknownName: for an agent that there is not.
        BadOption: for too few steps.
    """
    if options.agent not in MADE:
        raise UnknownName(f"no agent {options.agent!r}", where="training_soak", mend=nearest(options.agent, MADE))
    if options.steps < 20_000:
        raise BadOption(f"steps={options.steps!r}", where="training_soak", expected="at least 20000")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        agent, began = MADE[options.agent](), time.monotonic()
        grown = soak(agent, options.steps)
    finally:
        torch.set_num_threads(threads)
    seconds = round(time.monotonic() - began, 1)
    told = {"agent": options.agent, "steps": agent.num_timesteps, "seconds": seconds}
    return {**told, "grown": asdict(grown), "within": within(grown), "machine": machine()}


def soak(agent: Any, steps: int, looks: int = LOOKS) -> Growth:
    """How the process grows while an agent learns for so many steps more, after a tenth of them."""
    rollout = agent.n_envs * (agent.n_steps if hasattr(agent, "n_epochs") else agent.train_freq.frequency)
    chunk = max(1, steps // 100 // rollout) * rollout

    def learn() -> None:
        agent.learn(chunk, reset_num_timesteps=False)

    return growth(learn, rows_per_step=chunk, rows=steps, warm=steps // 10, every=(steps - steps // 10) // (looks - 1))


def within(grown: Growth) -> bool:
    """Whether a run has grown no more than it may."""
    return grown.bytes <= MOST and grown.descriptors <= 0 and grown.threads <= 0


def main(options: TrainingSoak) -> int:
    """Measure and tell; 0 if the process has not grown."""
    found = measure(options)
    sys.stdout.write(dumps(found) + "\n")
    if options.out:
        write_atomic(options.out, dumps(found) + "\n")
    return 0 if found["within"] else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(TrainingSoak)))
