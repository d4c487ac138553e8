"""Parameters from any text: always a point of the box; and windows in words that are read back."""

import numpy as np
import pytest

from rewardlab.rewards.language.driving import (
    NAMES,
    PARAMETERS,
    as_vector,
    defaults,
    numbers_of,
    read_parameters,
    table,
    window_text,
)

LOW, HIGH = (np.array([getattr(p, side) for p in PARAMETERS.values()]) for side in ("low", "high"))
OLD = defaults() | {"v_max": 5.0}


def inside(theta):
    x = as_vector(theta)
    return set(theta) == set(NAMES) and (x >= LOW).all() and (x <= HIGH).all() and theta["v_min"] <= theta["v_max"]


def test_the_defaults_lie_in_the_box_and_a_model_is_told_it():
    assert inside(defaults()) and all(f"{name}: " in table() for name in NAMES)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("{'v_max': 4}", {"v_max": 4.0}),
        ("Sure: ```{'v_max': 99, 'qn': -3}```", {"v_max": 12.0, "qn": 0.0}),  # clipped
        ("{'v_max': 4} or rather {'v_max': 6.5}", {"v_max": 6.5}),  # the last one counts
        ("{'speed': 4, 'qv': 20}", {"qv": 20.0}),  # unknown keys are dropped
        ("{'v_max': '4', 'qv': True, 'qn': None, 'n_ref': 1e999}", {}),
        ("{'v_max': -2}", {"v_max": -2.0, "v_min": -2.0}),
        ("{}", {}),
    ],
)
def test_what_a_text_says_is_clipped_and_the_rest_is_default(text, changed):
    theta, notes = read_parameters(text, OLD)
    assert theta == defaults() | changed and inside(theta)
    assert bool(notes) == (text not in ("{'v_max': 4}", "{}", "{'v_max': 4} or rather {'v_max': 6.5}"))


@pytest.mark.parametrize(
    "text", ["", "drive slowly", "{v_max: 4}", "{'v_max': 4", "[1]", "{1, 2}", "{'a': f()}", "\x00{", "{3if 1else 2}"]
)
def test_what_has_no_dict_keeps_the_old(text):
    theta, notes = read_parameters(text, OLD)
    assert theta == OLD and theta is not OLD and notes


def fuzzed(rng):
    """Texts by chance: junk, cut dicts, dicts of junk and of large numbers."""
    letters = list("{}[]()'\":,.-+eE0123456789 \n\t\\xnaif__import__v_maxqn\u00e9\u2028")
    while True:
        kind = rng.integers(4)
        if kind == 0:
            yield "".join(rng.choice(letters, rng.integers(0, 60)))
            continue
        keys = rng.choice([*NAMES, "speed", "__class__", ""], rng.integers(0, 6))
        values = [
            repr(float(rng.normal() * 10.0 ** rng.integers(-3, 8))) if rng.random() < 0.7
            else rng.choice(["nan", "inf", "1e400", "-1e400", "None", "True", "'x'", "[1]", "1j", "10**9", "--1", "{}"])
            for _ in keys
        ]  # fmt: skip
        text = "{" + ", ".join(f"'{k}': {v}" for k, v in zip(keys, values, strict=True)) + "}"
        yield text if kind < 3 else text[: rng.integers(0, len(text) + 1)]


def test_ten_thousand_texts_stay_in_the_box():
    texts, theta, moved = fuzzed(np.random.default_rng(0)), defaults(), 0
    for _ in range(10_000):
        before = theta
        theta, _ = read_parameters(next(texts), theta)
        assert inside(theta)
        moved += theta != before
    assert moved > 1000


def test_windows_are_written_and_read_back():
    obs = np.zeros(16)
    obs[:4] = 12.34, 0.5, 0.1, -2.0
    seen = numbers_of(window_text([{"obs": obs, "crashed": c, "width": 3.0} for c in (False, True)], 2.0))
    assert len(seen) == 2 and seen[1]["crashed"] and not seen[0]["crashed"] and seen[0]["reversing"]
    assert seen[0]["s"] == 12.3 and seen[0]["left"] == 1.0 and seen[0]["right"] == 2.0
    assert seen[0]["v_s"] == pytest.approx(-2 * np.cos(0.1), abs=0.01) and seen[0]["v_d"] == -0.2
