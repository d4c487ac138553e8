"""What a network sees of a grid world's view: a learned vector for each kind of cell.

A cell is one of 198 kinds: 11 objects, 6 colours, 3 states. The bytes of the view stay bytes until here, which makes a
rollout 27 times smaller than with one number for each object, colour and state.
"""

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

OBJECTS, COLOURS, STATES = 11, 6, 3
KINDS = OBJECTS * COLOURS * STATES
DIRECTIONS = 4


class GridFeatures(BaseFeaturesExtractor):
    """Looks every cell of the view up, and joins all of them and the direction by one layer.

    Args:
        observation_space: Dict of "image" [H, W, 3] and "direction"; a mission is not looked at.
        features_dim: width of the layer.
        width: numbers per cell.
    """

    def __init__(self, observation_space: spaces.Dict, features_dim: int = 128, width: int = 4) -> None:
        super().__init__(observation_space, features_dim)
        height, across = observation_space["image"].shape[:2]  # type: ignore[index]
        self.cells = nn.Embedding(KINDS, width)
        self.layer = nn.Linear(height * across * width + DIRECTIONS, features_dim)
        self.register_buffer("place", torch.tensor([COLOURS * STATES, STATES, 1], dtype=torch.float32))
        self.place: Tensor

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        """Features [B, features_dim] of `image` [B, H, W, 3] and the one-hot `direction` [B, 4]."""
        kind = (observations["image"] @ self.place).long()  # [B, H, W]
        seen = self.cells(kind).flatten(1)
        facing = observations["direction"].flatten(1)
        return torch.relu(self.layer(torch.cat([seen, facing], 1)))
