"""What rewards cost: every reward has its row, and what is dear says why."""

import json
from pathlib import Path

from rewardlab.benchmarks import overhead_rewards
from rewardlab.core.catalogue import entries

EVIDENCE = Path(overhead_rewards.__file__).parent / "evidence" / "overhead_rewards.json"


def test_every_reward_is_measured_and_sorted() -> None:
    found = overhead_rewards.costs(repeats=1)
    assert {c.name.partition(" ")[0] for c in found} == {e.name for e in entries("reward")}
    assert [c.nanoseconds for c in found] == sorted(c.nanoseconds for c in found)
    assert all(c.nanoseconds > 0 and c.kind for c in found) and "ns/row" in overhead_rewards.text(found)


def test_the_evidence_names_every_reward_and_why_it_is_dear() -> None:
    held = json.loads(EVIDENCE.read_text(encoding="utf-8"))["costs"]
    assert {c["name"].partition(" ")[0] for c in held} == {e.name for e in entries("reward")}
    assert all(c["reason"] for c in held if c["times"] > 2)
