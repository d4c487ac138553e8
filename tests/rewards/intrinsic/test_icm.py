"""ICM: what one cannot foresee, in features of what one controls."""

import numpy as np
import pytest
import torch
from noisy_walk import ACTIONS, SPACE, walk

from rewardlab.core.errors import BadOption
from rewardlab.rewards import ICM


def taught(rounds=150, **options):
    bonus = ICM(space=SPACE, action_space=ACTIONS, features=8, hidden=(32,), lr=3e-3, **options)
    for k in range(rounds):
        bonus.update(walk(128, seed=k))
    return bonus


def test_its_pay_is_the_forward_error_over_the_scale():
    bonus, batch = taught(5), walk(16, seed=99)
    x, a, y = bonus.raw(batch)
    with torch.no_grad():
        error = bonus.model.forward_error(bonus._norm(x), a, bonus._norm(y))
    np.testing.assert_allclose(bonus(batch), error.numpy() / bonus.scale, rtol=1e-6)


def test_what_was_learned_bores_and_what_was_not_does_not():
    bonus, fresh = taught(), taught(1)
    near, far = walk(400, seed=900), walk(400, seed=901, far=True)
    assert bonus(far).mean() / bonus(near).mean() > 1.5 * fresh(far).mean() / fresh(near).mean()


def test_its_features_mostly_leave_out_what_no_action_moves():
    bonus = taught(400)
    base = walk(300, seed=902)
    x = torch.from_numpy(base.obs.astype(np.float32))
    phi = bonus.model.phi
    with torch.no_grad():
        still = phi(bonus._norm(x))
        moved, screen = x.clone(), x.clone()
        moved[:, :2] = x[torch.randperm(300, generator=torch.Generator().manual_seed(0)), :2]
        screen[:, 2:] = torch.randn(300, 6, generator=torch.Generator().manual_seed(1))
        own = (phi(bonus._norm(moved)) - still).norm(dim=-1).mean() / 2**0.5  # two numbers changed
        noise = (phi(bonus._norm(screen)) - still).norm(dim=-1).mean() / 6**0.5  # six
    assert own > 2 * noise


def test_beta_is_a_share():
    for beta in (0.0, 1.0, -1.0):
        with pytest.raises(BadOption, match="beta"):
            ICM(beta=beta)
