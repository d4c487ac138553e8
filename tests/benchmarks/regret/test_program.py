"""The program of rates: what is measured, the table, the file that keeps what it held."""

import json

import pytest

from rewardlab.benchmarks.regret.claims import Claim, cell
from rewardlab.benchmarks.regret.program import RegretRates, main, markdown, measured, text
from rewardlab.core.errors import BadOption, UnknownName

COINS = {"means": [0.2, 0.8]}


def test_a_rate_that_is_known_holds_and_a_wrong_one_does_not():
    # With ε = 1 each pull loses half a gap: the regret is linear, whatever the luck.
    case = cell("EpsilonGreedy", "BernoulliBandit", 600, env_kwargs={**COINS, "pulls": 600}, runs=50, epsilon=1.0)
    found = measured(Claim("linear (nobody 2000)", [case], "exponent", 0.95, 1.05))
    assert found["holds"] and found["value"] == pytest.approx(1.0, abs=0.03) and found["runs"] == 50
    assert not measured(Claim("a root (nobody 2000)", [case], "exponent", 0.4, 0.6))["holds"]
    lengths = [
        cell("EpsilonGreedy", "BernoulliBandit", t, env_kwargs={**COINS, "pulls": t}, runs=20, epsilon=1.0)
        for t in (100, 200, 400)
    ]
    scaled = measured(Claim("linear (nobody 2000)", lengths, "exponent", 0.95, 1.05))
    assert scaled["holds"] and scaled["scaling"] and scaled["steps"] == [100, 200, 400]
    table = text({"a": found, "b": scaled})
    assert table.count("holds") == 2 and "exponent of T" in table and "50 x 600" in table
    assert markdown({"a": found}).splitlines()[1].startswith("|---|")


def test_the_file_keeps_what_it_held(tmp_path, capsys):
    out, page = tmp_path / "r.json", tmp_path / "r.md"
    for only in ("KLUCB, Bern", "MOSS"):
        main(RegretRates(only=only, times=0.01, runs=5, out=out, table=page), progress=False)
    names = set(json.loads(out.read_text(encoding="utf-8"))["claims"])
    assert names == {"KLUCB, BernoulliBandit", "KLUCB, BernoulliBandit, lengths", "MOSS, BernoulliBandit, lengths"}
    assert page.read_text(encoding="utf-8").count("\n") == 2 + len(names)
    assert "MOSS" in capsys.readouterr().out


@pytest.mark.parametrize(("options", "kind"), [
    ({"times": 0.0}, BadOption), ({"runs": 1}, BadOption), ({"only": "Nobody"}, UnknownName),
])  # fmt: skip
def test_mistakes_are_named(options, kind, tmp_path):
    with pytest.raises(kind):
        main(RegretRates(**options, out=tmp_path / "r.json"), progress=False)
