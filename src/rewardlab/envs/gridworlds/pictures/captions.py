"""What a step in the key room is called: for each event some phrases to train on, and others that are held out.

Which phrase a step gets is a hash of the level's seed and the clock, so that a caption belongs to the state.
"""

import numpy as np

from rewardlab.envs.gridworlds.kernel.hashed import hashed

BEGAN, MOVED, TURNED, BLOCKED, IDLE, TOOK, DROPPED, UNLOCKED, OPENED, CLOSED, RATTLED, REACHED = range(12)
EVENTS = (
    "began", "moved", "turned", "blocked", "idle", "took", "dropped", "unlocked", "opened", "closed", "rattled",
    "reached",
)  # fmt: skip
QUIET = (MOVED, TURNED, BLOCKED, IDLE)
"""Events whose caption a distractor may take."""

PHRASES: tuple[tuple[str, ...], ...] = (
    ("You wake up in a closed room.", "You find yourself in a room of stone."),
    ("You take a step.", "You walk on.", "You move forward."),
    ("You turn.", "You look another way.", "You turn on your heel."),
    ("Something is in your way.", "You cannot go there.", "You bump into something."),
    ("Nothing happens.", "You wait.", "Time passes."),
    ("You pick up the key.", "You now hold the key.", "You have taken the key."),
    ("You put the key down.", "You let go of the key.", "The key lies on the floor."),
    ("You unlock the door with the key.", "The key turns and the door opens.", "The lock gives way to your key."),
    ("You open the door.", "The door swings open.", "You pull the door open."),
    ("You close the door.", "The door falls shut.", "You push the door shut."),
    ("The door is locked.", "The door does not move: it is locked.", "You shake the locked door in vain."),
    ("You reach the chest.", "The chest is yours.", "You are at the chest at last."),
)
HELD_OUT: tuple[tuple[str, ...], ...] = (
    ("You come to your senses between four walls.",),
    ("One pace further.", "Your feet carry you ahead."),
    ("Your view swings round.", "You face a new direction."),
    ("Ahead it is barred.", "You run against it and stay where you were."),
    ("All is as it was.", "A moment goes by."),
    ("The key is in your hand.", "You grab hold of the key."),
    ("You lay the key on the ground.", "Your hand is empty: the key is on the ground."),
    ("With a click the key opens the door.", "The bolt springs back and the way is free."),
    ("The door is open now.", "You set the door ajar."),
    ("The door is shut again.", "You slam the door."),
    ("Without the key this door stays shut.", "The lock holds."),
    ("Here is the chest you were looking for.", "You lift the lid of the chest."),
)
DISTRACTORS = (
    "A bat squeaks in the dark.", "You hear water dripping.", "A cold draught touches your neck.",
    "Somewhere a key rattles.", "You think of doors and of what lies behind them.",
    "A chest of drawers creaks far away.", "Your stomach rumbles.", "Dust falls from the ceiling.",
)  # fmt: skip
"""Messages that say nothing of the step; some name what the task is about."""


def captions(
    event: np.ndarray, seed: np.ndarray, clock: np.ndarray, *, distractors: float, held_out: bool
) -> np.ndarray:
    """The captions [n] (object) of these events.

    Args:
        event: [n] one of the numbers above.
        seed: [n] the seed of the level.
        clock: [n] steps taken.
        distractors: probability that a quiet step is called by a message that says nothing of it.
        held_out: the phrases that are held out, in place of those to train on.
    """
    table = HELD_OUT if held_out else PHRASES
    draw = hashed(seed, clock)
    strays = np.isin(event, QUIET) & ((draw >> np.uint64(32)) * 2.0**-32 < distractors)
    pick = (draw & np.uint64(0xFFFFFF)).astype(np.int64)
    chosen = [
        DISTRACTORS[p % len(DISTRACTORS)] if stray else table[e][p % len(table[e])]
        for e, p, stray in zip(event.tolist(), pick.tolist(), strays.tolist(), strict=True)
    ]
    out = np.empty(len(chosen), dtype=object)
    out[:] = chosen
    return out
