"""Skills: features against slow counting, behaviour in planted positions, texts found, changed and joined."""

import numpy as np
import pytest

from rewardlab.agents.loops.units import STEPS, Field, Table
from rewardlab.agents.search.skills import (
    BASIC,
    FEATURES,
    WALK,
    Skill,
    act,
    appraise,
    compose,
    embed,
    mutate,
    rule,
)
from rewardlab.core.errors import BadOption

FIELD = Field(3, 3)
NAMED = {s.name: s for s in BASIC}


def position(mine, others, *, me=0):
    """A table of one unit: its (kind, health, row, column), and slot -> the same of others; slots 3.. are enemies."""
    kind, health, age = np.zeros((1, 6), int), np.zeros((1, 6), int), np.zeros((1, 6), int)
    known, away = np.zeros((1, 6), bool), np.zeros((1, 6, 2), int)
    for slot, (k, h, r, c) in {me: mine, **others}.items():
        kind[0, slot], health[0, slot], known[0, slot] = k, h, True
        away[0, slot] = r - mine[2], c - mine[3]
    return Table(np.array([me]), np.array([True]), np.array([mine[2:]]), known, away, health, age, kind)


def king(a, b):
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def slowly(mine, others):
    """φ [8, 12] by counting; the slot of `mine` is 0."""
    reach, damage = (1, 3), (3, 2)
    foes = {s: u for s, u in others.items() if s >= 3 and u[1] > 0}
    friends = [u for s, u in others.items() if s < 3 and u[1] > 0]
    cells = [(mine[2] + s[0], mine[3] + s[1]) for s in STEPS.tolist()]
    out = np.zeros((8, 12))
    for a in range(8):
        cell = cells[min(a, 4)]
        far = {s: king(cell, u[2:]) for s, u in foes.items()}
        if foes:
            weakest = min(foes, key=lambda s: (foes[s][1], king(mine[2:], foes[s][2:]), s))
            out[a, :4] = (
                -min(far.values()),
                -far[weakest],
                -abs(min(far.values()) - reach[mine[0]]),
                -sum(far[s] <= reach[foes[s][0]] for s in foes),
            )
            nearest = min(foes, key=lambda s: (king(mine[2:], foes[s][2:]), s))
            if friends:
                centre = np.mean([u[2:] for u in friends], axis=0)
                one, two = foes[nearest][2:] - centre, np.subtract(foes[nearest][2:], cell)
                size = np.linalg.norm(one) * np.linalg.norm(two)
                out[a, 5] = abs(one[0] * two[1] - one[1] * two[0]) / size if size else 0
        else:
            out[a, 6] = -max(abs(cell[0] - 5.5), abs(cell[1] - 5.5))
        out[a, 4] = -np.mean([king(cell, u[2:]) for u in friends]) if friends else 0
        if a >= 5 and a - 2 in others:
            k, h, *at = others[a - 2]
            sharing = sum(king(u[2:], at) <= reach[u[0]] for u in friends)
            out[a, WALK:] = 1, h <= damage[mine[0]], -h / 12, sharing, k
    return out


def test_features_are_what_they_say():
    rng = np.random.default_rng(0)
    for _ in range(200):
        cells = rng.permutation(144)[:6]
        kinds, points = rng.integers(2, size=6).tolist(), rng.integers(0, 13, 6).tolist()
        units = [(k, h, *divmod(int(c), 12)) for k, h, c in zip(kinds, points, cells, strict=True)]
        mine = (units[0][0], 5, *units[0][2:])
        others = {s: units[s] for s in range(1, 6) if rng.random() < 0.7}
        phi, sense = appraise(position(mine, others), FIELD)
        expected = slowly(mine, others)
        shown = [0, 1, 2, 3, 4] + [s + 2 for s in others if s >= 3]
        np.testing.assert_allclose(phi[0, shown], expected[shown], atol=1e-12)
        standing = {tuple(u[2:]) for u in others.values() if u[1] > 0}
        for a, step in enumerate(STEPS.tolist()[:4]):
            to = (mine[2] + step[0], mine[3] + step[1])
            assert sense[0, a] == (min(to) >= 0 and max(to) < 12 and to not in standing)
        for s in range(3, 6):
            may = s in others and others[s][1] > 0 and king(mine[2:], others[s][2:]) <= (1, 3)[mine[0]]
            assert sense[0, s + 2] == may


