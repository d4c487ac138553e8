"""What is constant takes no gradient, and NumPy arrays pass as they are."""

import numpy as np
import torch

from rewardlab.agents.parts.constant import constant


def test_the_value_stays_and_the_gradient_goes():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (constant(x) * x).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]
    a = np.ones(2)
    assert constant(a) is a
