"""BabyAI's bot solves what its authors say, gives up where they say so, and is stopped when it goes in circles."""

import pytest
from lockstep_twin import started

from rewardlab.benchmarks.lockstep.bot import play_bot
from rewardlab.benchmarks.lockstep.trial import Ended, Stuck, Trial


@pytest.mark.parametrize("task", ["BabyAI-GoToLocal-v0", "BabyAI-UnlockPickup-v0", "BabyAI-PutNextLocalS5N3-v0"])
def test_the_bot_succeeds(task):
    for seed in range(5):
        trial = Trial(started(task, seed))
        with pytest.raises(Ended):
            play_bot(trial)
        assert trial.paid > 0


@pytest.mark.parametrize(
    ("task", "seed"), [("BabyAI-KeyInBox-v0", 0), ("BabyAI-PutNextS5N2Carrying-v0", 0), ("BabyAI-GoToImpUnlock-v0", 6)]
)
def test_where_it_cannot_it_says_so(task, seed, capsys):
    with pytest.raises(Stuck):
        play_bot(Trial(started(task, seed)))
    assert capsys.readouterr().out == ""
