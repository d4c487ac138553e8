import numpy as np
import pytest
from steps import as_torch, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Clip, Product


class Column(Task):
    def __init__(self, column):
        self.column = column

    def __call__(self, batch):
        return batch.column(self.column) * 1.0


def test_it_is_the_product_whatever_the_order():
    rng = np.random.default_rng(0)
    batch = random_steps((4, 7), rng)
    batch = batch.paying(batch.reward, a=rng.random((4, 7)), b=rng.random((4, 7)))
    paid = Product((Task(), Column("a"), Column("b")))(batch)
    np.testing.assert_allclose(paid, batch.reward * batch.info["a"] * batch.info["b"], rtol=1e-15)
    np.testing.assert_allclose(Product((Column("b"), Column("a"), Task()))(batch), paid, rtol=1e-15)
    np.testing.assert_array_equal(Product((Task(), Column("a"), Column("b")))(as_torch(batch)).numpy(), paid)


def test_one_factor_is_that_factor_and_a_zero_leaves_nothing():
    batch = random_steps(9, np.random.default_rng(1))
    np.testing.assert_array_equal(Product((Task(),))(batch), batch.reward)
    assert (Product((Task(), Column("zero")))(batch.paying(batch.reward, zero=np.zeros(9))) == 0).all()


def test_it_has_one_part_and_nan_shows_beside_a_zero():
    product = Product((Task(), Clip()))
    batch = steps(2, reward=[0.5, np.nan])
    assert list(product.parts(batch)) == ["product"]
    assert np.isnan(Product((Task(), Column("zero")))(batch.paying(batch.reward, zero=np.zeros(2)))[1])
    assert repr(product) == "Product(factors=(Task(), Clip()))"


@pytest.mark.parametrize("factors", [(), (Task(), 2.0)])
def test_factors_must_be_rewards(factors):
    with pytest.raises(BadOption, match="Product"):
        Product(factors)
