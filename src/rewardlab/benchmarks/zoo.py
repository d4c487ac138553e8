"""Hyper-parameters by algorithm and environment, in the YAML of RL Baselines3 Zoo.

`hyperparameters/<algorithm>.yml` holds one entry for each id: `n_envs`, `n_timesteps`, `policy`, `normalize`, and
arguments of the constructor; `env_kwargs`, and `found`, which says where an entry comes from, are ours. "lin_0.001"
falls from 0.001 to 0 as training ends; `policy_kwargs` is a mapping, or the text of one, "dict(net_arch=[64, 64],
activation_fn=nn.ReLU)", which is read and never run. `normalize` is true, false, or keywords of `VecNormalize` in the
same ways.

Source: Raffin, "RL Baselines3 Zoo", GitHub, 2020 (the format).
"""

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from rewardlab.benchmarks.zoo_texts import keywords, policy_kwargs
from rewardlab.core.errors import BadOption, UnknownName, nearest

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv

FOLDER = Path(__file__).parent / "hyperparameters"
SCHEDULED = ("learning_rate", "clip_range", "clip_range_vf", "delta_std")
COMMENTS = ("found",)
"""Keys that say where an entry comes from."""


@dataclass(frozen=True)
class Recipe:
    """How an agent is trained in an environment.

    Attributes:
        algorithm: its name, "ppo".
        env: the id.
        n_timesteps: transitions over all rows.
        n_envs: rows.
        normalize: rows are trained on in a `VecNormalize`, see `normalized`.
        env_kwargs: keywords of the environment.
        arguments: of the constructor, `policy` among them.
        found: how the numbers were found; empty where nobody says.
        normalize_kwargs: of that `VecNormalize`, the discount of the agent among them where the entry says it.
    """

    algorithm: str
    env: str
    n_timesteps: int
    n_envs: int
    normalize: bool
    env_kwargs: dict[str, Any]
    arguments: dict[str, Any]
    found: str = ""
    normalize_kwargs: dict[str, Any] = field(default_factory=dict)


def constructor_arguments(algorithm: str, env_id: str, *, folder: str | Path = FOLDER) -> dict[str, Any]:
    """Keywords for the constructor of an algorithm in an environment: `PPO(env=env, **constructor_arguments(...))`.

    Args:
        algorithm: its name, in any case.
        env_id: an id that stands in `<algorithm>.yml`.
        folder: of the YAML files.

    Raises:
        UnknownName: for an algorithm without a file, an id without an entry, or an argument that it does not take.
        BadOption: for a value that cannot be read.
    """
    return recipe(algorithm, env_id, folder=folder).arguments


def recipe(algorithm: str, env_id: str, *, folder: str | Path = FOLDER) -> Recipe:
    """The whole entry of an algorithm in an environment; see `constructor_arguments`."""
    name = algorithm.lower()
    held = entries(name, folder=folder)
    if env_id not in held:
        raise UnknownName(
            f"no hyper-parameters of {name} for {env_id!r}", where=_place(name, folder), mend=nearest(env_id, held)
        )
    return read(name, env_id, held[env_id], where=_place(name, folder))


