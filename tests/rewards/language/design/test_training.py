"""Trainings beside the loop: results that lack, errors in the middle."""

import pytest
from designed_line import BATCH, CONTEXT, GOOD, LAZY, Scripted, agent

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.rewards.language.design.budget import Budget
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.desk import Desk
from rewardlab.rewards.language.design.system import Run
from rewardlab.rewards.language.design.training import train_pending
from rewardlab.rewards.language.design.transcript import Transcript


def trained(train, sources=(GOOD, LAZY), budget=None):
    desk = Desk(Transcript(), None, budget=budget or Budget(), patience=None, watch=lambda kind, what: None)
    run = Run(CONTEXT, BATCH, "s", 2, 0, desk.ask)
    run.candidates = [Candidate(0, i, s, verdict=Verdict(True)) for i, s in enumerate(sources)]
    train_pending(Scripted(), run, desk, train)
    return run.candidates, desk


def test_terms_and_success_are_read_off_the_agents_episodes():
    cs, _ = trained(lambda rewards: map(agent, rewards))
    assert [c.trained.success for c in cs] == [1.0, 0.0]
    assert cs[0].analysis.success == 1.0 and cs[0].analysis.terms["plain"]["maximum"] == 0.0
    assert "never" not in cs[1].analysis.failures[0] or "moved" in cs[1].analysis.failures[0]


def test_too_few_results_are_a_mistake_of_the_trainer():
    with pytest.raises(BadOption, match="1 results"):
        trained(lambda rewards: [agent(rewards[0])])


@pytest.mark.parametrize("early", [True, False])
def test_an_error_of_the_trainer_fails_what_is_left(early):
    def train(rewards):
        if not early:
            yield agent(rewards[0])
        raise BadReward("it pays NaN in row 3")

    cs, _ = trained(train)
    assert [c.good for c in cs] == [not early, False] and "row 3" in cs[1].trained.error


def test_a_clock_that_ran_out_trains_nobody():
    cs, desk = trained(lambda rewards: map(agent, rewards), budget=Budget(seconds=0))
    assert not any(c.trained for c in cs) and "seconds" in desk.stopped
