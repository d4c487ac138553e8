"""What searches for hyper-parameters try, for each algorithm and for a bonus."""

from collections.abc import Mapping
from typing import Any

SPACES: Mapping[str, Mapping[str, Any]] = {
    "ppo": {
        "learning_rate": (1e-4, 3e-3),
        "n_steps": [16, 32, 64, 128],
        "batch_size": [256, 512, 1024],
        "n_epochs": [2, 4, 8],
        "gamma": [0.97, 0.99, 0.995],
        "gae_lambda": [0.9, 0.95, 0.98],
        "ent_coef": (1e-4, 5e-2),
        "clip_range": [0.1, 0.2, 0.3],
    },
    "dqn": {
        "learning_rate": (1e-4, 3e-3),
        "batch_size": [64, 128, 256],
        "gamma": [0.97, 0.99, 0.995],
        "target_update_interval": [10, 250, 1000, 5000],
        "train_freq": [1, 4, 16],
        "gradient_steps": [1, 4, -1],
        "exploration_fraction": [0.1, 0.3, 0.5],
        "exploration_final_eps": [0.01, 0.05, 0.1],
    },
    "sac": {
        "learning_rate": (1e-4, 3e-3),
        "batch_size": [128, 256, 512],
        "gamma": [0.97, 0.99, 0.995],
        "tau": [0.005, 0.01, 0.02],
        "train_freq": [1, 4, 8],
        "gradient_steps": [1, -1],
    },
}
"""Algorithm -> argument -> what is tried: a list, or bounds of a logarithmic scale."""

EXPLORING: Mapping[str, Any] = {
    "learning_rate": (3e-4, 3e-3),
    "ent_coef": (1e-3, 5e-2),
    "n_steps": [64, 128, 256],
    "gae_lambda": [0.9, 0.95, 0.99],
}
"""What the exploration suite tries for PPO, with a bonus and without."""
BONUS: Mapping[str, Any] = {"bonus_weight": (0.01, 0.3)}
"""What it tries with a bonus beyond that, in no more trials."""


def proposed(trial: Any, algorithm: str) -> dict[str, Any]:
    """Arguments that a trial proposes for an algorithm."""
    return suggested(trial, SPACES[algorithm])


def suggested(trial: Any, space: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial proposes from a space, rounded to what is written down: two digits on a logarithmic scale."""
    found: dict[str, Any] = {}
    for name, choice in space.items():
        if isinstance(choice, tuple):
            found[name] = float(f"{trial.suggest_float(name, *choice, log=True):.1e}")
        else:
            found[name] = trial.suggest_categorical(name, choice)
    return found
