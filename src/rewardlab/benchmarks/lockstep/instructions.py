"""BabyAI's instructions, carried out by errands: from the start, or from the middle of an episode."""

from typing import Any

from rewardlab.benchmarks.lockstep.errands import Errands
from rewardlab.benchmarks.lockstep.routes import Cell
from rewardlab.benchmarks.lockstep.trial import DONE, Stuck


def carry_out(errands: Errands, instruction: Any) -> None:
    """Do what an instruction of BabyAI says, part by part, in its order.

    Args:
        errands: on a trial of the level; it ends the episode as soon as the level says that the whole is done.
        instruction: a part of `instrs` of that trial's own world.

    Raises:
        Stuck: if no way is known.
        Ended: when the episode ends.
    """
    kind = type(instruction).__name__
    parts = {"BeforeInstr": "ab", "AndInstr": "ab", "AfterInstr": "ba"}.get(kind)
    if parts is not None:
        for part in parts:
            if getattr(instruction, f"{part}_done") != "success":
                carry_out(errands, getattr(instruction, f"instr_{part}"))
    elif kind in _DOING:
        _DOING[kind](errands, instruction)
    else:
        raise Stuck(f"an instruction of an unknown kind, {kind}")


def _go_to(errands: Errands, instruction: Any) -> None:
    errands.face(_cells(instruction.desc.obj_poss))
    errands.trial.act(DONE)  # who stands there already is seen at the next step only


def _open(errands: Errands, instruction: Any) -> None:
    errands.open(instruction.desc.obj_set)


def _pick_up(errands: Errands, instruction: Any) -> None:
    wanted = instruction.desc.obj_set
    if any(errands.world.carrying is x for x in wanted):
        errands.put_down()  # only picking it up counts
    errands.fetch(lambda thing: any(thing is x for x in wanted))


def _put_next(errands: Errands, instruction: Any) -> None:
    fixed = _cells(instruction.desc_fixed.obj_poss)
    held = errands.world.carrying
    if held is not None and instruction.preCarrying is not held:
        errands.trial.act(DONE)  # the instruction knows what is held only from the step before
    errands.deliver(
        lambda thing: any(thing is x for x in instruction.desc_move.obj_set),
        lambda cell: any(abs(cell[0] - x) + abs(cell[1] - y) == 1 for x, y in fixed),
    )


def _cells(positions: Any) -> set[Cell]:
    return {(int(x), int(y)) for x, y in positions}


_DOING = {"GoToInstr": _go_to, "OpenInstr": _open, "PickupInstr": _pick_up, "PutNextInstr": _put_next}
