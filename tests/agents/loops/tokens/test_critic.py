"""The critic: exact values of finite dialogues, ends and limits, who learns, and its files."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from token_worlds import Ask, AskValues, Echo, asker, asks, equal, policy, reinforce

from rewardlab.agents.loops.sequence import SequenceAgent
from rewardlab.agents.loops.tokens.credit import gae, whitened
from rewardlab.agents.loops.tokens.critic import TokenCritic
from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.policy_gradient import ppo
from rewardlab.core.errors import BadCheckpoint, BadOption


def small(seed=0):
    return policy("?abq", context=32, width=16, seed=seed)


@pytest.mark.parametrize(("kind", "mean", "nine_tenths"), [("own", 0.06, 0.15), ("head", 0.15, 0.4)])
def test_values_of_a_finite_dialogue_become_the_exact_ones(kind, mean, nine_tenths):
    """256 dialogues of a policy that stands still. A head alone on a random trunk sees the last letter, and no more."""
    p = small()
    critic = TokenCritic(p.copy() if kind == "own" else p, lam=0.9, clip=None, learning_rate=1e-2)
    critic.join(p)
    r = synchronous(p, [Ask() for _ in range(256)], range(256), Play(turns=2, max_tokens=2))
    group = r.group()
    for k in range(40):
        critic.optimiser.lr = 1e-2 * 0.94**k
        critic.descend(critic.judged(group, r.truncated))
    exact, values, off = AskValues(p), critic.values(r.tokens, r.mask, r.window), []
    for i in range(24):
        letter, said, ids = None, (), r.tokens[i, 0].tolist()
        for t, mine in enumerate(r.mask[i, 0].tolist()):
            if mine:
                said = said if r.mask[i, 0, t - 1] else ()
                letter = r.messages[i][0][2]["content"] if r.turn[i, 0, t] else None
                off.append(float(values[i, 0, t]) - exact(ids[:t], said, letter))
                said = (*said, ids[t])
    assert len(off) > 40 and np.abs(off).mean() < mean and np.quantile(np.abs(off), 0.9) < nine_tenths


def test_where_the_world_ends_there_is_no_value_and_where_a_limit_ends_it_there_is():
    p = small()
    critic = TokenCritic(policy("?abq", context=32, width=16, seed=3), gamma=0.9, lam=0.8, whiten=False)
    critic.join(p)
    with torch.no_grad():
        critic.heads.head.weight.normal_(generator=torch.Generator().manual_seed(0))
    r = synchronous(p, [Ask() for _ in range(64)], range(32), Play(turns=1, max_tokens=2))
    assert r.truncated.any() and not r.truncated.all()
    group = critic.judged(r.group(), r.truncated)
    for i, g in np.ndindex(32, 2):
        n = int((r.window[i, g] >= 0).sum())
        tokens = torch.cat([r.tokens[i, g, :n], torch.zeros(1, dtype=torch.int64)])[None]
        after = torch.zeros(1, n + 1)
        after[0, n] = 1
        beyond = float(critic.values(tokens, after)[0, n]) * float(r.truncated[i, g])
        own = (r.mask[i, g] != 0).nonzero()[:, 0].tolist()
        v = [*critic.values(r.tokens[i, g], r.mask[i, g])[own].tolist(), beyond]
        reward = [*[0.0] * (len(own) - 1), float(r.reward[i, g])]
        delta = [reward[k] + 0.9 * v[k + 1] - v[k] for k in range(len(own))]
        for k, t in enumerate(own):
            brute = sum(0.72 ** (j - k) * delta[j] for j in range(k, len(own)))
            assert float(group.info["advantage"][i, g, t]) == pytest.approx(brute, abs=1e-5)
            assert float(group.info["target"][i, g, t]) == pytest.approx(brute + v[k], abs=1e-5)
        if r.truncated[i, g]:  # it stops where the agent would speak next
            assert r.tokens[i, g, n - 1] == p.vocabulary.agent and beyond != 0


def test_columns_are_those_of_own_tokens_in_windows_too():
    p = policy(context=20)
    r = synchronous(p, [Echo(9) for _ in range(6)], [3, 11, 12], Play(turns=4, max_tokens=5))
    assert r.window.max() > 0
    critic = TokenCritic(policy(context=20, seed=2), price=0.3)
    critic.join(p)
    with torch.no_grad():
        critic.heads.head.weight.normal_(generator=torch.Generator().manual_seed(0))
    group = r.group(r.old_logp - 0.5 * r.mask)
    judged = critic.judged(group, r.truncated)
    value = judged.info["value"]
    assert not value[r.mask == 0].any() and (value[r.mask != 0] != 0).all()
    cheaper = r.step_reward - 0.3 * 0.5 * r.mask  # what a token's divergence costs
    raw = gae(cheaper, value, torch.zeros(3, 2), r.mask, gamma=1.0, lam=0.95)
    ended = ~r.truncated
    assert ended.any()
    torch.testing.assert_close((judged.info["target"] - value)[ended], raw[ended], rtol=0, atol=1e-5)
    torch.testing.assert_close(
        judged.info["advantage"], whitened(judged.info["target"] - value, r.mask), rtol=0, atol=1e-5
    )
    first = r.mask[0, 0].nonzero()[0, 0]
    tokens = r.tokens.clone()
    tokens[0, 0, first + 1 :] = 7
    same = critic.judged(replace(group, info={**group.info, "tokens": tokens}), r.truncated)
    assert torch.allclose(same.info["value"][0, 0, first], value[0, 0, first], atol=1e-6)


def test_a_head_on_the_policys_trunk_does_not_move_it():
    for shared in (True, False):
        p = small()
        critic = TokenCritic(p if shared else p.copy(), learning_rate=1e-2)
        a = SequenceAgent(Ask, p, ppo, critic=critic, learning_rate=0.0, turns=2, max_tokens=2, reference=None)
        before, theirs = p.state_dict(), critic.trunk.state_dict()
        a.learn(128)
        assert equal(before, p.state_dict()) and critic.heads.head.weight.abs().max() > 0
        assert equal(theirs, critic.trunk.state_dict()) is shared
        assert {"train/value_loss", "train/explained_variance"} <= set(a.told)


def agent(kind, **options):
    p = small()
    trunk = {"own": p.copy, "smaller": lambda: policy("?abq", context=32, width=8, seed=5), "head": lambda: p}[kind]()
    critic = TokenCritic(trunk, learning_rate=3e-3, price=0.05, max_grad_norm=None)
    few = {"groups": 4, "group_size": 4, "turns": 2, "max_tokens": 2, "epochs": 2, "minibatches": 2}
    return SequenceAgent(Ask, p, ppo, critic=critic, **few, **options)


@pytest.mark.parametrize("kind", ["own", "smaller", "head"])
def test_a_run_with_a_critic_goes_on_to_the_bit(kind, tmp_path):
    whole, first = agent(kind).learn(100), agent(kind).learn(40)
    first.save(tmp_path / "run")
    again = SequenceAgent.load(tmp_path / "run", Ask, objective=ppo)
    assert equal(first.state_dict(), again.state_dict()) and again.critic.heads.learns is (kind != "head")
    while again.num_timesteps < whole.num_timesteps:
        again.learn(1)
    assert equal(whole.state_dict(), again.state_dict()) and whole.rollouts.messages == again.rollouts.messages


def test_ppo_learns_to_ask_first():
    """A guess is worth 0.5, asking 0.9."""
    p = asker()
    critic = TokenCritic(p.copy(), learning_rate=1e-2)
    few = {"groups": 32, "group_size": 1, "turns": 2, "max_tokens": 2, "epochs": 2}
    a = SequenceAgent(Ask, p, ppo, critic=critic, learning_rate=3e-3, reference=None, seed=1, **few)
    assert 0.4 < asks(p) < 0.6
    a.learn(700)
    assert asks(p) > 0.95 and a.told["rollout/ep_rew_mean"] > 0.8 and a.predict("?", deterministic=True)[0] == "q"


@pytest.mark.parametrize(
    ("options", "word"),
    [({"gamma": 1.1}, "gamma"), ({"lam": -0.1}, "lam"), ({"clip": 0.0}, "clip"), ({"price": -1}, "price")],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        TokenCritic(small(), **options)


def test_strange_trunks_and_states_are_refused():
    with pytest.raises(BadOption, match="trunk=int"):
        TokenCritic(3)
    for foreign in (policy("?ab", context=32), policy("?abq", context=16)):
        with pytest.raises(BadOption, match="another vocabulary or a shorter context"):
            SequenceAgent(Ask, small(), reinforce, critic=TokenCritic(foreign), max_tokens=2)
    one, other = agent("own"), agent("head")
    for state in (other.critic.state_dict(), {}, {"head": 1}):
        with pytest.raises(BadCheckpoint):
            one.critic.load_state_dict(state)
