"""A whole program: its constants, helpers and reward function, followed once with symbols for one step."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from rewardlab.core.errors import nearest
from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.calls import unset
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.merging import Path, meet
from rewardlab.core.sandbox.language.refusal import HEADER, refuse
from rewardlab.core.sandbox.language.signature import Leaf, Leaves, Signature
from rewardlab.core.sandbox.language.statements import Statements
from rewardlab.core.sandbox.language.values import Function, Record, Ref, Unset, sort_of

ALIASES = {
    "obs": "obs", "observation": "obs", "prev_obs": "obs", "prev_observation": "obs", "state": "obs",
    "next_obs": "next_obs", "next_observation": "next_obs", "obs_next": "next_obs", "next_state": "next_obs",
    "action": "action", "actions": "action", "info": "info", "reward": "reward", "task_reward": "reward",
    "terminated": "terminated", "truncated": "truncated", "done": "done",
}  # fmt: skip
PREFERRED = ("reward", "compute_reward", "reward_function", "get_reward", "compute_dense_reward", "dense_reward")
_FLAG, _NUMBER = Leaf((), "bool"), Leaf((), "float")


@dataclass
class Trace(Statements):
    """A program that is followed."""

    signature: Signature = field(default_factory=lambda: Signature(_NUMBER, _NUMBER))

    def follow(self, tree: ast.Module) -> tuple[Number, dict[str, Number]]:
        """The reward and its named parts.

        Raises:
            BadProgram: where the program leaves the language.
        """
        for node in tree.body:
            if isinstance(node, (ast.Return, ast.If, ast.For, ast.AugAssign)):
                self.g.line = node.lineno
                refuse(
                    "code outside of a function",
                    node.lineno,
                    expected="imports, constants and functions",
                    mend=f"begin with {HEADER}",
                )
            self.run([node])
        self.outer, self.names = self.names, {}
        main = self._main(tree)
        self.g.line = main.body[0].lineno - 1 if isinstance(main.body, list) else None
        names = self._inputs(main)
        assert isinstance(main.body, list)
        self.names, self.depth = {**unset(main.body), **names}, 1
        self.run(main.body)
        if self.live is not False:
            refuse(
                "the function can end without a `return`" if self.returns else "the function returns nothing",
                main.body[-1].lineno,
                expected="a number, or (number, dict of named parts), on every path",
                mend="end the function with a `return` that is not inside an `if`",
            )
        return self._result()

    def _main(self, tree: ast.Module) -> Function:
        functions = {k: f for k, f in self.outer.items() if isinstance(f, Function)}
        defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
        functions = {k: f for k, f in functions.items() if k in defined}
        for name in PREFERRED:
            if name in functions:
                return functions[name]
        called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        free = [f for k, f in functions.items() if k not in called]
        if len(free) == 1:
            return free[0]
        return refuse(
            "there is no function called reward" if functions else "there is no function",
            expected=f"`{HEADER}` with a `return`",
            mend="send one function of that name",
        )

    def _inputs(self, main: Function) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for a in (*main.args.args, *main.args.kwonlyargs):
            self.g.line = a.lineno
            if a.arg in ALIASES:
                out[a.arg] = self._input(ALIASES[a.arg])
            elif a.arg in main.defaults:
                out[a.arg] = main.defaults[a.arg]
            elif a.arg in self.signature.info:
                out[a.arg] = self._leaf(("info", a.arg), self.signature.info[a.arg])
            elif isinstance(self.signature.obs, Mapping) and a.arg in self.signature.obs:
                out[a.arg] = self._leaf(("next_obs", a.arg), self.signature.obs[a.arg])
            else:
                self._stranger(a.arg)
        return out

    def _stranger(self, name: str) -> NoReturn:
        if name in ("self", "cls"):
            refuse("methods are not part of the reward language", self.line, mend=f"write a plain function: {HEADER}")
        refuse(
            f"the parameter {name!r} is none that a step has",
            self.line,
            expected=f"obs, action, next_obs, info, reward, terminated, truncated ({self.signature})",
            mend=nearest(name, [*ALIASES, *self.signature.info]),
        )

    def _input(self, name: str) -> Any:
        if name == "info":
            return Record("info", {k: self._leaf(("info", k), leaf) for k, leaf in self.signature.info.items()})
        if name in ("obs", "next_obs"):
            return self._leaf((name,), self.signature.obs)
        if name == "action":
            return self._leaf((name,), self.signature.action)
        return self._leaf((name,), _NUMBER if name == "reward" else _FLAG)

    def _leaf(self, path: tuple[Any, ...], leaves: Leaves) -> Any:
        if isinstance(leaves, Leaf):
            return self.g.input(path, leaves.shape, leaves.kind)
        if isinstance(leaves, Mapping):
            return Record(str(path[0]), {k: self._leaf((*path, k), v) for k, v in leaves.items()})
        return tuple(self._leaf((*path, i), v) for i, v in enumerate(leaves))

    def _result(self) -> tuple[Number, dict[str, Number]]:
        ways: list[Path] = []
        for p in self.returns:
            self.heap = p.heap
            ways.append(Path(p.on, {}, {}, self._paid(p.value)))
        every = list(dict.fromkeys(k for p in ways for k in p.value[1]))
        held = [Path(p.on, {"": p.value[0], **{f" {k}": p.value[1].get(k, 0.0) for k in every}}, {}) for p in ways]
        self.heap = {}
        names = meet(self, held).names
        for v in names.values():
            if isinstance(v, Unset):
                refuse(v.why, self.line)
        return names[""], {k: names[f" {k}"] for k in every}

    def _paid(self, value: Any) -> tuple[Number, dict[str, Number]]:
        parts: dict[str, Number] = {}
        if isinstance(value, tuple):
            if len(value) != 2 or not (isinstance(value[1], Ref) and value[1].kind == "dict"):
                refuse(
                    f"a tuple of {len(value)} is returned",
                    self.line,
                    expected="a number, or (number, dict of named parts)",
                )
            value, named = value
            for k, v in self.mapping(named).items():
                if not isinstance(k, str):
                    refuse("the names of the parts must be strings", self.line)
                if not k or not k.isprintable():  # they are shown in terminals and written to files
                    refuse(f"{k!a:.40} as the name of a part", self.line, expected="letters that can be printed")
                parts[k] = self._one(v, f"the part {k!r}")
        return self._one(value, "the reward"), parts

    def _one(self, x: Any, what: str) -> Number:
        if isinstance(x, Unset):
            refuse(x.why, self.line)
        if not arithmetic.is_number(x):
            refuse(f"{what} is {sort_of(x)}", self.line, expected="one number for the step")
        shape = arithmetic.shape_of(x)
        if any(n != 1 for n in shape):
            refuse(
                f"{what} is an array of shape {shape}",
                self.line,
                expected="one number for the step",
                mend="take np.sum(...), np.mean(...) or np.linalg.norm(...) of it",
            )
        x = self.scalar(x)
        if not isinstance(x, Value) and not abs(x) < float("inf"):
            refuse(f"{what} is always {x}", self.line, expected="a finite number")
        return arithmetic.to_float(self.g, x)
