"""A run that is killed and started again ends as one that was left alone; signals leave a last checkpoint."""

import multiprocessing
import os
import random
import signal
import time

import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.deep import PPO
from rewardlab.agents.loops.run_checkpoint import RunCheckpoint, continue_run, last_good
from rewardlab.core.errors import BadCheckpoint, BadOption

STEPS = 1024


def make():
    return PPO("MlpPolicy", "CartPole-v1", n_steps=32, batch_size=32, n_epochs=2, seed=1, device="cpu")


def ends(agent):
    returns = [x for e in agent.ep_info_buffer for x in (e["r"], e["l"])]
    return np.array(
        [float(agent.num_timesteps), *returns, *torch.cat([p.detach().flatten() for p in agent.policy.parameters()])]
    )


def child(folder, out):
    torch.set_num_threads(1)
    np.save(out, ends(continue_run(make, STEPS, folder, every=64)))


def test_three_kills_change_nothing(tmp_path):
    truth = ends(make().learn(STEPS))
    moments, folder, kills = random.Random(0), tmp_path / "killed", 0
    context = multiprocessing.get_context("fork")
    for past in (64, 320, 640, None):  # killed soon after this many steps are safe, maybe while more are being saved
        started = context.Process(target=child, args=(folder, tmp_path / "end.npy"), daemon=True)
        started.start()
        if past is None:
            started.join(60)
            assert started.exitcode == 0
            break
        deadline = time.monotonic() + 60
        while not any(int(p.stem[4:]) >= past for p in folder.glob("run-*.ckpt")):
            assert time.monotonic() < deadline and started.is_alive()
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.03))
        started.kill()
        started.join()
        kills += started.exitcode == -signal.SIGKILL
        assert not (tmp_path / "end.npy").exists()
    assert kills == 3 and len(list(folder.glob("run-*.ckpt"))) == 3 and not list(folder.glob(".*"))
    assert np.array_equal(np.load(tmp_path / "end.npy"), truth)


class At(BaseCallback):
    """Sends a signal to this process at a step."""

    def __init__(self, step, number):
        super().__init__()
        self.step, self.number = step, number

    def _on_step(self):
        if self.num_timesteps == self.step:
            os.kill(os.getpid(), self.number)
        return True


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_a_checkpoint_and_its_exit_code(number, code, tmp_path):
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as stop:
        continue_run(make, 320, tmp_path / "a", every=10_000, callback=At(100, number))
    assert stop.value.code == code and signal.getsignal(number) is before
    assert last_good(tmp_path / "a").name == "run-000000000128.ckpt"  # where the next rollout begins
    again = continue_run(make, 320, tmp_path / "a", every=10_000)
    assert np.array_equal(ends(again), ends(make().learn(320)))


def test_the_last_good_file_is_taken_and_the_bad_one_named(tmp_path):
    whole = continue_run(make, 256, tmp_path, every=64, keep=2)
    files = sorted(p.name for p in tmp_path.glob("*"))
    assert files == ["run-000000000192.ckpt", "run-000000000256.ckpt"]
    assert whole._last_good == str(tmp_path / files[1])
    (tmp_path / ".run-000000000256.ckpt.abc.tmp").write_bytes(b"half")  # of a writer that was killed
    data = bytearray((tmp_path / files[1]).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / files[1]).write_bytes(data)
    with pytest.warns(UserWarning, match=r"000256[\s\S]*damaged[\s\S]*the one before it"):
        again = continue_run(make, 256, tmp_path, every=64)
    assert np.array_equal(ends(again), ends(whole)) and not list(tmp_path.glob(".*"))
    for name in files:
        (tmp_path / name).write_bytes(b"")
    with pytest.warns(UserWarning), pytest.raises(BadCheckpoint, match="no checkpoint here is whole"):
        continue_run(make, 256, tmp_path, every=64)


def test_a_finished_run_is_not_learned_again_and_bad_numbers_are_refused(tmp_path):
    continue_run(make, 64, tmp_path, every=64)
    before = os.stat(last_good(tmp_path)).st_mtime_ns
    assert continue_run(make, 64, tmp_path, every=64).num_timesteps == 64
    assert os.stat(last_good(tmp_path)).st_mtime_ns == before
    assert last_good(tmp_path / "nothing") is None
    for wrong in ({"every": 0}, {"every": 8, "keep": 0}, {"every": 1.5}):
        with pytest.raises(BadOption):
            RunCheckpoint(tmp_path, **wrong)
