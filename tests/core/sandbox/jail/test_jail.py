"""The jail: its layers one by one, the order in which they close, and what is left of a session."""

import pytest

from rewardlab.core.sandbox.jail import Session


@pytest.fixture(scope="module")
def session():
    with Session("statements") as one:
        yield one


def test_honest_code_runs_and_keeps_its_variables(session):
    first, _ = session.ask({"code": "import numpy as np\nx = np.arange(5).sum()\nprint(x)"})
    assert first["ok"] and first["printed"] == "10\n"
    assert session.ask({"code": "print(x + 1)"})[0]["printed"] == "11\n"


def test_every_layer_is_on(session):
    assert {"session", "limits", "identity", "landlock", "seccomp"} <= set(session.layers)
