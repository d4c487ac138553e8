"""Training that is killed at random moments and started again: is the end the same, bit for bit?

    python -m rewardlab.benchmarks.resume_kills --agent ppo --kills 30 --out kills.json

One run is left alone; others get SIGKILL at random moments, while they save too, and the same command again until they
are done. What is compared is a hash of all parameters, counters and returns.
"""

import hashlib
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import tyro

from rewardlab.core.errors import FaultyEnvironment, UnknownName, nearest
from rewardlab.core.files import write_atomic
from rewardlab.core.store import dumps

SMALL = {"seed": 1, "device": "cpu"}
RUNS: dict[str, tuple[str, str, str, int, dict[str, Any]]] = {  # class, policy, environment, steps, options
    "ppo": ("PPO", "MlpPolicy", "CartPole-v1", 6144, {"n_steps": 64, "batch_size": 32, "n_epochs": 4}),
    "ppo-grid": ("PPO", "MultiInputPolicy", "rewardlab/MiniGrid-Empty-5x5-v0", 4096, {"n_steps": 64, "batch_size": 32}),
    "ppo-cheetah": ("PPO", "MlpPolicy", "HalfCheetah-v5", 6144, {"n_steps": 128, "batch_size": 64, "n_epochs": 4}),
    "dqn": ("DQN", "MlpPolicy", "CartPole-v1", 6000, {"learning_starts": 100, "buffer_size": 1000}),
    "sac": ("SAC", "MlpPolicy", "Pendulum-v1", 800, {"learning_starts": 100, "buffer_size": 500, "batch_size": 64}),
}


@dataclass
class ResumeKills:
    """What to kill.

    Attributes:
        agent: a name in `RUNS`.
        kills: how often, at least 0.
        every: steps between two checkpoints.
        steps: of the whole run; 0 for the agent's own number.
        seed: of the moments.
        out: a file for the result (JSON); empty for none.
        folder: where one run goes on: what the killed processes are started with, not you.
    """

    agent: str = "ppo"
    kills: int = 30
    every: int = 256
    steps: int = 0
    seed: int = 0
    out: str = ""
    folder: str = ""


def check(options: ResumeKills) -> tuple[str, str, str, int, dict[str, Any]]:
    """The run that the options name.

    Raises:
        UnknownName: for another one.
    """
    if options.agent not in RUNS:
        raise UnknownName(f"no agent {options.agent!r}", where="ResumeKills", mend=nearest(options.agent, RUNS))
    return RUNS[options.agent]


def train(options: ResumeKills) -> str:
    """One process of a run: from where its folder's checkpoints end to the end; the hash of the end."""
    import torch

    from rewardlab import agents
    from rewardlab.agents.loops.run_checkpoint import continue_run

    torch.set_num_threads(1)
    name, policy, env, steps, more = check(options)
    kind = getattr(agents, name)
    agent = continue_run(
        lambda: kind(policy, env, **SMALL, **more), options.steps or steps, options.folder, every=options.every
    )
    told = [agent.num_timesteps, agent._n_updates, [[e["r"], e["l"]] for e in agent.ep_info_buffer]]
    return digest(agent.policy.state_dict(), told)


def digest(parameters: dict[str, Any], told: Any) -> str:
    """SHA-256 of parameters by name, and of JSON beside them."""
    out = hashlib.sha256(dumps(told).encode())
    for name in sorted(parameters):
        out.update(name.encode())
        out.update(parameters[name].detach().cpu().numpy().tobytes())
    return out.hexdigest()


def measure(options: ResumeKills) -> dict[str, Any]:
    """Whether a killed run ends as one that was left alone.

    Raises:
        FaultyEnvironment: if a process fails by itself.
    """
    check(options)
    moments = random.Random(options.seed)
    with TemporaryDirectory() as whole:
        truth = _process(options, whole, None)
        began = time.monotonic()
        _process(options, whole, None)  # a start with nothing left to do
        idle = time.monotonic() - began
    began, kills, starts, rounds, equal = time.monotonic(), 0, 0, 0, True
    while kills < options.kills or not rounds:
        with TemporaryDirectory() as killed:
            end: str | None = None
            while end is None:
                # mostly soon after the start, so that there is much to be killed
                moment = idle * moments.uniform(0.5, 1.5) if kills < options.kills else None
                end = _process(options, killed, moment)
                starts += 1
                kills += end is None
            rounds += 1
            equal &= end == truth
    seconds = round(time.monotonic() - began, 1)
    told = {"kills": kills, "starts": starts, "rounds": rounds, "seconds": seconds}
    return {"agent": options.agent, "equal": equal, "hash": truth, **told}


def _process(options: ResumeKills, folder: str, moment: float | None) -> str | None:
    """The hash that a process ends with; None if it was killed at `moment` seconds."""
    given = ["--agent", options.agent, "--steps", str(options.steps), "--every", str(options.every)]
    command = [sys.executable, "-W", "ignore", "-m", "rewardlab.benchmarks.resume_kills", *given, "--folder", folder]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = child.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return None
    if child.returncode:
        raise FaultyEnvironment(
            f"a start failed with exit code {child.returncode}: {err[-500:]}",
            where=options.agent,
            expected="a run that goes on after a kill",
        )
    return out.split()[-1]


def main(options: ResumeKills) -> int:
    """Kill and compare, or be one of the runs; 0 if the ends are equal."""
    if options.folder:
        sys.stdout.write(train(options) + "\n")
        return 0
    found = measure(options)
    sys.stdout.write(dumps(found) + "\n")
    if options.out:
        write_atomic(options.out, dumps(found) + "\n")
    return 0 if found["equal"] else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(ResumeKills)))
