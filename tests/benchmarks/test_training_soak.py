"""Training holds no more in the end than after its first tenth; what does grow is seen; other agents are named."""

import json
import mmap
import os
from types import SimpleNamespace

import pytest

from rewardlab.benchmarks import training_soak
from rewardlab.benchmarks.measure import Growth
from rewardlab.benchmarks.training_soak import MADE, MOST, TrainingSoak, main, soak, within
from rewardlab.core.errors import BadOption, UnknownName


@pytest.mark.parametrize("name", MADE)
def test_a_short_training_does_not_grow(name):
    grown = soak(MADE[name](), 10_240, looks=2)
    assert grown.descriptors == 0 and grown.threads == 0 and grown.bytes < MOST


def test_what_grows_is_seen():
    held = []

    def learn(steps, reset_num_timesteps):
        pages = mmap.mmap(-1, 2**19)  # from the system itself: an allocator may have as much left over
        pages.write(b"1" * 2**19)
        held.append((os.open(os.devnull, os.O_RDONLY), pages))

    try:
        grown = soak(SimpleNamespace(n_envs=1, n_steps=1, n_epochs=1, learn=learn), 1000, looks=2)
    finally:
        for descriptor, pages in held:
            os.close(descriptor)
            pages.close()
    assert grown.descriptors == 90 and grown.bytes > MOST and not within(grown)
    assert within(Growth(0.0, MOST, 0, 0))
    assert not any(within(Growth(0.0, *x)) for x in ((MOST + 1, 0, 0), (0, 1, 0), (0, 0, 1)))


def test_the_program_tells_what_it_found(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(training_soak, "soak", lambda agent, steps: Growth(0.0, 0, 1, 0))
    assert main(TrainingSoak(agent="dqn", steps=20_000, out=str(tmp_path / "soak.json"))) == 1
    told = json.loads((tmp_path / "soak.json").read_text())
    assert told == json.loads(capsys.readouterr().out) and told["within"] is False
    assert told["agent"] == "dqn" and told["grown"]["descriptors"] == 1 and "processor" in told["machine"]


def test_wrong_options_are_named():
    with pytest.raises(UnknownName, match="ppo"):
        main(TrainingSoak(agent="pp"))
    with pytest.raises(BadOption, match="20000"):
        main(TrainingSoak(steps=10))
