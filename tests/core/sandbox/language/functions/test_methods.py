"""Methods and attributes, against NumPy's and Python's row by row."""

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize(
    "expression",
    [
        "action.sum() + action.mean() + action.max() + action.min() + action.std() + action.var() + action.prod()",
        "float(action.any()) + action.all() + action.argmax()"
        " + action.argmin() + action.cumsum()[2] + info['feet'].sum(axis=1)[0]",
        "obs.shape[0] + obs.size + obs.ndim + info['feet'].T[0, 1]"
        " + obs[0].item() + action.copy()[0] + len(obs.tolist())",
        "action.clip(-1, 1).sum() + action.dot(action) + action.round(1).sum() + info['feet'].reshape((3, 4))[1, 1]",
        "info['feet'].flatten()[3] + info['feet'].ravel()[4]"
        " + info['feet'][None].squeeze()[0, 0] + info['feet'].trace()",
        "info['feet'].diagonal()[1] + info['feet'].transpose()[0, 1]"
        " + action.astype(np.float64)[0] + action.repeat(2)[3]",
    ],
)
def test_of_arrays(expression: str) -> None:
    same(expression)


@pytest.mark.parametrize(
    "body",
    [
        "d = {'a': obs[0], 'b': 2.0}\nd.update({'c': 3.0})\nd.update(e=1)\nreturn sum(d.values()) + len(d.keys())",
        "d = {}\nx = d.setdefault('a', 1.5)\nx = x + d.setdefault('a', 9.0)\nreturn x + d.pop('a') + d.pop('z', 4.0)",
        "d = {'a': 1.0}\ne = d.copy()\ne['a'] = obs[0]\nreturn d['a'] + 2 * e['a'] + d.get('q', 7.0)",
        "l = [1.0]\nl.append(obs[0])\nl.extend([2, 3])\nx = l.pop()\ny = l.pop(0)\nreturn sum(l) + 10 * x + 100 * y",
        "l = [1.0]\nm = l\nk = l.copy()\nm.append(2.0)\nreturn len(l) + 10 * len(k)",
        "return sum(k == 'a' for k, v in {'a': 1, 'b': 2}.items()) + 0.0",
        "return sum(v.sum() if v.ndim else 0.0 for k, v in info.items() if k == 'goal') + len(list(info.keys()))",
    ],
)
def test_of_lists_and_dicts(body: str) -> None:
    same(body)


def test_what_does_not_fit_is_said() -> None:
    assert "has no attribute .summ here" in refusal("action.summ()").what
    assert "did you mean 'sum'" in refusal("action.summ()").mend
    assert "has no attribute .sort here" in refusal("action.sort()").what
    assert "no key 'a'" in refusal("d = {}\nd.pop('a')\nreturn 1.0").what
    assert "holds itself" in refusal("l = []\nl.append([l])\nreturn 1.0").what
    assert "where a dict is needed" in refusal("d = {}\nd.update(action)\nreturn 1.0").what
