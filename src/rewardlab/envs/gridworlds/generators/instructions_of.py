"""BabyAI's instruction objects as a program of clauses, and as tags of the objects that they are about."""

from typing import Any

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.levels import Levels


def tell(engine: Any, levels: Levels, row: int) -> None:
    """Write the instruction of a BabyAI level that has just been reset.

    Raises:
        BadOption: for an instruction that is none of BabyAI's own.
    """
    from minigrid.envs.babyai.core import verifier

    whole, field = engine.instrs, levels.field[row]
    order = {verifier.BeforeInstr: codes.BEFORE, verifier.AfterInstr: codes.AFTER}.get(type(whole), codes.ALONE)
    program = order
    if order != codes.ALONE:
        parts = [whole.instr_a, whole.instr_b]
        program |= int(bool(whole.strict)) << 2
    else:
        parts = [whole]
    for side, part in enumerate(parts):
        clauses = [part]
        if type(part) is verifier.AndInstr:
            clauses = [part.instr_a, part.instr_b]
            program |= 1 << 3 + side
        for k, clause in enumerate(clauses, start=2 * side):
            field[codes.P0 + k] = _clause(verifier, clause)
            sets = [getattr(clause, name) for name in _SETS[field[codes.P0 + k] & 7]]
            for bit, described in enumerate(sets, start=2 * k):
                _tag(engine, levels, row, described.obj_set, 1 << bit)
    field[codes.PROGRAM] = program


_SETS = {
    codes.GO_TO: ("desc",),
    codes.TAKE: ("desc",),
    codes.UNBAR: ("desc",),
    codes.PUT_NEXT: ("desc_move", "desc_fixed"),
}
"""What a clause is about, in the order of its tag bits."""


def _clause(verifier: Any, clause: Any) -> int:
    kinds = {
        verifier.GoToInstr: codes.GO_TO,
        verifier.PickupInstr: codes.TAKE,
        verifier.OpenInstr: codes.UNBAR,
        verifier.PutNextInstr: codes.PUT_NEXT,
    }
    if type(clause) not in kinds:
        raise BadOption(
            f"an instruction of type {type(clause).__name__}",
            where="MiniGridTask",
            expected="BabyAI's go to, pick up, open, put next, joined by and, then, after",
        )
    strict = clause.strict if type(clause) is not verifier.GoToInstr else False
    return kinds[type(clause)] | int(bool(strict)) << 3


def _tag(engine: Any, levels: Levels, row: int, things: list[Any], bit: int) -> None:
    marked = {id(thing) for thing in things}
    for p, thing in enumerate(engine.grid.grid):
        if id(thing) in marked:
            levels.tags[row, p % engine.width * engine.height + p // engine.width] |= bit
    carried = engine.carrying
    if carried is not None and id(carried) in marked:  # in the hand from the start, shown on the floor
        x, y = carried.init_pos
        levels.tags[row, x * engine.height + y] |= bit
