"""What expressions, statements and functions of a program work with: the graph, the heap and conversions.

Everything here is bounded: each step counts against a limit, and no list, mapping or array grows beyond one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardlab.core.sandbox.language import arithmetic, limits
from rewardlab.core.sandbox.language.graph import Graph, Number, Value
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.values import Heap, Record, Ref, Unset, sort_of


@dataclass
class Machine:
    """The state of a program that is being followed.

    Attributes:
        g: the array operations so far.
        heap: contents of lists and dicts.
    """

    g: Graph = field(default_factory=Graph)
    heap: Heap = field(default_factory=dict)
    ticks: int = 0
    iterations: int = 0
    met: dict[tuple[Ref, Ref], Ref] = field(default_factory=dict)  # lists of two paths that became one
    around: list[dict[str, Any]] = field(default_factory=list)  # the names of both paths
    inside: bool = False  # in a helper function, whose caller may have names for its lists
    _refs: int = 0

    @property
    def line(self) -> int | None:
        """Where in the program we are."""
        return self.g.line

    def tick(self, n: int = 1) -> None:
        """Count what is followed.

        Raises:
            BadProgram: if it is too much.
        """
        self.ticks += n
        if self.ticks > limits.TICKS:
            refuse("the program does too much when its loops are written out", self.line, mend="use array operations")

    # numbers

    def number(self, x: Any) -> Number:
        """`x` as a number or array; lists and tuples of numbers become arrays."""
        self.tick()
        if isinstance(x, (Value, float, int)):
            return x
        if isinstance(x, (tuple, range)) or (isinstance(x, Ref) and x.kind == "list"):
            return self.stacked([self.number(v) for v in self.sequence(x)], 0)
        if isinstance(x, Unset):
            refuse(x.why, self.line)
        return refuse(f"{sort_of(x)} where a number is needed", self.line)

    def scalar(self, x: Any) -> Number:
        """`x` as one number a step."""
        x = self.number(x)
        shape = arithmetic.shape_of(x)
        if shape == ():
            return x
        if any(n != 1 for n in shape):
            refuse(
                f"an array of shape {shape} where one number is needed",
                self.line,
                mend="take one component, or np.sum, np.mean, np.linalg.norm ... of it",
            )
        return self.g.apply("index", x, static=((0,) * len(shape),))

    def array(self, x: Any, least: int) -> Value:
        """`x` as an array value with at least so many axes."""
        import numpy as np

        x = self.number(x)
        if not isinstance(x, Value):
            x = self.g.constant(np.asarray(x))
        missing = least - len(x.shape)
        return self.reshaped(x, (1,) * missing + x.shape) if missing > 0 else x

    def stacked(self, items: Sequence[Number], axis: int) -> Number:
        """Numbers or arrays of one shape along a new axis."""
        import numpy as np

        if not items:
            return self.g.constant(np.zeros(0))
        shapes = {arithmetic.shape_of(v) for v in items}
        if len(shapes) > 1:
            refuse(
                f"an array of parts of different shapes: {', '.join(map(str, sorted(shapes)))}",
                self.line,
                mend="np.concatenate joins vectors of different lengths",
            )
        kind = arithmetic.join(*items)
        return self.g.apply("stack", *[arithmetic.cast(self.g, v, kind) for v in items], static=(axis,))

    def reshaped(self, x: Value, shape: tuple[int, ...]) -> Value:
        """The same numbers in a shape that holds as many."""
        return x if x.shape == shape else self.g.apply("reshape", x, static=(shape,))

    def size(self, x: Number) -> int:
        """How many numbers a step has of it."""
        out = 1
        for n in arithmetic.shape_of(x):
            out *= n
        return out

    def truth(self, x: Any) -> Number:
        """Whether `x` counts as true."""
        if isinstance(x, Unset):
            refuse(x.why, self.line)
        if isinstance(x, Ref):
            return bool(self.content(x))
        if isinstance(x, Record):
            return bool(x.items)
        if x is None or isinstance(x, (str, tuple, range)):
            return bool(x)
        return arithmetic.truth(self.g, self.number(x))

    # what must be known while compiling

    def integer(self, x: Any, name: str, low: int, high: int) -> int:
        """A known integer within bounds."""
        if isinstance(x, Value):
            refuse(f"{name} differs from step to step", self.line, expected="an integer that is known beforehand")
        if not isinstance(x, int) or not low <= x <= high:
            refuse(f"{name} is {sort_of(x)}", self.line, expected=f"an integer from {low} to {high}")
        return int(x)

    def flag(self, x: Any, name: str) -> bool:
        """A known truth value."""
        if not isinstance(x, (bool, int)):
            refuse(f"{name} is {sort_of(x)}", self.line, expected="True or False")
        return bool(x)

    def key(self, x: Any) -> Any:
        """A key of a mapping."""
        if not isinstance(x, (str, int, bool)) or isinstance(x, Value):
            refuse(f"{sort_of(x)} as a key", self.line, expected="a string that is known beforehand")
        return x

    # sequences and mappings

    def sequence(self, x: Any) -> list[Any]:
        """The items of a list, tuple, range, mapping or array."""
        if isinstance(x, Unset):
            refuse(x.why, self.line)
        if isinstance(x, Ref):
            found = list(self.content(x))
        elif isinstance(x, Record):
            found = list(x.items)
        elif isinstance(x, (tuple, range)):
            found = list(x)
        elif isinstance(x, Value) and x.shape:
            self.room(x.shape[0])
            self.tick(x.shape[0])
            return [self.g.apply("index", x, static=((i,),)) for i in range(x.shape[0])]
        else:
            refuse(
                f"{sort_of(x)} where several things are needed",
                self.line,
                expected="a list, a tuple, a range or an array",
            )
        self.tick(len(found))
        return found

    def mapping(self, x: Any) -> Mapping[Any, Any]:
        """The items of a mapping."""
        if isinstance(x, Record):
            return x.items
        if isinstance(x, Ref) and x.kind == "dict":
            return self.content(x)
        return refuse(f"{sort_of(x)} where a dict is needed", self.line)

    def content(self, ref: Ref) -> Any:
        """What a list or dict holds now."""
        found = self.heap[ref.number]
        return refuse(found.why, self.line) if isinstance(found, Unset) else found

    def new_list(self, items: Sequence[Any]) -> Ref:
        """A list of the program."""
        return self._new("list", tuple(items))

    def new_dict(self, items: Mapping[Any, Any]) -> Ref:
        """A dict of the program."""
        return self._new("dict", dict(items))

    def store(self, ref: Ref, content: Any) -> None:
        """New contents of a list or dict.

        Raises:
            BadProgram: if it would be too long, or hold itself.
        """
        self.room(len(content))
        self.tick(len(content))
        self._apart(ref, content.values() if isinstance(content, dict) else content, 0)
        self.heap[ref.number] = content

    def room(self, n: int) -> None:
        """Refuse a list that is too long."""
        if n > limits.ITEMS:
            refuse(f"a list, mapping or loop of {n:,} items", self.line, expected=f"at most {limits.ITEMS:,}")

    def _new(self, kind: str, content: Any) -> Ref:
        self.room(len(content))
        self.tick(1 + len(content))
        self._refs += 1
        self.heap[self._refs] = content
        return Ref(self._refs, kind)

    def _apart(self, ref: Ref, items: Any, depth: int) -> None:
        if depth > limits.CALLS:
            refuse("lists are nested too deeply", self.line)
        for x in items:
            if isinstance(x, Ref):
                if x.number == ref.number:
                    refuse("a list or dict that holds itself", self.line)
                self.tick()
                inner = self.content(x)
                self._apart(ref, inner.values() if isinstance(inner, dict) else inner, depth + 1)
            elif isinstance(x, tuple):
                self.tick()
                self._apart(ref, x, depth + 1)
