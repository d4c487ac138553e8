"""Python for a text agent: statements run in the jail, variables are kept from call to call.

The memory is the history of calls, with a seed. Where no live process went through it, one is made and goes through it
again: the same calls give the same variables, as long as they ask neither the clock nor the system for chance.
"""

from dataclasses import dataclass, field

from rewardlab.core.sandbox.jail.limits import Bounds
from rewardlab.core.sandbox.jail.session import Ran, Sandbox, run
from rewardlab.core.sandbox.jail.session import Session as Jail
from rewardlab.envs.text.tools.live import Live
from rewardlab.envs.text.tools.settings import check
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError

CALLS = 200  # of one conversation
CHARACTERS = 200_000  # of all of them
SEEDED = "import random, numpy\nrandom.seed({0})\nnumpy.random.seed({0})\ndel random, numpy\n"


@dataclass
class Python(Tool):
    """Run Python 3 with NumPy; print what you want to see; variables are kept.

    There is no network, no file to write and no process to start. A call that takes too long ends its process, and the
    variables are lost.

    Args:
        seconds: of one call.
        memory: bytes that the program may use.
        output: characters that are kept of what one call prints.
        live: processes that are kept open: as many as conversations run at once, or their histories are run again.
        sandbox: "none" runs without walls, for text that you wrote yourself.

    Raises:
        BadOption: for a limit that is not positive, and for another word for the walls.
    """

    seconds: float = 5.0
    memory: int = 256 << 20
    output: int = 3000
    live: int = 32
    sandbox: Sandbox = "jail"
    _open: Live[Jail] = field(init=False, repr=False)

    name = "python"

    def __post_init__(self) -> None:
        check(self, "seconds", "memory", "output")
        self._open = Live(self.live)

    def use(self, session: Session, code: str) -> str:
        """What the code printed.

        Args:
            code: one or more statements
        """
        memory = session.memory or {"seed": int(session.rng.integers(2**31)), "calls": ()}
        seed, calls = memory["seed"], memory["calls"]
        if len(calls) >= CALLS or sum(map(len, calls)) + len(code) > CHARACTERS:
            raise ToolError(f"this conversation has run {len(calls)} programs already, and no more are allowed")
        jail = self._open.take((seed, calls)) or self._again(seed, calls)
        if jail is None:
            session.memory = None
            return "error: the process with your variables was lost; it starts anew"
        ran = run(jail, code)
        if ran.over:
            session.memory = None  # a history that ends a process is not repeated
            return f"error: {ran.error}; the variables are lost"
        session.memory = {"seed": seed, "calls": (*calls, code)}
        self._open.put((seed, session.memory["calls"]), jail)
        return said(ran)

    def close(self) -> None:
        self._open.close()

    def _again(self, seed: int, calls: tuple[str, ...]) -> Jail | None:
        """A process that went through the calls; None if one of them ends it this time."""
        bounds = Bounds(seconds=self.seconds, memory=self.memory, output=self.output)
        jail = Jail("statements", bounds=bounds, sandbox=self.sandbox)
        for code in (SEEDED.format(seed), *calls):
            if run(jail, code).over:
                return None
        return jail


def said(ran: Ran) -> str:
    """What came of a program, for the one who wrote it."""
    printed = ran.printed + ("\n(more was printed than is shown)" if ran.cut else "")
    if ran.ok:
        return printed.rstrip("\n") or "(nothing was printed)"
    return f"{printed.rstrip()}\nerror: {ran.trace or ran.error}".lstrip("\n")
