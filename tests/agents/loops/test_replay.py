"""The ring against a plain list: wrap-around, true successors, several steps, pay at sampling time."""

import numpy as np
import pytest
import torch

from rewardlab.agents.loops.replay import Replay
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption

CPU = torch.device("cpu")


def filled(steps, capacity=10, rows=3, seed=0, resets=False):
    """A memory, and the list of all steps ever added, oldest first."""
    draw = np.random.default_rng(seed)
    memory, every, newest = Replay(capacity, rows, CPU), [], {}
    for t in range(steps):
        live = draw.random(rows) < 0.7 if resets else np.ones(rows, bool)
        number = torch.arange(rows) + 100 * t
        ends = torch.from_numpy(draw.random(rows) < 0.2)
        cuts = torch.from_numpy(draw.random(rows) < 0.2) & ~ends
        step = {
            "obs": {"x": number[:, None].float(), "y": number.to(torch.uint8)},
            "next_obs": {"x": number[:, None] + 0.5, "y": number.to(torch.uint8)},
            "action": number % 4,
            "reward": number.float(),
            "terminated": ends,
            "truncated": cuts,
        }
        memory.add(step, torch.from_numpy(live) if resets else None, {"place": number * 2})
        for i in np.flatnonzero(live):
            item = {"number": int(number[i]), "end": bool(ends[i]), "cut": bool(cuts[i]), "next": None}
            if i in newest:
                newest[i]["next"] = item
            every.append(item)
            newest[i] = item
            if item["end"] or item["cut"]:
                del newest[i]
    return memory, every


@pytest.mark.parametrize("resets", [False, True])
@pytest.mark.parametrize("steps", [1, 3, 4, 17])
def test_it_holds_the_last_steps_and_what_belongs_to_each(steps, resets):
    memory, every = filled(steps, resets=resets)
    kept = every[-10:]
    assert len(memory) == len(kept)
    batch, discount = memory.sample(400, torch.Generator().manual_seed(0), gamma=0.9)
    found = {int(r): k for k, r in enumerate(batch.reward)}
    assert set(found) == {item["number"] for item in kept}
    for item in kept:
        k = found[item["number"]]
        assert batch.obs["x"][k, 0] == item["number"] and batch.next_obs["x"][k, 0] == item["number"] + 0.5
        assert batch.obs["y"].dtype == torch.uint8 and batch.action[k] == item["number"] % 4
        assert batch.info["place"][k] == 2 * item["number"]
        assert batch.terminated[k] == item["end"] and batch.truncated[k] == item["cut"]
        assert discount[k] == pytest.approx(0.0 if item["end"] else 0.9)


@pytest.mark.parametrize("resets", [False, True])
def test_several_steps_are_summed_along_the_row_and_no_further_than_the_episode(resets):
    memory, every = filled(23, capacity=31, resets=resets, seed=3)
    batch, discount = memory.sample(600, torch.Generator().manual_seed(0), gamma=0.5, n_steps=3)
    by_number = {item["number"]: item for item in every[-31:]}
    checked = 0
    for k in range(600):
        item = by_number[int(batch.obs["x"][k, 0])]
        total, factor, last = 0.0, 1.0, item
        for m in range(3):
            total += factor * last["number"]
            factor *= 0.5
            if m == 2 or last["end"] or last["cut"] or last["next"] is None:
                break
            last = last["next"]
        assert float(batch.reward[k]) == pytest.approx(total)
        assert float(discount[k]) == pytest.approx(0.0 if last["end"] else factor)
        assert batch.next_obs["x"][k, 0] == last["number"] + 0.5
        checked += factor < 0.3
    assert checked > 50


def test_columns_of_the_successor_go_with_the_successor():
    memory = Replay(8, 1, CPU)
    for t in range(4):
        at = torch.tensor([float(t)])
        step = {
            "obs": at,
            "next_obs": at + 1,
            "action": at.long(),
            "reward": at,
            "terminated": at > 9,
            "truncated": at > 9,
        }
        memory.add(step, None, {"place": at, "next_place": at + 1})
    batch, _ = memory.sample(40, torch.Generator().manual_seed(0), gamma=0.9, n_steps=3)
    assert torch.equal(batch.info["place"], batch.obs) and torch.equal(batch.info["next_place"], batch.next_obs)


def test_steps_are_paid_when_they_are_drawn():
    memory, _ = filled(4)
    now = {"factor": 1.0}

    def pay(batch):
        return batch.info["place"] * now["factor"]

    for factor in (1.0, -3.0):
        now["factor"] = factor
        batch, _ = memory.sample(20, torch.Generator().manual_seed(0), gamma=0.9, pay=pay)
        torch.testing.assert_close(batch.reward, 2 * factor * batch.obs["x"][:, 0])


def test_all_steps_are_equally_likely():
    memory, _ = filled(30)
    batch, _ = memory.sample(20_000, torch.Generator().manual_seed(0), gamma=0.9)
    counts = np.unique(batch.reward, return_counts=True)[1]
    assert len(counts) == 10 and ((counts - 2000) ** 2 / 2000).sum() < 27.9  # chi-square, 9 degrees, 0.1 %


@pytest.mark.parametrize("steps", [2, 17])
def test_a_memory_goes_on_from_its_state(steps):
    memory, _ = filled(steps)
    other = Replay(10, 3, CPU)
    other.load_state_dict(memory.state_dict())
    step = {
        k: memory.held[k][:3].clone()
        if k not in ("obs", "next_obs")
        else {n: x[:3].clone() for n, x in memory.held[k].items()}
        for k in memory.held
    }
    for m in (memory, other):
        m.add(step, None, {"place": torch.arange(3)})
    a, b = (m.sample(50, torch.Generator().manual_seed(1), gamma=0.9, n_steps=3) for m in (memory, other))
    torch.testing.assert_close(a[0].reward, b[0].reward, rtol=0, atol=0)
    torch.testing.assert_close(a[1], b[1], rtol=0, atol=0)
    with pytest.raises(BadCheckpoint, match="3 rows"):
        Replay(10, 2, CPU).load_state_dict(memory.state_dict())


def test_a_memory_without_room_or_steps_says_so():
    with pytest.raises(BadOption, match="buffer_size=2 for 3 rows"):
        Replay(2, 3, CPU)
    with pytest.raises(BadBatch, match="empty"):
        Replay(4, 3, CPU).sample(2, torch.Generator(), gamma=0.9)
