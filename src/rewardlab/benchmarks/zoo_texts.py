"""Texts of the zoo's YAML that stand for mappings: "dict(net_arch=[64, 64], activation_fn=nn.ReLU)".

They are parsed into plain values and layers of torch.nn, and never run.
"""

import ast
from collections.abc import Mapping
from typing import Any

from rewardlab.core.errors import BadOption


def policy_kwargs(value: Any, *, where: str = "zoo") -> dict[str, Any]:
    """A mapping, or the text of a call of dict, as a mapping; "nn.ReLU" and the like become classes of torch.

    Raises:
        BadOption: for anything else; no text is ever run.
    """
    return {k: _module(v, where) if k == "activation_fn" else v for k, v in keywords(value, where).items()}


def keywords(value: Any, where: str) -> dict[str, Any]:
    """A mapping, or the text of a call of dict, as a mapping of names.

    Raises:
        BadOption: for anything else; no text is ever run.
    """
    if isinstance(value, str):
        try:
            tree = ast.parse(value.strip(), mode="eval").body
        except SyntaxError as e:
            raise BadOption(f"{value!r}: {e.msg}", where=where, expected="dict(name=value, ...)") from None
        value = _literal(tree, where)
    if not isinstance(value, Mapping):
        raise BadOption(f"{value!r}", where=where, expected="a mapping, or dict(name=value, ...)")
    return {str(k): v for k, v in value.items()}


def _literal(node: ast.AST, where: str) -> Any:
    """What an expression of plain values says."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        parts = [_literal(x, where) for x in node.elts]
        return parts if isinstance(node, ast.List) else tuple(parts)
    if isinstance(node, ast.Dict) and all(k is not None for k in node.keys):
        return {_literal(k, where): _literal(v, where) for k, v in zip(node.keys, node.values, strict=True) if k}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _literal(node.operand, where)
        if isinstance(inner, int | float):
            return -inner
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict" and not node.args:
        found = {k.arg: _literal(k.value, where) for k in node.keywords}
        if None not in found:  # **
            return found
    if isinstance(node, ast.Attribute):
        return _module(ast.unparse(node), where)
    raise BadOption(f"{ast.unparse(node)!r}", where=where, expected="numbers, texts, lists, dict(...) and nn.ReLU")


def _module(value: Any, where: str) -> Any:
    """A class of torch.nn by its name."""
    if not isinstance(value, str):
        return value
    from torch import nn

    home, _, name = value.rpartition(".")
    found = getattr(nn, name, None) if home in ("", "nn", "th.nn", "torch.nn") else None
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise BadOption(f"{value!r}", where=where, expected="a layer of torch.nn", mend="nn.ReLU")
    return found
