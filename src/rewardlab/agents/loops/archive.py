"""Files that Stable-Baselines3 reads and writes, read here without unpickling anything.

An archive is a zip of JSON ("data", in which Stable-Baselines3 hides pickles under ":serialized:") and of tensors. Ours
hold one JSON member more: the spaces, the policy's name and what else the pickles are not asked for. Plain
Stable-Baselines3 does not look at it.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.save_util import is_json_serializable, open_path, save_to_zip_file

from rewardlab.agents.loops import noise
from rewardlab.agents.loops.recurrent import GRU_POLICIES
from rewardlab.agents.loops.space_json import described
from rewardlab.core.arrays import array, is_torch, tree_map
from rewardlab.core.errors import BadCheckpoint, BadSpace
from rewardlab.core.files import write_atomic

FORMAT = 1
OWN = "rewardlab.json"
PART = ".rewardlab"  # what plain Stable-Baselines3 reads are the members on ".pth"
LIMIT = 8 << 30  # bytes of all members together
LARGEST = {"data": 1 << 28, OWN: 1 << 26}
WRITTEN = (  # what is written as Stable-Baselines3 writes it although JSON does not know it
    *("policy_class", "policy_kwargs", "observation_space", "action_space", "learning_rate", "lr_schedule"),
    *("clip_range", "clip_range_vf", "exploration_schedule", "action_noise", "train_freq", "ent_coef"),
    *("replay_buffer_class", "replay_buffer_kwargs", "rollout_buffer_class", "rollout_buffer_kwargs"),
    *("batch_norm_stats", "batch_norm_stats_target", "ep_info_buffer", "ep_success_buffer"),
)


@dataclass
class Archive:
    """What an archive holds.

    Attributes:
        data: name -> JSON; pickles are still {":serialized:": ...}.
        own: what we wrote beside it; empty in files of plain Stable-Baselines3.
        parameters: name -> state dict.
        variables: name -> tensor.
        parts: name -> state of what else we wrote; arrays.
        system: of the machine that wrote it.
    """

    data: dict[str, Any]
    own: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    system: str = ""


def write(agent: Any, path: Any, exclude: Any = None, include: Any = None) -> None:
    """Write an agent as Stable-Baselines3 does; a file is replaced whole or not at all.

    Args:
        agent: an algorithm.
        path: a file, ".zip" added where it has no suffix, or something to write bytes to.
        exclude: attributes to leave out.
        include: attributes to write although they are left out otherwise.

    Raises:
        BadStore: if the file cannot be written; the old one is untouched.
    """
    modules, tensors = agent._get_torch_save_params()
    heads = {name.partition(".")[0] for name in modules + tensors}
    kept, left = set(include or ()), set(exclude or ()) | set(agent._excluded_save_params()) | heads
    data = {}
    for name, value in vars(agent).items():
        plain = name in WRITTEN or is_json_serializable(value)
        if name in kept or (plain and name not in left):
            data[name] = value
    variables = {name: _attribute(agent, name) for name in tensors}
    out = io.BytesIO()
    save_to_zip_file(out, data=data, params=agent.get_parameters(), pytorch_variables=variables)
    with zipfile.ZipFile(out, "a") as z:
        for name in agent.parts:
            z.writestr(name + PART, _bytes(getattr(agent, name).state_dict()))
        own = own_part(agent) | {"sha256": {i.filename: hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}}
        z.writestr(OWN, json.dumps(own))
    if not isinstance(path, (str, Path)):
        open_path(path, "w").write(out.getvalue())
        return
    path = Path(path)
    write_atomic(path if path.suffix else path.with_suffix(".zip"), out.getvalue())


def read(path: Any, device: torch.device) -> Archive:
    """The contents of an archive; nothing in it is run.

    Args:
        path: a file, with or without ".zip", or something to read bytes from.
        device: where the tensors go.

    Raises:
        BadCheckpoint: if it is missing, damaged or no archive of an agent.
    """
    where = str(path) if isinstance(path, (str, Path)) else type(path).__name__

    def bad(what: str, mend: str = "use an earlier file") -> BadCheckpoint:
        return BadCheckpoint(what, where=where, expected="an agent saved by rewardlab or Stable-Baselines3", mend=mend)

    try:
        with open_path(path, "r", suffix="zip") as file, zipfile.ZipFile(file) as z:
            infos = z.infolist()
            if sum(i.file_size for i in infos) > LIMIT or len({i.filename for i in infos}) != len(infos):
                raise bad("its members are too large, or doubled")
            if any(i.file_size > LARGEST.get(i.filename, LIMIT) for i in infos):
                raise bad("its text is too large")
            if "data" not in z.namelist():
                raise bad("no agent in it", "give the path of a file that save() wrote")
            members = {i.filename: z.read(i) for i in infos}  # checks their CRC
        own = json.loads(members.pop(OWN, b"{}"))
        if own.get("format", 0) > FORMAT:
            raise bad(f"format {own['format']}", "update rewardlab: this file is newer than it")
        hashes = own.get("sha256")
        if hashes is not None and hashes != {k: hashlib.sha256(v).hexdigest() for k, v in members.items()}:
            raise bad("its members are not those that were saved")
        found = Archive(json.loads(members["data"]), own, system=members.get("system_info.txt", b"").decode())
        for name, raw in members.items():
            if name.endswith(PART):
                state = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
                found.parts[name.removesuffix(PART)] = tree_map(lambda x: array(x) if is_torch(x) else x, state)
            if not name.endswith(".pth"):
                continue
            held = torch.load(io.BytesIO(raw), map_location=device, weights_only=True)
            if name == "pytorch_variables.pth":
                found.variables = held or {}
            else:
                found.parameters[name.removesuffix(".pth")] = held
        return found
    except BadCheckpoint:
        raise
    except FileNotFoundError:
        raise bad("no such file", "check the path") from None
    except Exception as e:  # a damaged zip, JSON or tensor file may fail in any way
        raise bad(f"cannot be read ({type(e).__name__})", "check the path, or use an earlier file") from None


def _bytes(state: Any) -> bytes:
    """A state of dicts, arrays and numbers as a file of tensors."""
    out = io.BytesIO()
    torch.save(tree_map(lambda x: torch.from_numpy(x) if isinstance(x, np.ndarray) else x, state), out)
    return out.getvalue()


def own_part(agent: Any) -> dict[str, Any]:
    """What the pickles hold, as JSON."""
    own: dict[str, Any] = {"format": FORMAT, "class": type(agent).__name__, "options": {}}
    for name in ("observation_space", "action_space"):
        try:
            own[name] = described(getattr(agent, name))
        except BadSpace:  # then an environment must bring it
            continue
    names = [name for name, kind in known_policies(type(agent)).items() if kind is agent.policy_class]
    own["policy"] = names[0] if names else None
    freq: Any = getattr(agent, "train_freq", None)
    if freq is not None and hasattr(freq, "unit"):
        own["train_freq"] = [int(freq.frequency), freq.unit.value]
    if getattr(agent, "reward", None) is not None:
        own["reward"] = repr(agent.reward)
    if getattr(agent, "action_noise", None) is not None:
        own["action_noise"] = noise.described(agent.action_noise)
    own["streams"] = sorted(getattr(agent, "streams", None) or {})
    loss = getattr(agent, "value_loss", None)
    if loss is not None:
        own["value_loss"] = {"kind": type(loss).__name__, "fields": dict(vars(loss))}
        if not is_json_serializable(own["value_loss"]):
            own["value_loss"]["fields"] = None
    return own


def known_policies(cls: type) -> dict[str, Any]:
    """Name -> class of the policies that an algorithm knows by name."""
    return {**GRU_POLICIES, **cls.policy_aliases}  # type: ignore[attr-defined]


def _attribute(agent: Any, name: str) -> Any:
    for step in name.split("."):
        agent = getattr(agent, step)
    return agent
