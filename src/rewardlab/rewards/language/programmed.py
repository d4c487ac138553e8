"""A reward that is written as a program.

    R(s, a, s') = program(s, a, s', info)

The program is text, written for one step, by a language model, by evolution or by hand. In the reward language of the
sandbox it is compiled once to operations on whole batches and never run as Python; in whole Python it is run by a
worker in the jail, never in this process. Its named terms are the parts of the pay; what they do not add up to stands
in a part "rest".

Source: Ma, Liang, Wang, Huang, Bastani, Jayaraman, Zhu, Fan, Anandkumar, "Eureka: Human-Level Reward Design via Coding
Large Language Models", ICLR 2024, Section 3 (rewards as programs that return their components).
"""

from typing import TYPE_CHECKING, Any, ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward

if TYPE_CHECKING:
    from rewardlab.core.sandbox import RewardProgram, Signature


class Programmed(Reward):
    """Pays what a program says.

    Args:
        program: its source in the reward language, what `compile_program` made of it, or a `JailedReward`.
        signature: what it may read; only needed for a source.

    Raises:
        BadOption: for anything else, or a source without a signature.
        BadProgram: for a source that leaves the language or does not fit the signature.
    """

    knowledge: ClassVar[str] = "a program"

    def __init__(self, program: "RewardProgram | str", signature: "Signature | None" = None) -> None:
        if isinstance(program, str):
            from rewardlab.core.sandbox import compile_program

            if signature is None:
                raise BadOption("a source without a signature", where="Programmed", expected="Signature.of_batch(...)")
            program = compile_program(program, signature)
        if not callable(getattr(program, "parts", None)):
            raise BadOption(f"program={program!r:.60}", where="Programmed", expected="a source or a compiled program")
        self.program: Any = program

    def __call__(self, batch: Transitions) -> Array:
        return self.program(batch)

    def parts(self, batch: Transitions) -> dict[str, Array]:
        """The program's named terms, and what they lack to its pay as "rest"; its pay alone if it names none."""
        total, named = self.program.both(batch)
        if not named:
            return {self.name: total}
        rest = total
        for value in named.values():
            rest = rest - value
        name = "rest"
        while name in named:
            name += "_"
        return {**named, name: rest}

    def __repr__(self) -> str:
        return f"Programmed({self.program.hash[:12]})"


def in_python(source: str, signature: "Signature", *, total: float | None = None) -> Programmed:
    """A reward in whole Python: a worker in the jail plays it, this process never does.

    Args:
        source: its text; variables that it keeps live as long as its worker.
        signature: whose info columns it sees, and no others.
        total: seconds that may be waited for it in all calls together.
    """
    from rewardlab.core.sandbox import Bounds, JailedReward

    bounds = Bounds() if total is None else Bounds(cpu=int(total) + 2)  # of what it does between two calls, too
    return Programmed(JailedReward(source, tuple(signature.info), bounds, total=total))  # type: ignore[arg-type]
