"""Checkpoints without pickle: one zip of a manifest with hashes, JSON and safetensors.

The three members are stored uncompressed; `load` believes nothing that the manifest's SHA-256 does not confirm.
Writing is atomic: a temporary name, fsync, rename, fsync of the folder, so that a kill or a full disk leaves the old
file whole.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.arrays import array, is_torch
from rewardlab.core.errors import BadCheckpoint
from rewardlab.core.store import write_atomic

FORMAT = 1
_MEMBERS = ("manifest.json", "meta.json", "tensors.safetensors")
_LIMIT = {"manifest.json": 1 << 16, "meta.json": 1 << 26, "tensors.safetensors": 8 << 30}


def save(path: str | Path, kind: str, meta: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write `meta` (JSON) and `state` (nested dicts and lists of arrays and plain values) to `path`.

    Args:
        path: the file to replace.
        kind: what the file holds, e.g. "reward"; `load` refuses another kind.
        meta: what to know before the state is used: configuration, versions.
        state: the state itself.

    Raises:
        BadCheckpoint: if a value is neither an array nor plain data.
        BadStore: if the file cannot be written; the old one is untouched.
    """
    from safetensors.numpy import save as to_bytes

    tensors: dict[str, np.ndarray] = {}
    tree = _split(state, "", tensors)
    try:
        text = json.dumps({"kind": kind, "meta": meta, "state": tree}, allow_nan=True).encode()
    except (TypeError, ValueError) as e:
        raise BadCheckpoint(str(e), where=str(path), expected="JSON values in meta and state") from None
    members = {"meta.json": text, "tensors.safetensors": to_bytes(tensors)}
    hashes = {k: hashlib.sha256(v).hexdigest() for k, v in members.items()}
    manifest = json.dumps({"format": FORMAT, "sha256": hashes}).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for name, data in {"manifest.json": manifest, **members}.items():
            z.writestr(zipfile.ZipInfo(name), data)  # a fixed date: equal states give equal files
    write_atomic(path, out.getvalue())


def load(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(meta, state) as `save` took them; arrays as NumPy.

    Raises:
        BadCheckpoint: if the file is missing, damaged, of another kind, or made by a newer version.
    """
    from safetensors.numpy import load as from_bytes

    def bad(what: str, mend: str = "use an earlier checkpoint") -> BadCheckpoint:
        return BadCheckpoint(what, where=str(path), expected=f"a rewardlab checkpoint of a {kind}", mend=mend)

    try:
        size = os.path.getsize(path)
        with zipfile.ZipFile(path) as z:
            infos = z.infolist()
            if sorted(i.filename for i in infos) != sorted(_MEMBERS):
                raise bad(f"unexpected members {[i.filename for i in infos][:5]}")
            for i in infos:
                if i.compress_type != zipfile.ZIP_STORED or i.file_size > min(size, _LIMIT[i.filename]):
                    raise bad(f"member {i.filename} is not plainly stored")
            members = {name: z.read(name) for name in _MEMBERS}
        manifest = json.loads(members["manifest.json"])
        if manifest["format"] > FORMAT:
            raise bad(f"format {manifest['format']}", "update rewardlab: this file is newer than it")
        for name in _MEMBERS[1:]:
            if hashlib.sha256(members[name]).hexdigest() != manifest["sha256"][name]:
                raise bad(f"member {name} is damaged")
        document = json.loads(members["meta.json"])
        tensors = from_bytes(members["tensors.safetensors"])
        if document["kind"] != kind:
            raise bad(f"this file holds another kind: {document['kind']}", "load it with the function that fits")
        return document["meta"], _join(document["state"], tensors)
    except BadCheckpoint:
        raise
    except FileNotFoundError:
        raise bad("no such file", "check the path") from None
    except zipfile.BadZipFile:
        raise bad("damaged, or no checkpoint at all", "check the path, or use an earlier checkpoint") from None
    except Exception as e:  # a damaged zip, JSON or tensor file may fail in any way
        raise bad(f"cannot be read ({type(e).__name__})") from None


def check_keys(state: Mapping[str, Any], keys: Collection[str], *, where: str) -> None:
    """Raises BadCheckpoint unless a state has exactly these keys."""
    if set(state) != set(keys):
        raise BadCheckpoint(
            f"a state with {sorted(state) or 'nothing'}",
            where=where,
            expected=f"{sorted(keys)}",
            mend="load what the same kind of object saved",
        )


def _split(value: Any, path: str, tensors: dict[str, np.ndarray]) -> Any:
    """Plain data with every array replaced by {"tensor": name}."""
    if isinstance(value, Mapping):
        for k in value:
            if not isinstance(k, str):
                raise BadCheckpoint(
                    f"key {k!r} ({type(k).__name__}) at {path}", expected="text: JSON has no other keys"
                )
        # "/" in a key would make {"a": {"b": x}} and {"a/b": y} one tensor
        return {"dict": {k: _split(v, f"{path}/{_escaped(k)}", tensors) for k, v in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"list": [_split(v, f"{path}/{i}", tensors) for i, v in enumerate(value)]}
    if is_torch(value) or isinstance(value, np.ndarray):
        x = array(value)
        if x.dtype == object:
            raise BadCheckpoint(f"an object array at {path}", expected="numbers", mend="store text as a list")
        tensors[path] = np.ascontiguousarray(x)
        return {"tensor": path, "shape": list(x.shape)}  # safetensors has no zero-dimensional arrays of its own
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise BadCheckpoint(f"{type(value).__name__} at {path}", expected="arrays, numbers, text, lists or dicts")


def _escaped(key: str) -> str:
    """A key as a step of a path, as RFC 6901 writes JSON pointers."""
    return key.replace("~", "~0").replace("/", "~1")


def _join(value: Any, tensors: Mapping[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {k: _join(v, tensors) for k, v in value["dict"].items()}
    if "list" in value:
        return [_join(v, tensors) for v in value["list"]]
    return tensors[value["tensor"]].reshape(value["shape"])
