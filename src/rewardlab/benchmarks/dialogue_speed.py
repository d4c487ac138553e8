"""What token policies do in a second: tokens sampled, and dialogues with slow tools, in step or without waiting.

    python -m rewardlab.benchmarks.dialogue_speed [--repeats 3] [--out FILE]

The tool sleeps for times whose logarithm is normal, drawn from the seed of each dialogue: Σ_t max_i l_it is what a
driver must wait that takes each turn in step, max_i Σ_t l_it what the slowest dialogue takes alone. Both drivers play
the same dialogues, with the same tokens, said by a model so small that the tools are what takes time.
"""

import json
import math
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro
from gymnasium import spaces

from rewardlab.agents.loops.tokens import (
    Characters,
    Play,
    Rollouts,
    TokenPolicy,
    asynchronous,
    synchronous,
    tiny_llama,
)
from rewardlab.benchmarks.measure import interleaved, machine
from rewardlab.core.errors import BadOption

EVIDENCE = Path(__file__).parent / "evidence" / "dialogue_speed.json"
GOALS = {"tokens a second of one core": 5000.0, "asynchronous, times as fast": 1.8}
CHARSET = "abcdefghijklmnopqrstuvwxyz 0123456789.?"


@dataclass(frozen=True)
class DialogueSpeed:
    """Measure sampling and dialogues.

    Args:
        repeats: turns of each, of dialogues three times as many; the median counts.
        rows: dialogues that are played together.
        turns: of a dialogue.
        answer: tokens of an answer, at most.
        width, layers: of the model that talks to the tool.
        mean: seconds that the tool takes on average.
        spread: standard deviation of the logarithm of these.
        sequences: that are sampled together.
        tokens: of each.
        threads: of torch. With one, and by its own CPU time, the number does not depend on what else the machine does.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no repeats or threads.
    """

    repeats: int = 3
    rows: int = 64
    turns: int = 6
    answer: int = 4
    width: int = 32
    layers: int = 1
    mean: float = 0.05
    spread: float = 1.0
    sequences: int = 256
    tokens: int = 64
    threads: int = 1
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        for name, value in (("repeats", self.repeats), ("threads", self.threads)):
            if value < 1:
                raise BadOption(f"{name}={value!r}", where="dialogue_speed", expected="at least 1")


class SlowTool(gym.Env):
    """Answers after a time of its own; `turns` answers are a dialogue.

    Args:
        turns: of a dialogue.
        mean, spread: of the times, see `DialogueSpeed`.
    """

    def __init__(self, turns: int, mean: float, spread: float) -> None:
        self.action_space = spaces.Text(64, min_length=0, charset=CHARSET)
        self.observation_space = spaces.Text(64, charset=CHARSET)
        self.turns, self.mean, self.spread = turns, mean, spread

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        """The question, and how long each turn will take."""
        super().reset(seed=seed)
        self.waits = latencies(self.np_random, self.turns, self.mean, self.spread)
        self.turn = 0
        return "what is it?", {"reply": "what is it?"}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """An answer after a while."""
        time.sleep(self.waits[self.turn])
        self.turn += 1
        return "go on.", 0.0, self.turn == self.turns, False, {"reply": "go on."}


def latencies(rng: np.random.Generator, turns: int, mean: float, spread: float) -> np.ndarray:
    """Seconds [turns], log-normal with this mean."""
    return rng.lognormal(math.log(mean) - spread**2 / 2, spread, turns)


def waiting(options: DialogueSpeed) -> tuple[float, float]:
    """Seconds spent in tools alone: in step, and by the slowest dialogue."""
    seeds = range(options.rows)
    waits = [latencies(gym.utils.seeding.np_random(s)[0], options.turns, options.mean, options.spread) for s in seeds]
    table = np.array(waits)  # [rows, turns]
    return float(table.max(0).sum()), float(table.sum(1).max())


def measured(options: DialogueSpeed) -> dict[str, float]:
    """Name -> median."""
    vocabulary, endless = Characters(CHARSET), Characters(CHARSET)
    endless.ends = frozenset()  # all sequences are sampled to their full length
    default = TokenPolicy(tiny_llama(endless), endless)
    small = tiny_llama(vocabulary, width=options.width, layers=options.layers, heads=2)
    policy = TokenPolicy(small, vocabulary)
    prompt = [*vocabulary.message("partner", "what is it?"), *vocabulary.begin()]
    seeds = range(options.sequences)
    tools = [SlowTool(options.turns, options.mean, options.spread) for _ in range(options.rows)]
    play = Play(turns=options.turns, max_tokens=options.answer, workers=options.rows)
    made: dict[str, Rollouts] = {}

    def drive(name: str, driver: Any) -> None:
        made[name] = driver(policy, tools, range(options.rows), play)

    found = interleaved(
        {"sample": lambda: default.generate([prompt] * len(seeds), max_tokens=options.tokens, seeds=seeds)},
        repeats=options.repeats,
    ) | interleaved(
        {
            "in step": lambda: drive("in step", synchronous),
            "asynchronous": lambda: drive("asynchronous", asynchronous),
        },
        repeats=3 * options.repeats,
    )
    if made["in step"].messages != made["asynchronous"].messages:
        raise AssertionError("the drivers played different dialogues")
    wall = {name: t.wall for name, t in found.items()}
    together, alone = waiting(options)
    return {
        "parameters": float(sum(p.numel() for p in default.model.parameters())),
        "tokens a second": options.sequences * options.tokens / wall["sample"],
        "tokens a second of one core": options.sequences * options.tokens / found["sample"].cpu,
        "in step, s": wall["in step"],
        "asynchronous, s": wall["asynchronous"],
        "in step, s in tools": together,
        "slowest dialogue, s in tools": alone,
        "asynchronous, times as fast": wall["in step"] / wall["asynchronous"],
    }


def main(options: DialogueSpeed) -> int:
    """Measure, show and write; 0 if the goals are reached."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(options.threads)
    try:
        found = measured(options)
    finally:
        torch.set_num_threads(before)
    reached = {name: found[name] >= goal for name, goal in GOALS.items()}
    for name, value in found.items():
        goal = f"   goal {GOALS[name]:g}: {'reached' if reached[name] else 'missed'}" if name in GOALS else ""
        sys.stdout.write(f"{name:36}{value:>10.4g}{goal}\n")
    setting = {k: v for k, v in vars(options).items() if k != "out"}
    content = {
        "machine": machine(),
        "cores": os.cpu_count(),
        "setting": setting,
        "measured": found,
        "goals": GOALS,
        "reached": reached,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(DialogueSpeed)))
