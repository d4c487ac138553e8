"""Measures how many of the planted faults three checkers find: `python tests/core/compare_checkers.py` prints JSON."""

import functools
import json
import warnings
from importlib.metadata import version

import gymnasium as gym
from core.faulty_envs import FAULTS
from gymnasium.utils.env_checker import check_env as gymnasium_check
from stable_baselines3.common.env_checker import check_env as sb3_check

from rewardlab.core.testing import check_env


def found(check: object, fault: bool) -> list[str]:
    """Names of the planted environments that `check` refuses; a warning of Gymnasium's logger counts as a refusal."""
    names = []
    for kind in FAULTS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=".*(NaN|inf value|not within the observation space|boolean).*")
            try:
                check(functools.partial(kind, fault))
            except Exception:
                names.append(kind.__name__)
    return names


if __name__ == "__main__":
    gym.logger.min_level = gym.logger.WARN
    checkers = {
        f"gymnasium {version('gymnasium')}": lambda make: gymnasium_check(make(), skip_render_check=True),
        f"stable-baselines3 {version('stable-baselines3')}": lambda make: sb3_check(make()),
        "rewardlab": check_env,
    }
    table = {name: {"found": found(c, True), "false alarms": found(c, False)} for name, c in checkers.items()}
    print(json.dumps({n: {k: [len(v), v] for k, v in row.items()} for n, row in table.items()}, indent=1))
