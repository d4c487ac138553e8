"""The laws of agents with a token policy, those of the catalogue and the loops. A new one needs a row in `ROWS`."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from token_worlds import Ask, equal, policy

from rewardlab.agents import ArCHer, PreferenceAgent, SequenceAgent, TokenCritic, dpo, grpo, ppo
from rewardlab.agents.loops import Comparison
from rewardlab.agents.loops.tokens.agent import TokenAgent
from rewardlab.core import catalogue
from rewardlab.core.agent import Agent
from rewardlab.core.errors import BadCheckpoint

PAIRS = [Comparison(x, ["a", "q"], [1.0, 0.0]) for x in "?abq"]
PLAY = {"groups": 4, "group_size": 2, "turns": 2, "max_tokens": 2}
FEW = {"critic_steps": 2, "critic_batch": 4, "answers": 6, "delay": 0}


@dataclass(frozen=True)
class Row:
    """A token agent for the laws.

    Attributes:
        kind: its class.
        make: (policy, seed) -> one in a small world.
        again: (path) -> the one that a file holds, with the code that a file does not hold.
        steps: that it learns for, of several iterations.
    """

    kind: type[TokenAgent]
    make: Callable[..., Any]
    again: Callable[..., Any]
    steps: int = 40

    def agent(self, seed: int = 0) -> Any:
        """A new one."""
        return self.make(policy("?abq", context=32, width=16, seed=seed), seed)


ROWS = {
    "ArCHer": Row(
        ArCHer, lambda p, s: ArCHer(Ask, p, seed=s, **FEW, **PLAY), lambda path: ArCHer.load(path, Ask)
    ),
    "PreferenceAgent": Row(
        PreferenceAgent,
        lambda p, s: PreferenceAgent(PAIRS, p, dpo, batch_size=3, max_tokens=2, seed=s),
        lambda path: PreferenceAgent.load(path, PAIRS, objective=dpo),
        steps=12,
    ),
    "SequenceAgent": Row(
        SequenceAgent,
        lambda p, s: SequenceAgent(Ask, p, grpo, seed=s, **PLAY),
        lambda path: SequenceAgent.load(path, Ask, objective=grpo),
    ),
    "SequenceAgent with a critic": Row(
        SequenceAgent,
        lambda p, s: SequenceAgent(Ask, p, ppo, critic=TokenCritic(p.copy()), seed=s, **PLAY),
        lambda path: SequenceAgent.load(path, Ask, objective=ppo),
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])


def token_agents():
    """Name -> class of the catalogue's."""
    found = {e.name: getattr(importlib.import_module(e.module), e.name) for e in catalogue.entries("agent")}
    return {name: cls for name, cls in found.items() if issubclass(cls, TokenAgent)}


def test_every_token_agent_of_the_catalogue_has_a_row():
    assert token_agents().items() <= {name: row.kind for name, row in ROWS.items()}.items() and token_agents()
    for row in ROWS.values():
        assert type(row.agent()) is row.kind and isinstance(row.agent(), Agent)


@EVERY
def test_equal_seeds_give_equal_agents_and_others_do_not(row):
    one, two, other = (row.agent(s).learn(row.steps) for s in (0, 0, 1))
    assert equal(one.state_dict(), two.state_dict()) and not equal(one.state_dict(), other.state_dict())
    assert one.num_timesteps >= row.steps and one.updates > 0
    said = [a.predict(["?", "a"]) for a in (one, two)]
    assert said[0] == said[1] and one.predict("?", deterministic=True) == two.predict("?", deterministic=True)


@EVERY
def test_a_file_goes_on_to_the_bit(row, tmp_path):
    agent = row.agent().learn(row.steps)
    agent.save(tmp_path / "agent")
    agent.save(tmp_path / "twin")
    assert (tmp_path / "agent").read_bytes() == (tmp_path / "twin").read_bytes()
    back = row.again(tmp_path / "agent")
    assert equal(agent.state_dict(), back.state_dict()) and agent.options() == back.options()
    for a in (agent, back):
        a.learn(row.steps)
    assert equal(agent.state_dict(), back.state_dict()) and agent.predict("?") == back.predict("?")


@EVERY
def test_a_damaged_or_foreign_file_is_refused(row, tmp_path):
    row.agent().save(tmp_path / "agent")
    raw = (tmp_path / "agent").read_bytes()
    (tmp_path / "cut").write_bytes(raw[: len(raw) // 2])
    next(r for r in ROWS.values() if r.kind is not row.kind).agent().save(tmp_path / "other")
    for name in ("cut", "other", "none"):
        with pytest.raises(BadCheckpoint):
            row.kind.load(tmp_path / name)


@EVERY
def test_a_callback_stops_training(row):
    seen = []
    agent = row.agent().learn(10_000, callback=lambda now: seen.append(now["self"].num_timesteps) or len(seen) < 2)
    assert len(seen) == 2 and agent.num_timesteps == seen[-1]
