"""How fast PPO trains where the environment and the agent share a CUDA device, and whether anybody waits for it.

    python -m rewardlab.benchmarks.gpu_training [--rows 4096] [--seconds 10] [--device cuda] [--out FOLDER]

A rollout of 16 steps and one of 48 are watched by torch's profiler, which counts copies between host and device and
waits of the host for the device: so what is done once a rollout is told from what is done in every step. Then whole
trainings run one after the other: ours with nothing compiled, with compiled functions and with CUDA graphs, and
Stable-Baselines3's PPO with the same hyper-parameters on the same device and our environment on the CPU. All times are
wall clock. With `--device cpu` all of it runs for a first look; the counts are 0 there, since nothing is copied.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import stable_baselines3
import torch
import tyro

from rewardlab.agents.deep import PPO
from rewardlab.agents.loops.checked import COMPILE
from rewardlab.benchmarks.figures import Figure, save, table
from rewardlab.benchmarks.provenance import versions
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadOption

TASKS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "PointNav": ("rewardlab/PointNav-v0", {"resident": True}),
    "DoorKey-5x5": ("rewardlab/MiniGrid-DoorKey-5x5-v0", {"observation": "flat", "columns": []}),
}
"""Name -> id, and how it is made on the device. Levels of a grid are dealt on the host, which asks in every step which
rows have ended: nothing of that task is held against a goal."""
HYPER: Mapping[str, Any] = {"n_steps": 16, "n_epochs": 4, "learning_rate": 1e-3, "gamma": 0.99, "gae_lambda": 0.95}
WATCHED = (16, 48)  # steps of the rollouts that the profiler sees
KINDS: Mapping[str, tuple[str, ...]] = {
    "copies to the host": ("Memcpy DtoH",),
    "copies to the device": ("Memcpy HtoD",),
    "waits": ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize"),
}
"""What is counted -> how the profiler's events of that kind begin."""


@dataclass(frozen=True)
class GpuTraining:
    """Measure training on a CUDA device.

    Args:
        rows: environments, at least 2.
        minibatch: of PPO, at most rows x 16.
        seconds: of each training.
        device: "cuda", "cuda:1" ...; "cpu" for a first look.
        out: folder for the JSON and the picture, such as docs/evidence; nothing is written without it.

    Raises:
        BadOption: for numbers that leave nothing to measure.
    """

    rows: int = 4096
    minibatch: int = 8192
    seconds: float = 10.0
    device: str = "cuda"
    out: Path | None = None

    def __post_init__(self) -> None:
        steps = self.rows * HYPER["n_steps"]
        if self.rows < 2 or not 2 <= self.minibatch <= steps or not self.seconds > 0:
            raise BadOption(
                f"rows={self.rows}, minibatch={self.minibatch}, seconds={self.seconds}",
                where="gpu_training",
                expected=f"rows >= 2, minibatch 2..{steps}, seconds > 0",
            )


def agent(options: GpuTraining, task: str, compile: str = "off", **more: Any) -> PPO:
    """Ours, beside an environment on the device."""
    name, made = TASKS[task]
    envs = gym.make_vec(name, num_envs=options.rows, device=options.device, **made)
    given = {**HYPER, "batch_size": options.minibatch, **more}
    return PPO("MlpPolicy", envs, seed=0, device=options.device, compile=compile, **given)


def peer(options: GpuTraining, task: str) -> Any:
    """Stable-Baselines3's, on the same device; its loop lives on the host, and so does its environment."""
    name, made = TASKS[task]
    envs = ToVecEnv(gym.make_vec(name, num_envs=options.rows, **{k: v for k, v in made.items() if k != "resident"}))
    given = {**HYPER, "batch_size": options.minibatch}
    return stable_baselines3.PPO("MlpPolicy", envs, seed=0, device=options.device, **given)


def kinds(names: Iterable[str]) -> dict[str, int]:
    """How many of the profiler's events are of each of `KINDS`."""
    found = Counter(kind for name in names for kind, begins in KINDS.items() if name.startswith(begins))
    return {kind: found[kind] for kind in KINDS}


def watched(options: GpuTraining, task: str, steps: int) -> dict[str, int]:
    """Copies and waits in one rollout of so many steps, after another that warmed up."""
    from torch.profiler import ProfilerActivity, profile

    model = agent(options, task, n_steps=steps)
    _, callback = model._setup_learn(10 * steps * options.rows)
    callback.on_training_start({}, {})
    model.collect_rollouts(model.env, callback, model.rollout_buffer, steps)
    on = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if torch.cuda.is_available() else [])]
    with profile(activities=on) as seen:
        model.collect_rollouts(model.env, callback, model.rollout_buffer, steps)
    return kinds(event.name for event in seen.events())


def each_step(few: Mapping[str, int], many: Mapping[str, int]) -> dict[str, float]:
    """What comes with each step, from the counts of two rollouts of `WATCHED` steps."""
    return {kind: (many[kind] - few[kind]) / (WATCHED[1] - WATCHED[0]) for kind in KINDS}


def rate(model: Any, seconds: float) -> float:
    """Environment steps a second of whole training, the median of rounds of one rollout after two that warm up."""
    each = model.n_steps * model.n_envs
    model.learn(2 * each, log_interval=10**9)
    found: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not found:
        begun = time.perf_counter()
        model.learn(each, reset_num_timesteps=False, log_interval=10**9)
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        found.append(each / (time.perf_counter() - begun))
    return statistics.median(found)


def measured(options: GpuTraining, task: str) -> list[Figure]:
    """All figures of a task."""
    few, many = (watched(options, task, steps) for steps in WATCHED)
    most = 0.0 if TASKS[task][1].get("resident") else None
    found = [
        Figure(f"{task}: {kind} in each step of a rollout", value, "a step", at_most=most)
        for kind, value in each_step(few, many).items()
    ]
    theirs = rate(peer(options, task), options.seconds)
    for compile in COMPILE:
        value = rate(agent(options, task, compile), options.seconds)
        found.append(
            Figure(f"PPO {task} x {options.rows}, compile={compile}", value, "steps/s", value, "SB3's PPO", theirs)
        )
    return found


def main(options: GpuTraining) -> int:
    """Measure, show, and write if asked to; 1 without the device."""
    if options.device != "cpu" and not torch.cuda.is_available():
        sys.stdout.write("no CUDA device, or no CUDA build of torch, here: nothing was measured\n")
        return 1
    found = [figure for task in TASKS for figure in measured(options, task)]
    name = torch.cuda.get_device_name(options.device) if options.device != "cpu" else "cpu"
    sys.stdout.write(f"{name}\n{table(found)}\n")
    if options.out is not None:
        save(found, options.out, "gpu_training", device=name, versions=versions())
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(GpuTraining)))
