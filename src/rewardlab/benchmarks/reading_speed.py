"""What it saves to keep what a policy has read: dialogues of several turns, with and without it, turn and turn about.

    python -m rewardlab.benchmarks.reading_speed [--repeats 5] [--out FILE]

Both sides play the same dialogues with the same tokens. One reads in each turn what is new, the other the whole prompt.
An iteration is the playing and the steps of GRPO on what was played; CPU seconds of one thread, medians.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import tyro

from rewardlab.agents.loops import SequenceAgent, TokenPolicy
from rewardlab.agents.loops.tokens.decoding import Sampled
from rewardlab.agents.policy_gradient import grpo
from rewardlab.benchmarks.effects.token_entropy import HOUSE
from rewardlab.benchmarks.effects.token_policies import LEARNED
from rewardlab.benchmarks.measure import interleaved, machine
from rewardlab.benchmarks.token_runs import TokenTask, learner, warmed
from rewardlab.core.errors import BadOption

EVIDENCE = Path(__file__).parent / "evidence" / "reading_speed.json"
WHOLE = "TextHouse in whole sentences"
_of = {learned.name: learned.task for learned in LEARNED}
_house = {**HOUSE.options, "rooms": 3, "turns": 10}
TASKS = {
    "TextHouse": replace(HOUSE, options=_house, turns=10, context=224),
    "KVSearch": _of["search"],
    "Negotiation": _of["negotiation"],
    WHOLE: replace(HOUSE, options={**_house, "brief": False}, turns=10, context=640),
}
GOALS = {WHOLE: 2.0}
"""How many times as fast dialogues are to be played at least."""


@dataclass(frozen=True)
class ReadingSpeed:
    """Measure playing with and without what was read before.

    Args:
        repeats: of each side; the median counts.
        groups, group_size: tasks that are played together, and dialogues of each.
        demonstrations: dialogues of the expert, seen once, so that the policy talks sense.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no repeats.
    """

    repeats: int = 5
    groups: int = 8
    group_size: int = 8
    demonstrations: int = 100
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise BadOption(f"repeats={self.repeats!r}", where="reading_speed", expected="at least 1")


class Anew(TokenPolicy):
    """Reads each prompt whole."""

    def generate(self, contexts: Sequence[Sequence[int]], *, read: Any = None, **options: Any) -> Sampled:  # type: ignore[override]
        """As it is without `read`."""
        return super().generate(contexts, **options)


def measured(task: TokenTask, options: ReadingSpeed) -> dict[str, float]:
    """CPU seconds, tokens and ratios of one task."""
    shown, groups, copies = options.demonstrations, options.groups, options.group_size
    task = replace(task, demonstrations=shown, epochs=1, groups=groups, group_size=copies)
    policy = warmed(task, 0)
    sides = {
        "kept": learner(task, policy, grpo, 0),
        "anew": learner(task, Anew(policy.model, policy.vocabulary), grpo, 0),
    }
    learning = learner(task, policy.copy(), grpo, 0)
    group = sides["kept"].collect()

    def play(agent: SequenceAgent) -> None:
        agent.iterations = 0  # the same dialogues again
        agent.collect()

    found = interleaved(
        {side: lambda agent=agent: play(agent) for side, agent in sides.items()}  # type: ignore[misc]
        | {"learning": lambda: learning.improve(group)},
        repeats=options.repeats,
    )
    kept, anew = (agent.rollouts for agent in sides.values())
    assert kept is not None and anew is not None
    if kept.messages != anew.messages:
        raise AssertionError("the sides played different dialogues")
    cpu = {name: timing.cpu for name, timing in found.items()}
    tokens = float(kept.mask.sum())
    return {
        "turns": float(kept.turns.float().mean()),
        "tokens of a dialogue": float((kept.window >= 0).sum(-1).float().mean()),
        "playing anew, s": cpu["anew"],
        "playing, s": cpu["kept"],
        "learning, s": cpu["learning"],
        "tokens a second, anew": tokens / cpu["anew"],
        "tokens a second": tokens / cpu["kept"],
        "playing, times as fast": cpu["anew"] / cpu["kept"],
        "iteration, times as fast": (cpu["anew"] + cpu["learning"]) / (cpu["kept"] + cpu["learning"]),
    }


def main(options: ReadingSpeed) -> int:
    """Measure, show and write; 0 if the goals are reached."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = {name: measured(task, options) for name, task in TASKS.items()}
    finally:
        torch.set_num_threads(before)
    for name, numbers in found.items():
        sys.stdout.write(f"{name}\n" + "".join(f"    {k:28}{v:>10.4g}\n" for k, v in numbers.items()))
    reached = {name: found[name]["playing, times as fast"] >= goal for name, goal in GOALS.items()}
    setting = {k: v for k, v in vars(options).items() if k != "out"}
    content = {"machine": machine(), "setting": setting, "measured": found, "goals": GOALS, "reached": reached}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(ReadingSpeed)))
