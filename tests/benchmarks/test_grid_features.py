"""Features of a grid world's view: one vector per kind of cell, whatever the batch."""

import gymnasium as gym
import torch
from stable_baselines3.common.preprocessing import preprocess_obs

from rewardlab.benchmarks.grid_features import KINDS, GridFeatures


def made() -> tuple[GridFeatures, dict[str, torch.Tensor]]:
    envs = gym.make_vec("rewardlab/MiniGrid-KeyCorridorS3R3-v0", num_envs=3)
    obs, _ = envs.reset(seed=0)
    torch.manual_seed(0)
    features = GridFeatures(envs.single_observation_space, features_dim=5, width=2)  # type: ignore[arg-type]
    tensors = {k: torch.as_tensor(v) for k, v in obs.items()}
    return features, preprocess_obs(tensors, envs.single_observation_space)  # type: ignore[return-value]


def test_every_kind_of_cell_has_its_own_number() -> None:
    features, _ = made()
    every = torch.cartesian_prod(torch.arange(11), torch.arange(6), torch.arange(3)).float()
    assert sorted((every @ features.place).long().tolist()) == list(range(KINDS))


def test_features_are_a_linear_layer_of_looked_up_cells() -> None:
    features, obs = made()
    image = obs["image"].long()
    by_hand = []
    for b in range(3):
        cells = [features.cells.weight[18 * o + 3 * c + s] for o, c, s in image[b].reshape(-1, 3).tolist()]
        x = torch.cat([*cells, obs["direction"][b].flatten()])
        by_hand.append((features.layer.weight @ x + features.layer.bias).clamp(min=0))
    torch.testing.assert_close(features(obs), torch.stack(by_hand))


def test_the_mission_is_not_looked_at() -> None:
    features, obs = made()
    other = obs | {"mission": obs["mission"] + 1}
    assert torch.equal(features(obs), features(other))
