"""What a rollout keeps, and that each minibatch holds every step once."""

import torch
from counting_worlds import Counter, OnDevice
from stable_baselines3.common.vec_env import VecEnv

from rewardlab.agents.loops.rollouts import Minibatch, Rollout, minibatches
from rewardlab.agents.loops.stream import Stream
from rewardlab.core.bridge import ToVecEnv


def played(envs, steps=7):
    venv: VecEnv = ToVecEnv(envs, steps=False)
    stream = Stream(venv, device=torch.device("cpu"), where="test")
    obs, _ = stream.begun(venv.reset())
    roll = Rollout(steps, envs.num_envs, torch.device("cpu"))
    for _ in range(2):  # the second rollout must not see the first
        roll.begin()
        for t in range(steps):
            roll.look(t, obs)
            action = torch.full((envs.num_envs,), t % 2)
            moved = stream.step(action)
            roll.write(t, action, moved)
            obs = moved.obs
        roll.look(steps, obs)
    return roll


def test_successors_are_true_on_the_host_and_on_the_device():
    host, device = played(Counter((2, 3))), played(OnDevice((2, 3)))
    after = host.next_obs()
    assert torch.equal(after, device.next_obs()) and torch.equal(host.obs, device.obs)
    clock = host.obs[:-1, :, 0]
    assert torch.equal(after[..., 0], clock + 1)  # never the first frame of the next episode
    assert torch.equal(after[..., 1], host.obs[:-1, :, 1])
    assert torch.equal(host.done, after[..., 0] == torch.tensor([2.0, 3.0]))
    assert torch.equal(host.begun[1:], clock[1:] == 0) and host.begun[0].all()
    steps, rows, last = host.cut()
    assert torch.equal(last[:, 0], torch.tensor([2.0, 3.0])[rows]) and host.done[steps, rows].all()


def test_the_first_step_of_a_rollout_may_go_on_with_an_episode():
    roll = played(Counter((2, 3)), steps=4)
    roll.begin(roll.done[-1])
    assert torch.equal(roll.begun[0], roll.obs[-1, :, 0] == 0)
    assert roll.begun[0].tolist() != [True, True]


def batch(steps=6, rows=5, memory=None):
    n = steps * rows
    number = torch.arange(n)
    return Minibatch(
        {"x": number[:, None]}, number, number.float(), number[:, None], number[:, None], number, number[:, None],
        memory=memory,
    )  # fmt: skip


def test_every_step_comes_once_in_an_order_drawn_anew():
    generator, orders = torch.Generator().manual_seed(0), []
    for _ in range(2):
        parts = list(minibatches(batch(), 8, generator))
        assert [len(p) for p in parts] == [8, 8, 8, 6]
        orders.append(torch.cat([p.action for p in parts]))
        assert orders[-1].sort().values.tolist() == list(range(30))
        assert all(torch.equal(p.obs["x"][:, 0], p.action) for p in parts)
    assert not torch.equal(*orders)
    (whole,) = minibatches(batch(), None, generator)
    assert whole.action.tolist() == list(range(30))


def test_steps_joined_by_a_memory_stay_together():
    held, begun = torch.arange(5.0)[:, None], torch.zeros(6, 5, dtype=torch.bool)
    begun[2, 3] = True
    parts = list(minibatches(batch(memory=(held, begun)), 13, torch.Generator().manual_seed(0)))
    assert [len(p) for p in parts] == [12, 12, 6]
    seen = []
    for part in parts:
        first, starts = part.memory
        rows = first[:, 0].long()
        steps = part.action.view(6, len(rows))
        assert torch.equal(steps, torch.arange(6)[:, None] * 5 + rows)
        assert torch.equal(starts, begun[:, rows])
        seen += rows.tolist()
    assert sorted(seen) == list(range(5))
    assert len(next(minibatches(batch(memory=(held, begun)), 2, torch.Generator()))) == 6  # one row at least
