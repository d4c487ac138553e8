"""The sequence loop: it learns, what it logs, and runs that go on to the bit."""

import json

import numpy as np
import pytest
import torch
from token_worlds import LETTERS, LORA, Echo, Word, equal, policy, reinforce

from rewardlab.agents.loops.sequence import SequenceAgent
from rewardlab.core.agent import Agent
from rewardlab.core.errors import BadCheckpoint, BadOption, BadReward
from rewardlab.core.objective import Fixed


def agent(env=None, *, objective=reinforce, lora=None, context=256, **options):
    made = policy(context=context, lora=lora)
    small = {"groups": 3, "group_size": 2, "turns": 3, "max_tokens": 4}
    return SequenceAgent(env or Echo(4), made, objective, **{**small, **options})


def test_a_policy_learns_the_rewarded_word():
    """Chance says b one time in four or five; after 1200 turns at least nine times in ten, greedily always."""
    p = policy("?abcd", context=32)
    a = SequenceAgent(
        Word(), p, reinforce, groups=4, group_size=8, turns=1, max_tokens=2, learning_rate=3e-3, reference=None
    )
    a.learn(1)
    assert a.told["rollout/success_rate"] < 0.6
    a.learn(1200)
    assert a.told["rollout/success_rate"] >= 0.9 and a.predict("?", deterministic=True)[0] == "b"
    assert isinstance(a, Agent) and a.num_timesteps == 32 + 1216


def test_no_learning_without_a_difference():
    """All copies paid alike: the gradient is 0 and the weights stay."""
    a = agent(reward=lambda r: torch.ones_like(r.reward))
    before = a.policy.state_dict()
    a.learn(1)
    assert equal(before, a.policy.state_dict()) and a.told["train/grad_norm"] == 0 and a.updates == 1


def test_what_is_counted_and_logged(tmp_path):
    seen = []
    a = agent(epochs=2, minibatches=2, transcripts=tmp_path / "t.jsonl", tensorboard_log=str(tmp_path / "board"))
    a.learn(20, callback=lambda now: seen.append((now["rollouts"], now["group"])) or len(seen) < 3)
    assert len(seen) == 3 or a.num_timesteps >= 20
    assert a.num_timesteps == sum(int(r.turns.sum()) for r, _ in seen) and a.iterations == len(seen)
    assert a.updates == 4 * len(seen)
    r = a.rollouts
    assert a.told["rollout/ep_rew_mean"] == pytest.approx(float(r.reward.mean()))
    assert a.told["reward/hits"] + a.told["reward/talk"] == pytest.approx(a.told["rollout/ep_rew_mean"], abs=1e-6)
    assert {"train/loss", "train/approx_kl", "train/entropy", "rollout/ep_len_mean", "time/fps"} <= set(a.told)
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert len(lines) == 6 * len(seen) and lines[-1]["messages"] == r.messages[2][1]
    assert list((tmp_path / "board" / "sequence_1").iterdir())


def test_transcripts_hold_whatever_is_said(tmp_path):
    class Half(Echo):
        def step(self, action):
            out = super().step(action)
            return *out[:4], {"reply": "\ud800é\n"}

    agent(Half(2), transcripts=tmp_path / "t.jsonl").learn(1)
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert len(lines) == 6 and lines[0]["messages"][-1]["content"] == "\ud800é\n" and lines[0]["success"] is None


def test_callbacks_of_stable_baselines(tmp_path):
    from stable_baselines3.common.callbacks import CheckpointCallback

    a = agent()
    a.learn(10, callback=CheckpointCallback(1, str(tmp_path)))
    assert len(list(tmp_path.iterdir())) == a.iterations


@pytest.mark.parametrize(
    ("options", "context"),
    [
        ({}, 256),
        ({"reference": None, "wait": False}, 256),
        ({"tasks": range(7), "epochs": 2, "minibatches": 3}, 30),
        ({"lora": LORA}, 256),
    ],
)
def test_a_run_goes_on_to_the_bit(options, context, tmp_path):
    whole = agent(context=context, **options).learn(30)
    first = agent(context=context, **options).learn(12)
    first.save(tmp_path / "run")
    again = SequenceAgent.load(tmp_path / "run", Echo(4), objective=reinforce)
    assert equal(first.state_dict(), again.state_dict()) and (again.reference is None) == (first.reference is None)
    while again.num_timesteps < whole.num_timesteps:
        again.learn(1)
    assert equal(whole.state_dict(), again.state_dict()) and whole.rollouts.messages == again.rollouts.messages
    drop = ("time/fps", "time/tokens_per_second")
    assert {k: v for k, v in whole.told.items() if k not in drop} == {
        k: v for k, v in again.told.items() if k not in drop
    }


