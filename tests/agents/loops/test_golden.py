"""Files of every released version are read, act as they did, and runs in them go on."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import stable_baselines3

sys.path.insert(0, str(Path(__file__).parent / "golden"))
import write as golden

from rewardlab.agents.loops.runs import resume_run

FOLDERS = sorted(p for p in golden.HERE.iterdir() if (p / "told.json").exists())
PLAIN = {"ppo": stable_baselines3.PPO, "sac": stable_baselines3.SAC}


def told(folder):
    return json.loads((folder / "told.json").read_text())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_agents_act_as_they_did(folder):
    for name, kind in golden.CLASSES.items():
        agents = [kind.load(folder / f"{name}.zip", device="cpu")]
        if name in PLAIN:
            agents.append(PLAIN[name].load(folder / f"{name}.zip", device="cpu"))
        for agent in agents:
            assert np.allclose(golden.does(agent), told(folder)[name], rtol=0, atol=1e-4), name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_a_run_is_read_as_it_stood_and_goes_on(folder):
    agent = resume_run(golden.run(), folder / "run.ckpt")
    assert agent.num_timesteps == golden.STEPS // 2
    before, whole = golden.returns(agent), told(folder)["run"]
    assert before == whole[: len(before)] and len(before) < len(whole)
    agent.learn(golden.STEPS // 2, reset_num_timesteps=False)  # to the bit only on the processor that wrote it
    assert agent.num_timesteps == golden.STEPS and len(golden.returns(agent)) > len(before)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_files_are_small(folder):
    assert len(list(folder.iterdir())) == len(golden.CLASSES) + 2
    assert all(p.stat().st_size < 60_000 for p in folder.iterdir())


def test_there_is_one_of_today():
    assert FOLDERS
