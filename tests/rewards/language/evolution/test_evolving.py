"""Evolution in the designer loop: it asks nobody, climbs, never trains a program twice, and goes on the same."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from contracts.sheets import REACH, plainly, reach

from rewardlab.core.reward import Reward
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.loop import design_reward as design
from rewardlab.rewards.language.design.trained import Trained
from rewardlab.rewards.language.evolution.evolving import Evolution

BATCH = reach(40)
CONTEXT = Context("test/Reach-v0", "reach the target", REACH, Signature.of_batch(BATCH))


class Plain(Reward):
    def __init__(self, source):
        self.source = source

    def __call__(self, batch):
        return plainly(self.source, batch)[0]


@dataclass
class PlainEvolution(Evolution):
    def reward(self, source, run):
        return Plain(source)


def passes(sources, batch):
    return [SimpleNamespace(accepted=True, problems=(), report={}, layers=()) for _ in sources]


def train(rewards):
    """The share of a hidden pay that correlates with the reward's."""
    wanted = -np.linalg.norm(BATCH.next_obs[:, 1:], axis=-1) + 0.5 * BATCH.next_obs[:, 0]
    for r in rewards:
        paid = r(BATCH)
        yield Trained(float("nan"), float(np.corrcoef(paid, wanted)[0, 1]) if paid.std() > 1e-9 else -1.0)


def designed(rounds, transcript=None, seed=0):
    return design(PlainEvolution(), CONTEXT, None, train, BATCH, rounds=rounds, size=6, seed=seed, vet=passes,
                  transcript=transcript)  # fmt: skip


def test_rounds_climb_without_an_oracle():
    made = designed(6)
    best = [max(c.score[1] for c in made.candidates if c.accepted and c.round <= r) for r in range(6)]
    assert best == sorted(best) and best[-1] > best[0] and made.best.score[1] == best[-1]
    assert {c.author for c in made.candidates} == {"evolution"} and made.spent.calls == 0
    assert len({c.source for c in made.candidates}) == len(made.candidates) == 36


def test_a_run_goes_on_from_its_transcript_to_the_same_end(tmp_path):
    whole = designed(4)
    designed(2, tmp_path / "run.jsonl")
    made = designed(4, tmp_path / "run.jsonl")
    assert [c.source for c in made.candidates] == [c.source for c in whole.candidates]
    assert made.best.name == whole.best.name and designed(4, seed=1).candidates[5].source != whole.candidates[5].source
