"""Sketches: states by name, actions without an edge stay, ends are terminal."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.mdps.sketch import Sketch


def test_edges_become_rows():
    sketch = Sketch(["a", "b", "end"], 2)
    sketch.add("a", 0, (0.25, "a"), (0.75, "b"))
    sketch.add("b", 1, (1.0, "end"))
    m = sketch.build(np.ones((3, 2)), gamma=0.5, ends=("end",), initial=1)
    P = m.dense()[0]
    np.testing.assert_array_equal(P[0], [[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]])
    np.testing.assert_array_equal(P[1], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert m.terminal.tolist() == [False, False, True] and m.initial.tolist() == [0, 1, 0]
    assert m.solve().value == pytest.approx(2.0)  # to stay is paid for ever
    sketch.add("a", 1, (0.5, "b"))
    with pytest.raises(BadOption, match=r"state 0, action 1 sum to 0\.5"):
        sketch.build(np.ones((3, 2)), gamma=0.5)
    with pytest.raises(ValueError, match="nowhere"):
        sketch.add("a", 0, (1.0, "nowhere"))
