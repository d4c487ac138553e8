"""What Stable-Baselines3 pickled, made anew from what it printed beside the pickles; the pickles stay shut."""

import base64
import inspect
import pickletools
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from stable_baselines3.common import torch_layers
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
from stable_baselines3.common.utils import LinearSchedule
from torch import nn, optim

from rewardlab.agents.loops import noise, space_json, values
from rewardlab.agents.loops.archive import Archive, known_policies
from rewardlab.core.errors import BadCheckpoint

PICKLE = ":serialized:"
FRESH = (  # made anew by the agent itself
    *("_last_obs", "_last_episode_starts", "_last_original_obs", "ep_info_buffer", "ep_success_buffer"),
    *("lr_schedule", "exploration_schedule", "batch_norm_stats", "batch_norm_stats_target"),
)
BUFFERS = ("replay_buffer_class", "rollout_buffer_class")
PLAIN_BUFFERS = ("ReplayBuffer", "DictReplayBuffer", "RolloutBuffer", "DictRolloutBuffer")
_NUMBER = r"(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
_LINEAR = rf"LinearSchedule\(start={_NUMBER}, end={_NUMBER}, end_fraction={_NUMBER}\)"


def unpacked(cls: type, archive: Archive, given: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute -> value of an agent of class `cls`, all but the tensors.

    Args:
        cls: the algorithm.
        archive: its file.
        given: what is not to be taken from the file.

    Raises:
        BadCheckpoint: naming what can only be unpickled.
    """
    found: dict[str, Any] = {}
    shut: list[str] = []
    for name, item in archive.data.items():
        if not isinstance(item, dict) or PICKLE not in item:
            _check_name(cls, name)
            found[name] = item
        elif name in given or name in FRESH:
            continue
        elif name in _OPENED:
            found[name] = _OPENED[name](cls, archive, item)
            if found[name] is None:
                shut.append(name)
        elif name in BUFFERS and _class_name(item) in PLAIN_BUFFERS:
            continue
        else:
            shut.append(name)
    if shut:
        first = shut[0]
        raise BadCheckpoint(
            f"only a pickle in it tells {', '.join(map(repr, shut))}",
            where=cls.__name__,
            expected="plain data: unpickling runs whatever the file says",
            mend=_HINTS.get(first, f"custom_objects={{{first!r}: ...}}")
            + ", or trust_pickle=True for a file of your own",
        )
    for name in FRESH:
        found.pop(name, None)
    return {**found, **given}


_HINTS = {
    "observation_space": "load(path, env=...)",
    "action_space": "load(path, env=...)",
}


def _check_name(cls: type, name: str) -> None:
    """Refuse what would stand in front of a method."""
    held = inspect.getattr_static(cls, name, None)
    if name.startswith("__") or callable(held) or hasattr(held, "__get__") or name in ("policy", "env", "device"):
        raise BadCheckpoint(f"a value for {name!r}", where=cls.__name__, expected="settings and counters")


def _policy_class(cls: type, archive: Archive, item: Mapping[str, Any]) -> Any:
    known = known_policies(cls)
    name = archive.own.get("policy")
    if name is not None:
        return known.get(name)
    module, printed = item.get("__module__"), _class_name(item)
    fits = [
        kind
        for kind in known.values()
        if kind.__module__ == module and kind.__init__.__qualname__ == f"{printed}.__init__"
    ]
    return fits[0] if fits else None


def _class_name(item: Mapping[str, Any]) -> str:
    """The name of a class as its own `__init__` is printed: "<function ReplayBuffer.__init__ at 0x7f>"."""
    name = re.match(r"<function (\w+)\.__init__ at ", str(item.get("__init__", "")))
    return name.group(1) if name else ""


def _space(name: str) -> Callable[..., Any]:
    def made(cls: type, archive: Archive, item: Mapping[str, Any]) -> Any:
        own = archive.own.get(name)
        return space_json.read(item) if own is None else space_json.built(own)

    return made


def _classes() -> dict[str, type]:
    """Printed name -> class of what the options of a policy name."""
    known: list[Any] = [RMSpropTFLike]
    for module in (nn, optim, torch_layers):
        known += [x for x in vars(module).values() if isinstance(x, type)]
    kinds = (nn.Module, optim.Optimizer)
    return {str(x): x for x in known if issubclass(x, kinds)}


def _policy_kwargs(cls: type, archive: Archive, item: Mapping[str, Any]) -> Any:
    known, made = _classes(), {}
    for name, value in item.items():
        if name in (":type:", PICKLE):
            continue
        if isinstance(value, str):
            if value not in known:
                return None
            value = known[value]
        made[name] = value
    return made


def _schedule(name: str, argument: str) -> Callable[..., Any]:
    def made(cls: type, archive: Archive, item: Mapping[str, Any]) -> Any:
        text = str(item.get("value_schedule", ""))
        if name == "learning_rate":  # a function; what it was wrapped in tells more
            text = text or str(archive.data.get("lr_schedule", {}).get("value_schedule", ""))
        if {"start", "end", "end_fraction"} <= set(item):
            return LinearSchedule(float(item["start"]), float(item["end"]), float(item["end_fraction"]))
        constant = re.fullmatch(rf"ConstantSchedule\(val={_NUMBER}\)", text) or re.fullmatch(
            _NUMBER, str(item.get("val"))
        )
        if constant:
            return float(constant.group(1))
        linear = re.fullmatch(_LINEAR, text)
        if linear:
            return LinearSchedule(*map(float, linear.groups()))
        default = _default(cls, argument)
        warnings.warn(
            f"{cls.__name__}.load: {name} is a function in the file; {default!r} is taken until "
            f"custom_objects={{{name!r}: ...}} gives it",
            stacklevel=5,
        )
        return default

    return made


def _default(cls: Any, argument: str) -> Any:
    """What the constructor takes if nothing is said, wherever along the line it says so."""
    kind: Any
    for kind in cls.__mro__:
        held = inspect.signature(kind.__init__).parameters.get(argument) if "__init__" in vars(kind) else None
        if held is not None and held.default is not inspect.Parameter.empty:
            return held.default
    return None


def _train_freq(cls: type, archive: Archive, item: Mapping[str, Any]) -> Any:
    own = archive.own.get("train_freq")
    if isinstance(own, list) and len(own) == 2:
        return int(own[0]), str(own[1])
    try:  # the constants of the pickle are read off as text; none of it is run
        told = [(op.name, x) for op, x, _ in pickletools.genops(base64.b64decode(item[PICKLE]))]
    except Exception:  # a stranger's bytes may fail in any way
        return None
    counts = [x for name, x in told if name in ("BININT", "BININT1", "BININT2")]
    units = [x for _, x in told if x in ("step", "episode")]
    return (counts[0], units[0]) if len(counts) == len(units) == 1 else None


def _action_noise(cls: type, archive: Archive, item: Mapping[str, Any]) -> Any:
    told = archive.own.get("action_noise")
    return None if told is None else noise.built(told)


_OPENED: dict[str, Callable[..., Any]] = {
    "policy_class": _policy_class,
    "policy_kwargs": _policy_kwargs,
    "observation_space": _space("observation_space"),
    "action_space": _space("action_space"),
    "learning_rate": _schedule("learning_rate", "learning_rate"),
    "clip_range": _schedule("clip_range", "clip_range"),
    "clip_range_vf": _schedule("clip_range_vf", "clip_range_vf"),
    "train_freq": _train_freq,
    "action_noise": _action_noise,
}


def value_loss(archive: Archive) -> Any:
    """How the values of an agent of ours were learned; None where the file does not say.

    Raises:
        BadCheckpoint: for a kind that there is not.
    """
    told = archive.own.get("value_loss")
    if told is None:
        return None
    kinds = {n: k for n, k in vars(values).items() if isinstance(k, type) and k.__module__ == values.__name__}
    try:
        kind: Any = kinds[told["kind"]]
        return kind(**told["fields"])
    except Exception as e:  # a stranger's text may fail in any way
        raise BadCheckpoint(
            f"its value_loss {str(told)[:80]} cannot be made ({type(e).__name__})", mend="load(path, value_loss=...)"
        ) from None
