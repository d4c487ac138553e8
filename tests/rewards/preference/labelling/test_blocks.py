import re

import numpy as np
import pytest

from rewardlab.rewards.preference.labelling import blocks


def replayed(lines):
    """What a terminal shows of half blocks: pixels [2 rows, columns] as the last colours that were said."""
    rows = []
    for line in lines:
        ink = paper = None
        above, below = [], []
        for codes, _ in re.findall(r"\x1b\[([0-9;]*)m|(▀)", line):
            while codes:
                ground, colour, codes = (
                    re.match(r"([34]8);(2;\d+;\d+;\d+|5;\d+);?(.*)", codes).groups() if codes != "0" else ("", "", "")
                )
                ink, paper = (colour if ground == "38" else ink), (colour if ground == "48" else paper)
            if _:
                above.append(ink)
                below.append(paper)
        rows += [above, below]
    return rows


def test_half_blocks_show_every_pixel():
    frame = np.random.default_rng(0).integers(0, 3, (6, 5, 3)).astype(np.uint8) * 100
    shown = replayed(blocks.full(frame, 5, 3))
    assert shown == [[f"2;{r};{g};{b}" for r, g, b in line] for line in frame]


def test_colours_are_said_only_where_they_change():
    line = blocks.full(np.full((2, 40, 3), 7, dtype=np.uint8), 40, 1)[0]
    assert line.count("\x1b[") == 2 and line.count("▀") == 40 and line.endswith("\x1b[0m")


@pytest.mark.parametrize("paint", [blocks.full, blocks.table, blocks.letters])
@pytest.mark.parametrize("size", [(64, 64), (10, 300), (300, 10), (3, 3)])
def test_a_picture_fits_its_place_in_its_proportions(paint, size):
    lines = paint(np.zeros((*size, 3), dtype=np.uint8), 30, 10)
    wide = {len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines}
    assert len(lines) <= 10 and len(wide) == 1 and max(wide) <= 30
    if size == (64, 64):
        assert (len(lines), max(wide)) == (10, 20)


def test_the_256_colours_are_the_nearest():
    table = {
        16 + 36 * r + 6 * g + b: [0 if x == 0 else 55 + 40 * x for x in (r, g, b)]
        for r in range(6)
        for g in range(6)
        for b in range(6)
    }
    table |= {232 + i: [8 + 10 * i] * 3 for i in range(24)}
    colours = np.random.default_rng(1).integers(0, 256, (300, 3))
    values = np.array(list(table.values()))
    for colour in [*colours, *([x, x, x] for x in range(0, 256, 5))]:
        off = ((np.array(table[int(blocks.nearest(np.array(colour)))]) - colour) ** 2).sum()
        assert off == ((values - colour) ** 2).sum(-1).min()


def test_letters_are_fuller_where_it_is_brighter():
    ramp = np.repeat(np.linspace(0, 255, 20).astype(np.uint8)[None, :, None], 4, 0).repeat(3, -1)
    ranks = [" .:-=+*#%@".index(c) for c in blocks.letters(ramp, 20, 2)[0]]
    assert ranks == sorted(ranks) and ranks[0] == 0 and ranks[-1] == 9


@pytest.mark.parametrize(
    ("told", "paint"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, blocks.full),
        ({"TERM": "xterm-256color"}, blocks.table),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, blocks.letters),
        ({"TERM": "dumb"}, blocks.letters),
        ({}, blocks.letters),
    ],
)
def test_a_terminal_gets_what_it_can_show(told, paint):
    assert blocks.painter(told) is paint
