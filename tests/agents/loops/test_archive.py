"""Archives are written whole or not at all, and a changed byte is seen."""

import io
import zipfile

import numpy as np
import pytest
import torch

from rewardlab.agents.deep import PPO
from rewardlab.agents.loops import archive
from rewardlab.core.errors import BadCheckpoint, BadSpace


def test_what_is_written_is_read(tmp_path):
    agent = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu")
    archive.write(agent, tmp_path / "a", exclude=["gamma"])
    found = archive.read(tmp_path / "a", torch.device("cpu"))  # with or without ".zip"
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]
    assert "gamma" not in found.data and found.data["n_steps"] == 16 and found.own["policy"] == "MlpPolicy"
    assert found.own["observation_space"]["shape"] == [4] and found.own["class"] == "PPO"
    truth = agent.policy.state_dict()
    assert all(torch.equal(v, truth[k]) for k, v in found.parameters["policy"].items())
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as z:
        z.writestr("more.txt", "")
    with pytest.raises(BadCheckpoint, match="not those that were saved"):
        archive.read(tmp_path / "a.zip", torch.device("cpu"))


def test_damage_is_found(tmp_path):
    path = tmp_path / "a.zip"
    agent = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu")
    agent.save(path)
    whole = path.read_bytes()
    truth = agent.policy.state_dict()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        data = bytearray(whole)
        data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        try:
            found = PPO.load(io.BytesIO(bytes(data)), device="cpu").policy.state_dict()
        except (BadCheckpoint, BadSpace):
            refused += 1
            continue
        assert all(torch.equal(found[k], truth[k]) for k in truth)  # a byte that nobody reads
    assert refused > 40
    for cut in rng.integers(0, len(whole) - 1, 12):
        with pytest.raises(BadCheckpoint):
            PPO.load(io.BytesIO(whole[:cut]))
