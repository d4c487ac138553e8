"""What stands beside the pickles is read exactly, and what it does not tell is refused."""

import io
import json
import zipfile

import pytest
import stable_baselines3
import torch
from stable_baselines3.common.utils import LinearSchedule
from torch import nn

from rewardlab.agents.deep import DQN, PPO
from rewardlab.agents.loops import archive
from rewardlab.agents.loops.unpacking import unpacked
from rewardlab.core.errors import BadCheckpoint


def read(agent):
    out = io.BytesIO()
    agent.save(out)
    out.seek(0)
    return archive.read(out, torch.device("cpu"))


def test_schedules_networks_and_frequencies_of_plain_files():
    rate = LinearSchedule(3e-4, 1e-5, 0.5)
    kwargs = {"activation_fn": nn.ELU, "net_arch": {"pi": [8], "vf": [16]}}
    options = {"n_steps": 16, "batch_size": 16, "learning_rate": rate, "clip_range": 0.15, "policy_kwargs": kwargs}
    found = unpacked(PPO, read(stable_baselines3.PPO("MlpPolicy", "CartPole-v1", **options)), {})
    assert found["policy_kwargs"] == kwargs and found["clip_range"] == 0.15
    assert vars(found["learning_rate"]) == vars(rate)
    assert found["policy_class"] is PPO.policy_aliases["MlpPolicy"]
    for freq in ((4, "step"), (1, "episode"), (300, "step"), (70_000, "step")):
        plain = stable_baselines3.DQN("MlpPolicy", "CartPole-v1", train_freq=freq, buffer_size=9)
        assert unpacked(DQN, read(plain), {})["train_freq"] == freq


def test_a_function_is_replaced_aloud_and_strange_options_are_refused():
    plain = stable_baselines3.PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, clip_range=lambda left: left)
    with pytest.warns(UserWarning, match="clip_range is a function"):
        assert unpacked(PPO, read(plain), {})["clip_range"] == 0.2
    assert unpacked(PPO, read(plain), {"clip_range": 0.3})["clip_range"] == 0.3
    plain.policy_kwargs = {"features_extractor_class": io.BytesIO}
    with pytest.raises(BadCheckpoint, match="policy_kwargs"):
        unpacked(PPO, read(plain), {"clip_range": 0.2})


def test_a_file_sets_no_methods(tmp_path):
    agent = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu")
    stable_baselines3.PPO.save(agent, tmp_path / "a.zip")
    for name in ("learn", "logger", "policy", "__class__"):
        out = io.BytesIO()
        with zipfile.ZipFile(tmp_path / "a.zip") as z, zipfile.ZipFile(out, "w") as new:
            for member in z.namelist():
                data = z.read(member)
                if member == "rewardlab.json":
                    continue
                if member == "data":
                    data = json.dumps(json.loads(data) | {name: 3}).encode()
                new.writestr(member, data)
        out.seek(0)
        with pytest.raises(BadCheckpoint, match=name):
            PPO.load(out, env="CartPole-v1")
