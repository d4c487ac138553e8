"""Measuring effects: the budget, a bar, a table and a file."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rewardlab.benchmarks.effects.effect import Effect, decide
from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.benchmarks.words import show
from rewardlab.core.errors import BadOption, UnknownName, nearest

EVIDENCE = Path(__file__).parents[1] / "evidence" / "effects.json"


@dataclass(frozen=True)
class Effects:
    """Measure what methods are said to do.

    Args:
        only: the name of one effect, or what names begin with; all by default.
        seeds: of each arm.
        dry: print the budget and run nothing.
        out: JSON file; by default the one that is kept with the package.
    """

    only: str = ""
    seeds: int = 5
    dry: bool = False
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise BadOption(f"seeds={self.seeds}", where="effects", expected="at least 1")


def effects() -> list[Effect]:
    """All there are, the cheap ones first."""
    from rewardlab.benchmarks.effects import (
        adversarial,
        bandits,
        control,
        garden,
        language_captions,
        language_comparisons,
        language_design,
        language_mpc,
        language_mpc_driving,
        language_subgoals,
        language_vision,
        long_episodes,
        long_mixtures,
        preference_asking,
        preference_asking_ranks,
        preference_control,
        preference_likelihoods,
        preference_likelihoods_heads,
        preference_ninety,
        preference_noise,
        preference_people,
        preference_people_objectives,
        preference_people_opinions,
        preference_people_plural,
        preference_people_reactions,
        preference_structure,
        redundancy,
        regression,
        token_archer,
        token_entropy,
        token_gating,
        token_policies,
        token_waiting,
        token_waiting_bandit,
        token_waiting_chains,
        token_waiting_lengths,
        written_cooper,
        written_lengths,
        written_limits,
        written_people,
        written_phrases,
        written_proxies,
        written_questions,
        written_shifts,
    )

    return [
        *redundancy.effects(),
        *preference_asking.effects(),
        *preference_asking_ranks.effects(),
        *preference_likelihoods_heads.effects(),
        *preference_likelihoods.effects(),
        *garden.exact_effects(),
        *bandits.effects(),
        *adversarial.effects(),
        *language_design.effects(),
        *language_vision.effects(),
        *long_episodes.effects(),
        *long_mixtures.effects(),
        *control.lion_effects(),
        *control.cartpole_effects(),
        *preference_people_objectives.effects(),
        *preference_people_reactions.effects(),
        *preference_people_opinions.effects(),
        *preference_people_plural.effects(),
        *preference_people.effects(),
        *preference_structure.effects(),
        *preference_ninety.effects(),
        *language_captions.effects(),
        *language_comparisons.effects(),
        *language_subgoals.effects(),
        *preference_noise.effects(),
        *preference_control.effects(),
        *regression.effects(),
        *garden.learned_effects(),
        *token_policies.effects(),
        *token_waiting_chains.effects(),
        *token_waiting_lengths.effects(),
        *token_waiting.effects(),
        *token_waiting_bandit.effects(),
        *written_lengths.effects(),
        *written_proxies.effects(),
        *written_questions.effects(),
        *written_shifts.effects(),
        *written_limits.effects(),
        *written_people.effects(),
        *written_phrases.effects(),
        *written_cooper.effects(),
        *token_archer.effects(),
        *token_gating.effects(),
        *token_entropy.effects(),
        *language_mpc_driving.effects(),
        *language_mpc.effects(),
        *control.hopper_effects(),
        *control.noisy_effects(),
        *control.wide_effects(),
        *control.soft_effects(),
    ]


def main(options: Effects, *, progress: bool = True) -> int:
    """Measure, show a table, write.

    Raises:
        UnknownName: if no effect begins so.
    """
    every = effects()
    chosen = [e for e in every if e.name == options.only] or [e for e in every if e.name.startswith(options.only)]
    if not chosen:
        raise UnknownName(
            f"no effect {options.only!r}", where="effects", mend=nearest(options.only, [e.name for e in every])
        )
    minutes = sum(e.cost(options.seeds) for e in chosen) / 60
    show(f"{len(chosen)} effects, about {minutes:.0f} CPU minutes: {', '.join(e.name for e in chosen)}")
    if options.dry:
        return 0
    total = sum(e.count(options.seeds) * len(e.arms) for e in chosen)
    with tqdm(total=total, unit="run", disable=not progress, file=sys.stderr, smoothing=0.1, dynamic_ncols=True) as bar:
        for effect in chosen:
            bar.set_postfix_str(effect.name)
            found = measure(effect, options.seeds, bar)
            write(options.out, effect.name, found)
            bar.clear()
            show(table(effect.name, found))
    return 0


def measure(effect: Effect, seeds: int, bar: Any = None) -> dict[str, Any]:
    """Run all arms of an effect and decide its claims."""
    began = time.process_time()
    runs = []
    for arm in effect.arms:
        found = []
        for measured in arm.run(range(effect.count(seeds))):
            found.append(measured)
            if bar is not None:
                bar.update()
        runs.append(found)
    spent = round((time.process_time() - began) / 60, 2)
    where = {"cpu_minutes": spent, "date": datetime.now(UTC).date().isoformat(), "source": versions()["source"]}
    return decide(effect, runs) | where


def write(path: Path, name: str, found: Mapping[str, Any]) -> None:
    """Put an effect into the file, beside the others."""
    held = json.loads(path.read_text(encoding="utf-8"))["effects"] if path.exists() else {}
    content = {"machine": machine(), "versions": versions(), "effects": held | {name: found}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(name: str, found: Mapping[str, Any]) -> str:
    """Claims as text."""
    lines = [f"{name}: {found['about']}"]
    for c in found["claims"]:
        mine, theirs = (_cell(c[side]) for side in ("side", "against"))
        low, high = c["beyond"][1:]
        goal = "" if c["times"] == 1 else f" x {c['times']:g}"
        lines.append(f"  {c['verdict']:13}{c['says']} ({c['measure']})")
        lines.append(f"{'':15}{mine} against {theirs}{goal}; beyond by {c['beyond'][0]:.3g} [{low:.3g}, {high:.3g}]")
    return "\n".join(lines) + "\n"


def _cell(side: Mapping[str, Any]) -> str:
    mean: Sequence[float] = side["mean"]
    return f"{side['name']} ({side['setting']}) {mean[0]:.4g} [{mean[1]:.4g}, {mean[2]:.4g}]"
