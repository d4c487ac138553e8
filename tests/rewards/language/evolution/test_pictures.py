"""Features of pictures against a count by hand."""

import numpy as np
from contracts.sheets import plainly, sheet_of

from rewardlab.core.batch import Transitions
from rewardlab.rewards.language.evolution.grammar import Design, Term

CODES = "Codes.\nObservation:\n  image: [5, 4, 2]: (type 0..3, colour 0..5) of what is seen, itself at [2, 3]\n"
PLANES = "Planes.\nObservation:\n  planes: [3, 2, 4] of 0 and 1: wall, box, target\n"


def steps(obs, after):
    rows = len(obs)
    flags = np.zeros(rows, dtype=bool)
    return Transitions(obs, np.zeros(rows, int), np.zeros(rows), after, flags, flags, {})


def test_codes_are_held_seen_and_near():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 6, size=(2, 40, 5, 4, 2)).astype(np.uint8)
    batch = steps(images[0], images[1])
    sheet = sheet_of(CODES, batch)
    code = 2
    hit = images[..., 0] == code
    x, y = np.meshgrid(np.arange(5), np.arange(4), indexing="ij")
    near = np.where(hit, abs(x - 2) + abs(y - 3), 9).min((-1, -2)).astype(float)
    paid, _ = plainly(Design((Term("nearer", f"image_to_{code}", 1.0),)).source(sheet), batch)
    np.testing.assert_array_equal(paid, near[0] - near[1])
    held, seen = hit[..., 2, 3], hit.any((-1, -2))
    for name, flag in (("holds", held), ("sees", seen)):
        paid, _ = plainly(Design((Term("gained", f"image_{name}_{code}", 1.0),)).source(sheet), batch)
        np.testing.assert_array_equal(paid, flag[1].astype(float) - flag[0])


def test_planes_are_counted_alone_and_on_each_other():
    rng = np.random.default_rng(1)
    planes = rng.integers(0, 2, size=(2, 30, 3, 2, 4)).astype(np.int8)
    batch = steps(planes[0], planes[1])
    sheet = sheet_of(PLANES, batch)
    count = (planes[:, :, 1] * planes[:, :, 2]).sum((-1, -2))
    paid, _ = plainly(Design((Term("rise", "planes_box_on_target", 1.0),)).source(sheet), batch)
    np.testing.assert_array_equal(paid, count[1] - count[0])
    paid, _ = plainly(Design((Term("level", "planes_wall", 8.0),)).source(sheet), batch)
    np.testing.assert_array_equal(paid, planes[1, :, 0].sum((-1, -2)))