def entries(algorithm: str, *, folder: str | Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Id -> entry as it stands in the file of an algorithm.

    Raises:
        UnknownName: if there is no such file.
        BadOption: if it is no YAML of entries.
    """
    path = Path(folder) / f"{algorithm}.yml"
    if not path.exists():
        known = sorted(p.stem for p in Path(folder).glob("*.yml"))
        raise UnknownName(f"no hyper-parameters of {algorithm!r}", where="zoo", mend=nearest(algorithm, known))
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as e:
        raise BadOption(f"{e}", where=_place(algorithm, folder), expected="YAML") from None
    if not isinstance(held, dict) or not all(isinstance(v, dict) for v in held.values()):
        raise BadOption("no mapping of mappings", where=_place(algorithm, folder), expected="id: {argument: value}")
    return held


def read(algorithm: str, env_id: str, entry: Mapping[str, Any], *, where: str = "zoo") -> Recipe:
    """An entry as a recipe: schedules made, texts read, names of arguments checked."""
    place = f"{where}, {env_id}"
    rest = {k: v for k, v in entry.items() if k not in COMMENTS}
    steps = _number("n_timesteps", rest.pop("n_timesteps", None), place)
    rows = _number("n_envs", rest.pop("n_envs", 1), place)
    normalize, normal = _normalize(rest.pop("normalize", False), rest, f"{place}, normalize")
    env_kwargs = rest.pop("env_kwargs", {})
    if not isinstance(env_kwargs, dict):
        raise BadOption(f"env_kwargs={env_kwargs!r}", where=place, expected="a mapping")
    known = _parameters(algorithm)
    for name in rest:
        if name not in known:
            raise UnknownName(f"{algorithm} has no argument {name!r}", where=place, mend=nearest(name, known))
    arguments = {k: schedule(v, where=f"{place}, {k}") if k in SCHEDULED else v for k, v in rest.items()}
    arguments.setdefault("policy", "MlpPolicy")
    if "policy_kwargs" in arguments:
        arguments["policy_kwargs"] = policy_kwargs(arguments["policy_kwargs"], where=f"{place}, policy_kwargs")
    return Recipe(algorithm, env_id, steps, rows, normalize, env_kwargs, arguments, str(entry.get("found", "")), normal)


def normalized(rows: Any, found: Recipe) -> "VecEnv":
    """The environment to train on: normalised as the recipe says, or as it is.

    Observations are brought to mean 0 and variance 1, rewards to returns of variance 1, by Stable-Baselines3's own
    class, which its agents and ours train on alike. Who judges a policy elsewhere has to normalise what it sees there:
    `agent.get_vec_normalize_env().normalize_obs(obs)`.

    Args:
        rows: an id, a `gym.Env`, a Gymnasium `VectorEnv` or a `VecEnv`; an id gets the rows of the recipe.
        found: the recipe.
    """
    from stable_baselines3.common.vec_env import VecNormalize

    from rewardlab.core.agent import as_vec_env

    made = as_vec_env(rows, num_envs=found.n_envs if isinstance(rows, str) else None)
    return VecNormalize(made, **found.normalize_kwargs) if found.normalize else made


def schedule(value: Any, *, where: str = "zoo") -> Any:
    """A number as it is; "lin_0.001" as a function of the progress that remains, from 0.001 down to 0.

    Raises:
        BadOption: for another text.
    """
    if not isinstance(value, str):
        return value
    kind, _, number = value.partition("_")
    try:
        start = float(number)
    except ValueError:
        start = math.nan
    if kind != "lin" or not math.isfinite(start):
        raise BadOption(f"{value!r}", where=where, expected="a number, or lin_ and a number", mend="lin_0.001")
    from stable_baselines3.common.utils import LinearSchedule

    return LinearSchedule(start, 0.0, 1.0)


def _normalize(value: Any, rest: Mapping[str, Any], where: str) -> tuple[bool, dict[str, Any]]:
    """Whether to normalise, and keywords of VecNormalize; the discount is the agent's, if `rest` says it."""
    from stable_baselines3.common.vec_env import VecNormalize

    if isinstance(value, bool):
        chosen: dict[str, Any] = {}
    elif isinstance(value, str | Mapping):
        chosen = keywords(value, where)
    else:
        raise BadOption(f"{value!r}", where=where, expected="true, false or dict(norm_obs=True, norm_reward=False)")
    known = set(inspect.signature(VecNormalize.__init__).parameters) - {"self", "venv"}
    for name in chosen:
        if name not in known:
            raise UnknownName(f"VecNormalize has no argument {name!r}", where=where, mend=nearest(name, known))
    if value is False:
        return False, {}
    return True, chosen | ({"gamma": rest["gamma"]} if "gamma" in rest else {})


def _number(name: str, value: Any, where: str) -> int:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    if not whole or value < 1:
        raise BadOption(f"{name}={value!r}", where=where, expected="an integer of at least 1")
    return int(value)


def _parameters(algorithm: str) -> set[str]:
    """What the constructor of an algorithm takes, Stable-Baselines3's or ours."""
    import stable_baselines3

    from rewardlab.agents import deep

    own = {"seed", "device", "verbose", "tensorboard_log", "env", "_init_setup_model", "self", "args", "kwargs"}
    name = algorithm.upper()
    kinds = [k for k in (getattr(stable_baselines3, name, None), getattr(deep, name, None)) if k is not None]
    if not kinds:
        raise UnknownName(f"no algorithm {algorithm!r}", where="zoo", expected="ppo, a2c, dqn, sac, td3 or ddpg")
    every = [base for k in kinds for base in k.__mro__ if "__init__" in vars(base)]
    return {p for base in every for p in inspect.signature(base.__init__).parameters} - own


def _place(algorithm: str, folder: str | Path) -> str:
    return f"{Path(folder).name}/{algorithm}.yml"