@pytest.mark.parametrize(
    ("skill", "mine", "others", "action"),
    [
        ("focus fire", (1, 8, 5, 5), {3: (0, 12, 5, 7), 4: (0, 4, 5, 8)}, 6),  # the weaker of two within reach
        ("focus fire", (0, 12, 5, 5), {3: (0, 12, 5, 9)}, 1),  # walk to the only one
        ("kite", (1, 8, 5, 5), {3: (0, 12, 5, 8)}, 5),  # shoot from where it cannot answer
        ("kite", (1, 8, 5, 5), {3: (0, 12, 5, 6), 4: (0, 12, 4, 6)}, 3),  # step back when it can
        ("retreat", (1, 3, 5, 5), {3: (0, 12, 5, 6)}, 3),
        ("regroup", (0, 12, 5, 5), {1: (0, 12, 9, 5), 2: (0, 12, 10, 5)}, 2),
        ("flank", (0, 12, 8, 6), {1: (0, 12, 5, 5), 3: (0, 12, 5, 9)}, 1),  # of two ways the one that stays aside
    ],
)
def test_the_basic_skills_do_what_their_words_say(skill, mine, others, action):
    assert act(np.array(NAMED[skill].weights), position(mine, others), FIELD).tolist() == [action]


def test_each_unit_follows_its_own_weights_and_equals_take_the_lowest():
    table = position((1, 8, 5, 5), {3: (0, 12, 5, 8), 4: (0, 4, 4, 8)})
    twice = Table(*(np.concatenate([x] * 5) for x in vars(table).values()))
    weights = np.array([s.weights for s in BASIC])
    assert act(weights, twice, FIELD).tolist() == [int(act(w, table, FIELD)[0]) for w in weights]
    assert act(np.zeros(12), table, FIELD).tolist() == [0]


def test_texts_are_near_to_what_means_the_same():
    texts = [s.text for s in BASIC]
    held = embed([*texts, "", "the and"])
    np.testing.assert_allclose(np.linalg.norm(held, axis=1), [1] * 5 + [0, 0])
    np.testing.assert_array_equal(embed(["Attack, the WEAKEST!"]), embed(["weakest attack"]))
    for best, asked in enumerate(["attack the weakest", "step back", "save health", "stay together", "from the side"]):
        assert (held[:5] @ embed([asked])[0]).argmax() == best
    assert embed(["alpha"])[0] @ embed(["alpha beta"])[0] == pytest.approx(2**-0.5)


def test_changes_and_joints():
    skill, rng = NAMED["kite"], np.random.default_rng(0)
    moved = np.array([mutate(skill, rng, size=0.5).weights for _ in range(4000)]) - np.array(skill.weights)
    assert (moved != 0).any(1).all()
    share = 0.5 + 0.5 / 12  # a half by chance, and one of twelve for sure
    assert abs((moved != 0).mean() - share) < 4 * 0.5 / np.sqrt(moved.size)
    assert moved[moved != 0].std() == pytest.approx(0.5, rel=0.03)
    both = compose(NAMED["flank"], skill)
    assert both.weights == NAMED["flank"].weights[:7] + skill.weights[7:] and both.name == "flank and kite"
    assert rule("x", "y", danger=2).weights[FEATURES.index("danger")] == 2
    for bad in ((1.0,) * 11, (float("nan"),) * 12):
        with pytest.raises(BadOption, match="weights"):
            Skill("x", "y", bad)