def test_waiting_or_not_is_the_same_run():
    """Batches differ, and so scores by their rounding; words and pay do not."""
    one, other = agent().learn(12), agent(wait=False).learn(12)
    assert torch.allclose(one.rollouts.old_logp, other.rollouts.old_logp, atol=1e-5)
    assert one.rollouts.messages == other.rollouts.messages and torch.equal(one.rollouts.reward, other.rollouts.reward)


def test_a_loaded_agent_acts_without_code(tmp_path):
    a = agent().learn(6)
    a.save(tmp_path / "run")
    again = SequenceAgent.load(tmp_path / "run")
    assert again.predict("say a", deterministic=True) == a.predict("say a", deterministic=True)
    with pytest.raises(BadOption, match="environment"):
        again.learn(1)
    with pytest.raises(BadOption, match="objective"):
        SequenceAgent.load(tmp_path / "run", Echo()).learn(1)
    (tmp_path / "run").write_bytes(b"nothing")
    with pytest.raises(BadCheckpoint):
        SequenceAgent.load(tmp_path / "run")


def test_selection_takes_all_columns_along():
    """Only tasks whose copies differ are learned from; none left: no step."""
    from rewardlab.agents.loops.tokens.groups import tasks

    def differing(group):
        return tasks(group, np.flatnonzero((group.reward.std(-1) > 0).numpy()))

    a = agent(select=differing).learn(6)
    assert a.told["train/tasks"] == float((a.rollouts.reward.std(-1) > 0).sum())
    none = agent(select=lambda group: tasks(group, np.arange(0))).learn(6)
    assert none.updates == 0 and none.told["train/tasks"] == 0


def test_the_reference_is_what_was_asked_for():
    groups = {}
    for name, reference in (("initial", "initial"), ("sampler", None), ("own", policy(seed=5))):
        keep = groups.setdefault(name, [])
        agent(reference=reference, learning_rate=1e-2).learn(40, callback=lambda now, k=keep: k.append(now["group"]))
    assert torch.allclose(groups["initial"][0].h, torch.zeros(3, 2), atol=1e-4)
    assert float(groups["initial"][-1].h.abs().max()) > 1e-3
    assert not any(g.h.any() for g in groups["sampler"])
    g = groups["own"][0]
    assert torch.allclose(g.ref_logp, policy(seed=5).logp(g.info["tokens"], g.mask, g.info["window"]))


def test_tasks_come_once_before_they_come_again():
    a = agent(tasks=range(100, 109))
    seen = []
    a.learn(200, callback=lambda now: seen.append(now["rollouts"].seeds) or len(seen) < 6)
    for at in (0, 3):
        assert sorted(s for part in seen[at : at + 3] for s in part) == list(range(100, 109))
    assert seen[:3] != seen[3:]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"groups": 0}, "groups=0"),
        ({"group_size": 1.5}, "group_size=1.5"),
        ({"tasks": [1]}, "1 tasks"),
        ({"turns": 0}, "turns=0"),
        ({"max_tokens": 300}, "max_tokens=300"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        agent(**options)


def test_bad_numbers_are_refused_and_what_is_opened_is_closed(capsys):
    with pytest.raises(BadOption, match="total_timesteps"):
        agent().learn(-1)
    with pytest.raises(BadReward):
        agent(reward=lambda r: r.reward * float("nan")).learn(1)
    with pytest.raises(BadOption, match="callback"):
        agent().learn(1, callback=3)
    a, closed = agent(verbose=1), []
    a.learn(3, progress_bar=True)
    assert "ep_rew_mean" in capsys.readouterr().out
    for env in a.envs:
        env.close = lambda: closed.append(1)
    a.close()
    assert len(closed) == 6
    assert agent(objective=Fixed(reinforce)).learn(0).num_timesteps == 0
    assert set(agent().predict("a")[0]) <= set(LETTERS)
