"""BabyAI's instructions are carried out by errands, from the start and from the middle, as BabyAI itself verifies."""

import numpy as np
import pytest
from lockstep_twin import started

from rewardlab.benchmarks.lockstep.errands import Errands
from rewardlab.benchmarks.lockstep.instructions import carry_out
from rewardlab.benchmarks.lockstep.trial import Ended, Stuck, Trial

TASKS = [
    "BabyAI-GoToSeqS5R2-v0", "BabyAI-OpenDoorsOrderN4-v0", "BabyAI-PickupAbove-v0", "BabyAI-PutNextS5N2Carrying-v0",
    "BabyAI-KeyInBox-v0", "BabyAI-MiniBossLevel-v0", "BabyAI-UnlockToUnlock-v0", "BabyAI-MoveTwoAcrossS5N2-v0",
]  # fmt: skip


def paid(env):
    trial = Trial(env)
    with pytest.raises(Ended):
        carry_out(Errands(trial), trial.world.instrs)
    return trial.paid


@pytest.mark.parametrize("task", TASKS)
def test_every_kind_of_instruction_is_done(task):
    kinds = set()
    for seed in range(6):
        env = started(task, seed)
        kinds.add(type(env.instrs).__name__)
        assert paid(env) > 0, seed
    assert kinds


def test_all_kinds_are_among_them():
    kinds = {type(started(task, seed).instrs).__name__ for task in TASKS for seed in range(6)}
    assert {"BeforeInstr", "AfterInstr", "AndInstr", "OpenInstr", "PickupInstr", "PutNextInstr"} <= kinds


@pytest.mark.parametrize("task", ["BabyAI-MiniBossLevel-v0", "BabyAI-GoToSeqS5R2-v0"])
def test_from_the_middle_too(task):
    done = 0
    for seed in range(8):
        env, rng = started(task, seed), np.random.default_rng(seed)
        over = False
        for _ in range(25):
            _, _, terminated, truncated, _ = env.step(int(rng.choice([0, 1, 2, 2, 2, 3, 4])))
            over |= terminated or truncated
        if not over:
            done += paid(env) > 0
    assert done >= 5


def test_an_unknown_instruction_is_refused():
    with pytest.raises(Stuck, match="str"):
        carry_out(Errands(Trial(started("BabyAI-GoToObj-v0", 0))), "go")
