"""Pictures of tables: states on a circle with their transitions, or, where there are many, a mosaic.

The state that is occupied is red, terminal states are gold, and the stronger a line, the likelier the transition under
uniformly random actions.
"""

import math
import textwrap

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, LINE, PAPER, RED, SKY, Colour, Picture

SIDE = 400  # of a picture, in pixels
MOST = 40  # states on a circle


def shown(process: TabularMDP, at: int, caption: str) -> np.ndarray:
    """The state `at` of a process, with a line of text below: [SIDE + 30, SIDE, 3] uint8."""
    picture = Picture(SIDE + 30, SIDE)
    if process.num_states <= MOST:
        _circle(picture, process, at)
    else:
        _mosaic(picture, process, at)
    line = textwrap.shorten(caption.replace("\n", "  "), 64, placeholder="...")
    picture.write(line, SIDE / 2, SIDE + 8, size=1, middle=True)
    return picture.image()


def _colour(process: TabularMDP, state: int, at: int) -> Colour:
    return RED if state == at else GOLD if process.terminal[state] else BLUE


def _circle(picture: Picture, process: TabularMDP, at: int) -> None:
    S, A = process.num_states, process.num_actions
    turn = 2 * math.pi * np.arange(S) / S - math.pi / 2
    x, y = SIDE / 2 + 160 * np.cos(turn), SIDE / 2 + 160 * np.sin(turn)
    rows = np.repeat(np.arange(S * A), np.diff(process.P.indptr)) // A
    flow = np.zeros((S, S))
    np.add.at(flow, (rows, process.P.indices), process.P.data / A)
    for s, t in np.argwhere(flow + flow.T > 0.02):
        if s < t:
            strong = min(flow[s, t] + flow[t, s], 1.0)
            shade = tuple(int(v) for v in np.array(LINE) + strong * (np.array(FAINT) - np.array(LINE)))
            picture.line(x[s], y[s], x[t], y[t], 1 + 2 * strong, shade)  # type: ignore[arg-type]
    radius = min(22.0, 420 / S)
    for s in range(S):
        picture.disc(x[s], y[s], radius, _colour(process, s, at))
        if radius > 9:
            picture.write(
                str(s), x[s], y[s] - 3, PAPER if not process.terminal[s] or s == at else INK, size=1, middle=True
            )


def _mosaic(picture: Picture, process: TabularMDP, at: int) -> None:
    wide = math.ceil(math.sqrt(process.num_states))
    side = SIDE / wide
    if side < 3:  # too many for tiles of their own: the occupied one is marked on a plain field
        picture.box(0, 0, SIDE, SIDE, SKY)
    else:
        gap = 0.0 if side < 6 else 1.0
        fill = np.where(process.terminal[:, None], GOLD, SKY)
        for s in range(process.num_states):
            r, c = divmod(s, wide)
            picture.canvas[
                round(r * side) : round((r + 1) * side - gap), round(c * side) : round((c + 1) * side - gap)
            ] = fill[s]
    r, c = divmod(at, wide)
    picture.disc((c + 0.5) * side, (r + 0.5) * side, max(side / 2, 5.0), RED)
