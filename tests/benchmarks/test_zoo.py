"""Hyper-parameters from YAML: what is written is what constructors get, and no text is ever run."""

from pathlib import Path

import pytest
import stable_baselines3
from torch import nn

from rewardlab.benchmarks import zoo
from rewardlab.core.errors import BadOption, UnknownName

SMALL = """
CartPole-v1: &base
  n_envs: 2
  n_timesteps: !!float 1e3
  policy: 'MlpPolicy'
  n_steps: 16
  learning_rate: lin_0.002
  clip_range: 0.1
  policy_kwargs: "dict(net_arch=dict(pi=[8, 8], vf=[4]), activation_fn=nn.ReLU, log_std_init=-2.5, ortho_init=False)"
Acrobot-v1:
  <<: *base
  normalize: true
  env_kwargs: {a: 1}
  policy_kwargs: {net_arch: [5], activation_fn: ELU}
  found: by hand
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ppo.yml").write_text(SMALL)
    return tmp_path


def test_an_entry_becomes_keywords_of_the_constructor(folder: Path) -> None:
    found = zoo.constructor_arguments("PPO", "CartPole-v1", folder=folder)
    rate = found.pop("learning_rate")
    assert [rate(x) for x in (1.0, 0.5, 0.0)] == pytest.approx([0.002, 0.001, 0.0])
    assert found == {
        "policy": "MlpPolicy", "n_steps": 16, "clip_range": 0.1,
        "policy_kwargs": {
            "net_arch": {"pi": [8, 8], "vf": [4]}, "activation_fn": nn.ReLU, "log_std_init": -2.5, "ortho_init": False,
        },
    }  # fmt: skip
    model = stable_baselines3.PPO(env="CartPole-v1", batch_size=16, learning_rate=rate, device="cpu", **found)
    assert [m.out_features for m in model.policy.mlp_extractor.policy_net if isinstance(m, nn.Linear)] == [8, 8]


def test_the_rest_of_an_entry_is_told_beside(folder: Path) -> None:
    found = zoo.recipe("ppo", "Acrobot-v1", folder=folder)
    assert (found.n_envs, found.n_timesteps, found.normalize, found.env_kwargs) == (2, 1000, True, {"a": 1})
    assert found.arguments["policy_kwargs"] == {"net_arch": [5], "activation_fn": nn.ELU} and found.found == "by hand"
    assert "normalize" not in found.arguments and "found" not in found.arguments


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "dict(a=print(1))", "dict(**{'a': 1})", "dict(1)", "dict(a=b)", "[1, 2]",
        "dict(activation_fn=nn.functional)", "dict(a=os.system)", "dict(a=-'x')", "dict(a=1", "{**{}}",
        "dict(a=lambda: 1)",
    ],
)  # fmt: skip
def test_texts_that_are_no_plain_values_are_refused(text: str) -> None:
    with pytest.raises(BadOption):
        zoo.policy_kwargs(text)


def test_plain_values_of_all_kinds_are_read() -> None:
    found = zoo.policy_kwargs("dict(a=-1, b=(1, 2.5), c={'x': None}, d='nn.ReLU', activation_fn='Tanh', e=[True])")
    assert found == {"a": -1, "b": (1, 2.5), "c": {"x": None}, "d": "nn.ReLU", "activation_fn": nn.Tanh, "e": [True]}
    assert zoo.policy_kwargs("dict(f=torch.nn.SiLU)") == {"f": nn.SiLU}


@pytest.mark.parametrize("text", ["lin_x", "exp_0.1", "lin_nan", "0.1"])
def test_schedules_of_unknown_kinds_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match=r"lin_0\.001"):
        zoo.schedule(text)
    assert zoo.schedule(0.1) == 0.1


def test_mistakes_name_their_place_and_the_nearest(folder: Path) -> None:
    with pytest.raises(UnknownName, match="CartPole-v1"):
        zoo.recipe("ppo", "CartPole-v0", folder=folder)
    with pytest.raises(UnknownName, match="ppo"):
        zoo.recipe("ppp", "CartPole-v1", folder=folder)
    entry = {"n_timesteps": 10, "n_stepz": 3}
    with pytest.raises(UnknownName, match="n_steps"):
        zoo.read("ppo", "X", entry)
    for wrong in (
        {"n_timesteps": 0.5},
        {},
        {"n_timesteps": 10, "n_envs": True},
        {"n_timesteps": 9, "normalize": "yes"},
    ):
        with pytest.raises(BadOption):
            zoo.read("ppo", "X", wrong)
    (folder / "a2c.yml").write_text("a: [")
    with pytest.raises(BadOption, match=r"a2c\.yml"):
        zoo.entries("a2c", folder=folder)
    (folder / "a2c.yml").write_text("- 1")
    with pytest.raises(BadOption, match="mapping"):
        zoo.entries("a2c", folder=folder)


@pytest.mark.parametrize("algorithm", ["dqn", "ppo", "sac"])
def test_every_entry_of_the_package_can_be_read_and_says_where_it_comes_from(algorithm: str) -> None:
    held = zoo.entries(algorithm)
    assert held
    for env_id in held:
        found = zoo.recipe(algorithm, env_id)
        assert found.found and found.arguments["policy"] and not found.normalize
        steps = found.arguments.get("n_steps", 1) * found.n_envs
        assert steps % min(found.arguments.get("batch_size", 1), steps) == 0 or algorithm != "ppo"
