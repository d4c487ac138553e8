"""What a reward program may use: the shapes and kinds of one step's observation, action and info columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardlab.core.arrays import Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch

KINDS = ("float", "int", "bool")


@dataclass(frozen=True)
class Leaf:
    """One array of a step.

    Attributes:
        shape: of one step, without the batch.
        kind: "float", "int" or "bool".
    """

    shape: tuple[int, ...]
    kind: str

    def __str__(self) -> str:
        return f"{self.shape} {self.kind}"


Leaves = Any  # Leaf | Mapping[str, Leaves] | tuple[Leaves, ...]


@dataclass(frozen=True)
class Signature:
    """Shapes and kinds of one step; equal if these are.

    Attributes:
        obs: a leaf, or a tree of leaves for Dict and Tuple observations; `next_obs` has the same.
        action: a leaf, or a tree of leaves.
        info: the numeric columns by name.
    """

    obs: Leaves
    action: Leaves
    info: Mapping[str, Leaf] = field(default_factory=dict)

    @staticmethod
    def of_batch(batch: Transitions) -> "Signature":
        """The signature of recorded steps [B, ...]; columns that are no numbers are left out.

        Raises:
            BadBatch: if the observation or the action holds no numbers at all.
        """
        lead = len(batch.shape)
        obs, action = _tree(batch.obs, lead), _tree(batch.action, lead)
        for name, found in (("obs", obs), ("action", action)):
            if found is None:
                raise BadBatch(f"{name} holds no numbers", where="Signature.of_batch", expected="a numeric array")
        info = {k: leaf for k, v in sorted(batch.info.items()) if isinstance(leaf := _tree(v, lead), Leaf)}
        return Signature(obs, action, info)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"obs": _plain(self.obs), "action": _plain(self.action), "info": _plain(self.info)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Signature":
        """From what `to_json` gave."""
        return Signature(_leaves(data["obs"]), _leaves(data["action"]), _leaves(data["info"]))

    def __hash__(self) -> int:
        return hash(str(self.to_json()))

    def __str__(self) -> str:
        return "; ".join(f"{name}: {_words(getattr(self, name))}" for name in ("obs", "action", "info"))


def kind_of(dtype: Any) -> str | None:
    """ "float", "int" or "bool" of a NumPy or torch dtype; None for all else."""
    name = str(dtype).removeprefix("torch.")
    if name == "bool":
        return "bool"
    if name.startswith(("int", "uint")):
        return "int"
    return "float" if name.startswith(("float", "bfloat")) else None


def walk(leaves: Leaves, path: tuple = ()) -> Iterator[tuple[tuple, Leaf]]:
    """Every leaf of a tree with the keys that lead to it."""
    if isinstance(leaves, Leaf):
        yield path, leaves
        return
    for k, v in leaves.items() if isinstance(leaves, Mapping) else enumerate(leaves):
        yield from walk(v, (*path, k))


def _tree(tree: Tree, lead: int) -> Leaves | None:
    if isinstance(tree, Mapping):
        parts = {str(k): leaf for k, v in sorted(tree.items()) if (leaf := _tree(v, lead)) is not None}
        return parts or None
    if isinstance(tree, tuple):
        found = tuple(_tree(v, lead) for v in tree)
        return None if any(v is None for v in found) else found
    kind = kind_of(getattr(tree, "dtype", None))
    return None if kind is None or tree.ndim < lead else Leaf(tuple(int(n) for n in tree.shape[lead:]), kind)


def _plain(leaves: Leaves) -> Any:
    if isinstance(leaves, Leaf):
        return {"shape": list(leaves.shape), "kind": leaves.kind}
    if isinstance(leaves, Mapping):
        return {"parts": {k: _plain(v) for k, v in leaves.items()}}
    return {"items": [_plain(v) for v in leaves]}


def _leaves(data: Mapping[str, Any]) -> Leaves:
    if "parts" in data:
        return {k: _leaves(v) for k, v in data["parts"].items()}
    if "items" in data:
        return tuple(_leaves(v) for v in data["items"])
    return Leaf(tuple(data["shape"]), data["kind"])


def _words(leaves: Leaves) -> str:
    if isinstance(leaves, Leaf):
        return str(leaves)
    if isinstance(leaves, Mapping):
        return ", ".join(f"{k} {_words(v)}" for k, v in leaves.items()) or "nothing"
    return "(" + ", ".join(map(_words, leaves)) + ")"
