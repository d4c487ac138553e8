"""How fast reward models are fitted to comparisons, and how much memory that takes.

    python -m rewardlab.benchmarks.preference_speed [--pairs 10000] [--epochs 10] [--many 100000] [--out FILE]

An ensemble of five perceptrons is fitted to pairs of 50-step segments, all members and all steps of a batch in one
product. Beside it the plain loop: each member by itself, forward and backward for one pair at a time, a step of Adam
for each batch. The loop is measured on a few batches and scaled to all of them. Memory is the peak of a process of its
own that makes many pairs and fits them for one epoch.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import tyro
from torch import nn

from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards import BradleyTerry

EVIDENCE = Path(__file__).parent / "evidence" / "preference_speed.json"
MEMBERS, LENGTH, OBS, ACTION, BATCH = 5, 50, 8, 2, 64
SECONDS = 60 / 100_000  # for a pair in an epoch: ten epochs over 10,000 in a minute, on two cores
MEMORY = 2 * 2**30  # for 100,000 pairs


@dataclass(frozen=True)
class PreferenceSpeed:
    """Measure how fast reward models are fitted.

    Args:
        pairs: of segments.
        epochs: over them.
        plain: batches of 64 pairs on which the plain loop is measured.
        many: pairs of which the memory is measured; 0 for none.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no pairs, epochs or batches.
    """

    pairs: int = 10_000
    epochs: int = 10
    plain: int = 2
    many: int = 100_000
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        for name in ("pairs", "epochs", "plain"):
            if (value := getattr(self, name)) < 1:
                raise BadOption(f"{name}={value!r}", where="preference_speed", expected="at least 1")


@dataclass(frozen=True)
class Pace:
    """One way to fit.

    Attributes:
        name: which.
        measured: pairs that it was measured on, times epochs.
        wall: seconds by the clock for all epochs, scaled from what was measured.
        cpu: seconds of all cores, likewise.
    """

    name: str
    measured: int
    wall: float
    cpu: float


def comparisons(pairs: int, seed: int = 0) -> Transitions:
    """Pairs [P, 2, 50] of normal observations and actions, the better by a linear utility."""
    rng = np.random.default_rng(seed)
    lead = (pairs, 2, LENGTH)
    obs = rng.standard_normal((*lead, OBS), dtype=np.float32)
    action = rng.standard_normal((*lead, ACTION), dtype=np.float32)
    worth = (obs @ rng.normal(size=OBS).astype(np.float32)).sum(-1)
    none, no = np.zeros(lead, dtype=np.float32), np.zeros(lead, dtype=bool)
    return Transitions(obs, action, none, obs, no, no, {"label": (worth[:, 0] > worth[:, 1]) * 1.0})


def together(items: Transitions, epochs: int) -> Pace:
    """The ensemble, all members in one product."""
    model = BradleyTerry(members=MEMBERS, batch_size=BATCH)
    model.fit(items.rows(slice(0, BATCH)), epochs=1)
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(items, epochs=epochs)
    return Pace("ensemble", len(items) * epochs, time.perf_counter() - wall, time.process_time() - cpu)


def network() -> nn.Sequential:
    """A member of the plain loop."""
    return nn.Sequential(
        nn.Linear(OBS + ACTION, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )  # fmt: skip


def plain_step(net: nn.Module, adam: torch.optim.Optimizer, x: torch.Tensor, label: torch.Tensor) -> float:
    """One batch [B, 2, T, D] of the plain loop: pair by pair, then a step; the mean loss."""
    adam.zero_grad()
    total = 0.0
    for pair, first in zip(x, label, strict=True):
        gap = net(pair[0]).sum() - net(pair[1]).sum()
        loss = nn.functional.binary_cross_entropy_with_logits(gap, first) / len(x)
        loss.backward()
        total += loss.item()
    adam.step()
    return total


def alone(items: Transitions, epochs: int, batches: int) -> Pace:
    """The plain loop over a few batches, scaled to all pairs and epochs."""
    part = items.rows(slice(0, batches * BATCH))
    x = torch.as_tensor(np.concatenate([part.obs, part.action], -1))
    label = torch.as_tensor(part.info["label"], dtype=torch.float32)
    nets = [network() for _ in range(MEMBERS)]
    adams = [torch.optim.Adam(net.parameters()) for net in nets]
    plain_step(nets[0], adams[0], x[:2], label[:2])
    wall, cpu = time.perf_counter(), time.process_time()
    for index in torch.arange(len(part)).split(BATCH):
        for net, adam in zip(nets, adams, strict=True):
            plain_step(net, adam, x[index], label[index])
    scale = len(items) * epochs / len(part)
    return Pace("plain loop", len(part), (time.perf_counter() - wall) * scale, (time.process_time() - cpu) * scale)


def peak(pairs: int) -> int:
    """The most bytes that this process held while it made pairs and fitted them for one epoch."""
    BradleyTerry(members=MEMBERS, batch_size=BATCH).fit(comparisons(pairs), epochs=1)
    status = Path("/proc/self/status")
    if status.exists():  # what `getrusage` tells may be that of the process which started this one
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def peak_alone(pairs: int) -> int:
    """`peak` in a process of its own."""
    code = f"from rewardlab.benchmarks.preference_speed import peak; print(peak({pairs}))"
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def table(found: list[Pace]) -> str:
    """As text."""
    lines = [f"{'':12}{'seconds':>10}{'CPU seconds':>14}{'times the plain loop':>22}"]
    lines += [f"{p.name:12}{p.wall:>10.1f}{p.cpu:>14.1f}{found[-1].wall / p.wall:>22.1f}" for p in found]
    return "\n".join(lines)


def main(options: PreferenceSpeed) -> int:
    """Measure, show and write; 0 if the goals are met."""
    items = comparisons(options.pairs)
    found = [together(items, options.epochs), alone(items, options.epochs, options.plain)]
    del items
    sys.stdout.write(table(found) + "\n")
    held = peak_alone(options.many) if options.many else None
    if held:
        sys.stdout.write(f"{options.many:,} pairs: {held / 2**30:.2f} GiB\n")
    goal = SECONDS * options.pairs * options.epochs
    holds = {"seconds": found[0].wall <= goal, "memory": held is None or held <= MEMORY}
    content = {
        "machine": machine() | {"threads": torch.get_num_threads()},
        "versions": versions(),
        "task": {"pairs": options.pairs, "epochs": options.epochs, "steps": LENGTH, "members": MEMBERS, "batch": BATCH},
        "paces": [asdict(p) for p in found],
        "memory": {"pairs": options.many, "bytes": held},
        "goals": {"seconds": goal, "memory": MEMORY},
        "holds": holds,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(PreferenceSpeed)))
