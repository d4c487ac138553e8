"""What each reward costs: nanoseconds for a row, beside the median formula.

    python -m rewardlab.benchmarks.overhead_rewards [--quick] [--out FOLDER]

Every reward of the catalogue is made as the laws of the contracts make it (`tests/contracts/rows_of`, so that this runs
in a checkout) and pays batches of 4096 rows on one thread, all in turns. A *formula* neither learns nor remembers; none
costs more than twice the median formula unless its mathematics demands it, and then the table says why. `--out` also
writes `overhead_rewards.json`.
"""

import importlib
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

import rewardlab
from rewardlab.benchmarks.measure import interleaved, machine
from rewardlab.core.algebra import Composite
from rewardlab.core.catalogue import entries
from rewardlab.core.errors import BadStore
from rewardlab.core.reward import Reward

ROWS = 4096
CHECKOUT = Path(__file__).parents[3] / "tests"
REASONS: dict[str, str] = {
    "CentredPolynomial": "the mean of the references, and a polynomial",
    "Compensated": "texts are looked through",
    "CostTerms": "several residuals, each with its norm",
    "DrivingCost": "six residuals, and bounds",
    "HashedCount": "a product hashes every row",
    "ICM": "networks look at every row",
    "LearnedPotential": "a network looks at every row, or its value is looked up",
    "Localisation": "boxes are parsed and matched row by row",
    "LogSigmoidCentred": "the references of every row are sorted",
    "Member": "all members of the ensemble look at every row, and one is paid",
    "PhraseReward": "texts are looked through",
    "PreferenceAsReward": "one tanh for each reference of a row",
    "Programmed": "several terms, computed in float64 and checked to be finite",
    "Scored": "the rule of a user is called for every row",
    "TableReward": "a function of the user names the state of every row",
    "VlmReward": "pictures of every row are hashed and looked up",
    "WinChance": "every row is compared with a set of others",
}
"""Reward -> why it costs more than twice the median formula; what is not named here is given by its kind."""


@dataclass(frozen=True)
class Cost:
    """What one reward costs.

    Attributes:
        name: the reward, with the number of its row in the contracts.
        family: the folder it stands in.
        kind: "formula", "memory", "learned", or "learned with memory".
        nanoseconds: CPU time for a row, the median of the repetitions.
        times: the same in medians of the formulas.
        reason: why it is more than two, "" where it is not.
    """

    name: str
    family: str
    kind: str
    nanoseconds: float
    times: float
    reason: str


@dataclass(frozen=True)
class OverheadRewards:
    """Measure what every reward costs.

    Args:
        quick: three repetitions instead of fifteen.
        out: folder for the JSON; nothing is written without it.
    """

    quick: bool = False
    out: Path | None = None


def rows() -> dict[str, tuple[Any, ...]]:
    """How the contracts make each reward.

    Raises:
        BadStore: outside a checkout.
    """
    if not (CHECKOUT / "contracts" / "rows.py").exists():
        raise BadStore("there are no tests here", where=str(CHECKOUT), expected="a checkout of the repository")
    if str(CHECKOUT) not in sys.path:
        sys.path.append(str(CHECKOUT))
    found: dict[str, tuple[Any, ...]] = importlib.import_module("contracts.rows").ROWS
    return found


def costs(*, repeats: int) -> list[Cost]:
    """Every row of the contracts, timed in turns."""
    import torch

    torch.set_num_threads(1)
    homes = {e.name: e for e in entries("reward")}
    programs: dict[str, Callable[[], Any]] = {}
    kinds: dict[str, str] = {}
    composite: dict[str, bool] = {}
    for name, made in rows().items():
        for k, row in enumerate(made):
            key = name if len(made) == 1 else f"{name} {k}"
            reward = row.taught()
            programs[key] = _paying(reward, row.sample(ROWS, seed=1))
            kinds[key], composite[key] = _kind(reward), isinstance(reward, Composite)
    times = {key: t.cpu * 1e9 / ROWS for key, t in interleaved(programs, repeats=repeats).items()}
    middle = statistics.median(t for key, t in times.items() if kinds[key] == "formula")
    found = []
    for key, t in sorted(times.items(), key=lambda item: item[1]):
        entry = homes[key.partition(" ")[0]]
        reason = _reason(entry.name, entry.module, kinds[key], composite[key]) if t > 2 * middle else ""
        found.append(Cost(key, entry.family, kinds[key], t, t / middle, reason))
    return found


def _paying(reward: Reward, batch: Any) -> Callable[[], Any]:
    begun = np.ones(len(batch), dtype=bool)
    if not reward.memory:
        return lambda: reward(batch)

    def step() -> Any:
        reward.reset(begun)
        return reward(batch)

    return step


def _kind(reward: Reward) -> str:
    words = [w for w, yes in (("learned", reward.learns), ("memory", reward.memory)) if yes]
    return " with ".join(words) or "formula"


def _reason(name: str, module: str, kind: str, composite: bool) -> str:
    source = Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8") if module in sys.modules else ""
    given = REASONS.get(name)
    if given:
        return given
    if "import torch" in source or "nets" in source:
        return "a network looks at every row"
    if composite:
        return "the rewards that it holds are paid, too"
    if kind != "formula":
        return "numbers of every row are kept, or looked up"
    return ""


def text(found: list[Cost]) -> str:
    """The costs as a table."""
    lines = [f"{'reward':28}{'family':16}{'kind':22}{'ns/row':>9}{'x median':>10}  why"]
    lines += [f"{c.name:28.28}{c.family:16}{c.kind:22}{c.nanoseconds:>9.1f}{c.times:>10.2f}  {c.reason}" for c in found]
    return "\n".join(lines)


def main(options: OverheadRewards) -> int:
    """Measure, show the table, write it if asked to; 1 if a reward is dear and nothing says why."""
    found = costs(repeats=3 if options.quick else 15)
    sys.stdout.write(f"rewardlab {rewardlab.__version__}, {machine()['processor']}\n{text(found)}\n")
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        content = {"machine": machine(), "rows": ROWS, "costs": [asdict(c) for c in found]}
        (options.out / "overhead_rewards.json").write_text(
            json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return int(any(c.times > 2 and not c.reason for c in found))


if __name__ == "__main__":
    sys.exit(main(tyro.cli(OverheadRewards)))
