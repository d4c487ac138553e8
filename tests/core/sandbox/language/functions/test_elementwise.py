"""Functions of each number, against NumPy row by row."""

import pytest
from core.sandbox.one_step import compiled, refusal, same

from rewardlab.core.sandbox.language.functions.elementwise import FLOATS, OPERATORS, PAIRS, ROUNDED, TESTS

INSIDE = {"arccosh": "2.0 + {}**2", "arcsin": "np.tanh({})", "arccos": "np.tanh({})", "arctanh": "0.5 * np.tanh({})"}
POSITIVE = ("log", "log2", "log10", "log1p", "sqrt")
INSIDE |= dict.fromkeys(POSITIVE, "abs({}) + 0.1")
INSIDE |= {k.replace("arc", "a"): v for k, v in INSIDE.items() if k.startswith("arc")}


@pytest.mark.parametrize("name", [k for k in (*FLOATS, *ROUNDED, *TESTS) if k != "trunc"])
def test_functions_of_one_number(name: str) -> None:
    x = INSIDE.get(name, "{}")
    same(f"np.{name}({x.format('obs[0]')}) + np.{name}({x.format('action')}).sum()")


@pytest.mark.parametrize("name", [*PAIRS, "maximum", "minimum", "fmax", "fmin"])
def test_functions_of_two_numbers(name: str) -> None:
    same(f"np.{name}(obs[0], obs[1]) + np.{name}(action, obs[:6]).sum() + np.{name}(obs[2], 0.5)")


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_as_functions(name: str) -> None:
    same(f"1.0 * np.{name}(np.abs(obs[0]), 0.7) + np.sum(np.{name}(np.abs(action), 2.0))")


@pytest.mark.parametrize(
    "expression",
    [
        "np.clip(obs, -0.5, 0.5).sum() + np.clip(obs[0], None, 0.1)"
        " + np.clip(obs[1], 0.0, None) + obs.clip(min=0).sum()",
        "np.clip(action, obs[:6] - 1, obs[:6] + 1).sum()",
        "np.where(obs[0] > 0, obs[1], -1.0) + np.where(obs > 0, obs, 0).sum() + np.where(action > 0, 1, 2).mean()",
        "np.where(True, obs[:3], next_obs[:3]).sum() + np.where(obs[0] > 0, action, 0.0).sum()",
        "np.logical_and(obs[0] > 0, obs[1] > 0) + 0.0 + np.logical_xor(obs > 0, next_obs > 0).sum()",
        "np.logical_or(action > 0, action < -1).mean() + np.logical_not(obs[0] > 0) * 1.0",
        "np.deg2rad(obs[0]) + np.rad2deg(obs[1]) + np.radians(action).sum() + math.degrees(obs[3])",
        "np.square(action).sum() + np.reciprocal(obs[0]) + np.negative(obs[1]) + np.sign(obs).sum()",
        "np.round(obs[0]) + np.round(obs[1], 2) + round(obs[2]) + round(obs[3], 1) + np.around(action).sum()",
        "np.nan_to_num(obs[0] / 0.0, posinf=5.0, neginf=-5.0) + np.nan_to_num(np.log(-1.0 - obs[1] ** 2), nan=3.0)",
        "np.isclose(obs[0], obs[0] + 1e-9) + 0.0 + np.isclose(action, 0.0, atol=0.5).sum()",
        "np.interp(obs[0], [-1.0, 0.0, 2.0], [3.0, 1.0, 5.0]) + np.interp(obs[1], [0, 1], [0, 1])",
        "abs(info['stage'] - 2) + np.abs(info['contact']).sum() + np.maximum(info['stage'], 1) + np.fabs(obs[0])",
    ],
)
def test_the_others(expression: str) -> None:
    same(expression)


def test_known_numbers_are_computed_beforehand() -> None:
    assert "v" not in compiled("np.exp(2.0) + np.hypot(3.0, 4.0)").code.split("return")[1]


def test_what_does_not_fit_is_said() -> None:
    assert "np.exp(x)" in refusal("np.exp(obs, obs)").expected
    assert "unexpected keyword argument 'out'" in refusal("np.exp(obs, out=obs)").what
    assert "increase" in refusal("np.interp(obs[0], [1.0, 0.0], [0.0, 1.0])").what
    assert "decimals" in refusal("np.round(obs[0], 99)").what
    assert "arrays" in refusal("np.where(obs > 0)").what or "missing" in refusal("np.where(obs > 0)").what
