"""Arrays of NumPy and torch under one roof, and trees of them.

Formulas are written once through `namespace(x)`. The two named borders are `array` (anything to NumPy) and `tensor`
(anything to torch). A *tree* is an array, or a mapping or tuple of trees: Dict observations are mappings of arrays.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = Any  # np.ndarray | torch.Tensor
Tree = Any  # Array | Mapping[str, Tree] | tuple[Tree, ...]


def is_torch(x: Any) -> bool:
    """Whether `x` is a torch tensor; does not import torch."""
    kind = type(x)
    return kind is not np.ndarray and kind.__module__.startswith("torch")  # asked many times a step


def namespace(*arrays: Array) -> Any:
    """The array API namespace that all `arrays` share: NumPy's own, or torch's through array-api-compat."""
    if not any(is_torch(x) for x in arrays):
        return np
    import array_api_compat

    return array_api_compat.array_namespace(*[x for x in arrays if is_torch(x)])


def array(x: Any) -> np.ndarray:
    """`x` as a NumPy array; copies from the device only where it must."""
    return x.numpy(force=True) if is_torch(x) else np.asarray(x)


def tensor(x: Any, *, like: Any = None, device: Any = None, dtype: Any = None) -> Any:
    """`x` as a torch tensor on the device (and, for floats, in the type) of `like`; shares memory where it can."""
    import torch

    if like is not None:
        device = like.device if device is None else device
        dtype = like.dtype if dtype is None else dtype
    return torch.as_tensor(x, device=device, dtype=dtype)


def tree_map(f: Callable[..., Any], tree: Tree, *rest: Tree) -> Tree:
    """`f` applied leaf by leaf to trees of the same structure."""
    if isinstance(tree, Mapping):
        return {k: tree_map(f, v, *(r[k] for r in rest)) for k, v in tree.items()}
    if isinstance(tree, tuple):
        return tuple(tree_map(f, *leaves) for leaves in zip(tree, *rest, strict=True))
    return f(tree, *rest)


def tree_leaves(tree: Tree) -> list[Array]:
    """The arrays of a tree, those of a mapping by their keys in order: single rows and vectors write them in any."""
    if isinstance(tree, Mapping):
        return [leaf for k in sorted(tree) for leaf in tree_leaves(tree[k])]
    if isinstance(tree, tuple):
        return [leaf for v in tree for leaf in tree_leaves(v)]
    return [tree]


def tree_stack(trees: Sequence[Tree]) -> Tree:
    """Trees of [*s] to one tree of [len(trees), *s]."""
    return tree_map(lambda *leaves: namespace(leaves[0]).stack(leaves), *trees)


def tree_concat(trees: Sequence[Tree]) -> Tree:
    """Trees of [n_i, *s] to one tree of [sum n_i, *s]."""

    def concat(*leaves: Array) -> Array:
        return namespace(leaves[0]).concat(leaves) if is_torch(leaves[0]) else np.concatenate(leaves)

    return tree_map(concat, *trees)


def tree_where(mask: Array, new: Tree, old: Tree) -> Tree:
    """Row by row: `new` where `mask` [N] holds, `old` elsewhere."""

    def pick(a: Array, b: Array) -> Array:
        xp = namespace(a)
        return xp.where(mask.reshape(mask.shape + (1,) * (a.ndim - mask.ndim)), a, b)

    return tree_map(pick, new, old)


def tree_copy(tree: Tree) -> Tree:
    """A tree whose arrays share no memory with `tree`."""
    return tree_map(lambda x: x.clone() if is_torch(x) else np.array(x), tree)
