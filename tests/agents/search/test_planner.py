"""Situations counted, told, and answered."""

import itertools

import numpy as np
import pytest

from rewardlab.agents.loops.units import Field, Table
from rewardlab.agents.search import planner
from rewardlab.agents.search.planner import scripted, situations, words


def test_a_situation_is_counted():
    kind = np.array([[1, 0, 0, 0, 1, 0]])
    away = np.array([[[0, 0], [2, 3], [0, 4], [1, 1], [3, 3], [0, 5]]])
    health = np.array([[3, 5, 5, 12, 8, 1]])
    table = Table(
        np.array([0]), np.array([True]), np.array([[5, 5]]), np.ones((1, 6), bool), away, health,
        np.zeros((1, 6), int), kind,
    )  # fmt: skip
    # 3 of 8 points: the second third; enemies at 1, 3 and 5, of which the first two reach it, as it reaches them
    assert situations(table, Field(3, 3)).tolist() == [[1, 2, 3, 2, 2, 1]]


@pytest.mark.parametrize(
    ("situation", "task"),
    [
        ([0, 3, 0, 0, 0, 2], planner.SEARCH),
        ([0, 3, 2, 0, 0, 0], planner.GATHER),
        ([0, 3, 2, 0, 1, 1], planner.CLOSE),
        ([0, 3, 2, 1, 1, 1], planner.STRIKE),
        ([1, 3, 2, 1, 1, 1], planner.DODGE),
        ([1, 3, 2, 1, 0, 1], planner.STRIKE),
        ([1, 1, 2, 1, 1, 1], planner.ESCAPE),
        ([0, 1, 2, 1, 0, 1], planner.STRIKE),
    ],
)
def test_the_script_reads_the_words(situation, task):
    assert scripted([words(np.array(situation))]) == [task]
    assert scripted([]) == []


def test_different_situations_have_different_words():
    every = [np.array(s) for s in itertools.product((0, 1), (1, 2, 3), (1, 2), (0, 1), (0, 1), (0, 1, 2))]
    assert len({words(s) for s in every}) == len(every)
