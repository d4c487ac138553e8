"""The direct form pays bit for bit what the readable one says, checks what it is given, and holds only text of ours."""

import ast
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from core.sandbox.honest_rewards import HONEST, steps
from core.sandbox.hostile_rewards import HARMLESS

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadReward, MissingColumn
from rewardlab.core.sandbox.language import Signature, backends, compile_program, direct, emit
from rewardlab.core.sandbox.language.graph import Graph
from rewardlab.core.sandbox.language.source import read
from rewardlab.core.sandbox.language.trace import Trace

RNG = np.random.default_rng(11)
BATCH = steps(lambda shape: RNG.normal(size=shape), 300)
SIGNATURE = Signature.of_batch(BATCH)
SOURCES = {**HONEST, **{k: p for k, (p, _) in HARMLESS.items()}}
NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.Return, ast.Name, ast.Constant, ast.BinOp,
    ast.UnaryOp, ast.Compare, ast.Call, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Load, ast.Store,
    ast.operator, ast.unaryop, ast.cmpop, ast.Attribute, ast.If, ast.IfExp, ast.BoolOp, ast.boolop,
)  # fmt: skip
ATTRIBUTES = direct.FIELDS | {"shape", "dtype", "T", "transpose", "dot"}


def forms(source):
    """The texts of the direct form, each with all that it can name."""
    trace = Trace(signature=SIGNATURE)
    total, parts = trace.follow(read(source))
    roots = [total, *parts.values()]
    values = trace.g.used(roots)
    found = emit.inputs(values)
    out = [direct.rows(values, roots, ready=ready) for ready in (False, True)]
    if direct.own(total):
        out += [direct.whole(values, roots, types) for types in ([None] * len(found), [np.dtype(float)] * len(found))]
    return out


@pytest.mark.parametrize("name", SOURCES)
def test_it_holds_only_names_numbers_and_attributes_of_ours(name):
    for text, names in forms(SOURCES[name]):
        tree = ast.parse(text)
        assert len(tree.body) == 1
        for node in ast.walk(tree):
            assert isinstance(node, NODES), ast.dump(node)
            if isinstance(node, ast.Name):
                assert node.id[0] in "xvcfkpds" or node.id in ("batch", "paid", "lead", "zeros")
            if isinstance(node, ast.Attribute):
                assert node.attr in ATTRIBUTES
            if isinstance(node, ast.Constant):
                assert type(node.value) in (int, float, bool, type(None))
        assert not any(isinstance(x, np.ndarray) and x.flags.writeable for x in names.values())


@pytest.mark.parametrize("rows", [2, 64, 300])
@pytest.mark.parametrize("name", HONEST)
def test_it_pays_bit_for_bit_what_the_readable_form_says(name, rows):
    program = compile_program(HONEST[name], SIGNATURE)
    readable = emit.build(program.code, backends.over_batch(program._constants))
    for batch in (
        BATCH.rows(slice(0, rows)),
        BATCH.rows(slice(0, rows)).map(lambda x: x.astype(np.float32) if x.dtype.kind == "f" else x),
    ):
        inputs = [np.moveaxis(get(batch), 0, -1) for _, get, *_ in program._inputs]
        want = [np.broadcast_to(x, rows) for x in readable(*inputs)]
        frozen = batch.map(lambda x: x.copy())
        for _ in range(3):  # the long way, then the direct one
            total, parts = program.both(batch)
            for found, true in zip([total, *parts.values()], want, strict=True):
                assert found.dtype == np.float64 and np.array_equal(found, true)
            assert np.array_equal(program(batch), total)
            every = [total, *parts.values()]
            for x in every:
                x += 1.0  # which is seen nowhere else
            assert not any(np.shares_memory(x, y) for i, x in enumerate(every) for y in every[:i])
        assert all(
            np.array_equal(a, b)
            for a, b in ((batch.obs, frozen.obs), (batch.action, frozen.action), (batch.reward, frozen.reward))
        )
        assert all(np.array_equal(batch.info[k], v) for k, v in frozen.info.items())


def warm(source):
    program = compile_program(source, SIGNATURE)
    for _ in range(2):
        program(BATCH)
    assert program._known.__globals__["__builtins__"] == {}
    return program


@pytest.mark.parametrize(
    "pay", ["info['distance'] * 1.0", "1 * info['distance']", "obs[0] / 1", "np.sum(obs[:1]) * 1.0", "reward * 1.0 * 1"]
)
def test_a_factor_of_one_gives_no_memory_of_the_batch_away(pay):
    program = compile_program(
        f"def reward(obs, info, reward):\n    y = {pay}\n    return y, {{'y': y, 'z': y}}\n", SIGNATURE
    )
    for _ in range(3):
        total, parts = program.both(BATCH)
        every = [total, *parts.values(), program(BATCH)]
        given = [BATCH.obs, BATCH.reward, BATCH.info["distance"]]
        assert not any(np.shares_memory(x, y) for x in every for y in given)
        assert not any(np.shares_memory(x, y) for i, x in enumerate(every) for y in every[:i])


def test_what_is_wrong_is_said_after_a_thousand_right_calls():
    program = warm(HONEST["reach"])
    with pytest.raises(BadBatch, match="next_obs has shape"):
        program(replace(BATCH, next_obs=BATCH.next_obs[:, :5]))
    with pytest.raises(BadBatch, match="next_obs has shape"):
        program(replace(BATCH, next_obs=BATCH.next_obs[:100]))
    with pytest.raises(BadBatch):
        program(replace(BATCH, reward=BATCH.reward[:100]))
    bad = BATCH.map(lambda x: x.copy())
    bad.next_obs[7, 8] = np.nan
    with pytest.raises(BadReward, match="nan in row 7"):
        program(bad)
    with pytest.raises(BadReward, match="nan in row 7"):
        program.both(bad)
    assert np.isnan(program.parts(bad)["reach"]).sum() == 1
    held = warm(HONEST["staged grasp"])
    with pytest.raises(MissingColumn, match="contact"):
        held(replace(BATCH, info={"goal": BATCH.info["goal"]}))
    with pytest.raises(MissingColumn, match="contact"):
        held.both(replace(BATCH, info={"goal": BATCH.info["goal"]}))


@pytest.mark.parametrize("name", ["reach", "staged grasp", "keyed by joint"])
def test_sizes_types_and_libraries_may_change_from_call_to_call(name):
    program, fresh = warm(HONEST[name]), lambda: compile_program(HONEST[name], SIGNATURE)
    few = BATCH.rows(slice(0, 5))
    single = BATCH.map(lambda x: x.astype(np.float32) if x.dtype.kind == "f" else x)
    turned = BATCH.map(np.asfortranarray)
    grid = BATCH.map(lambda x: x.reshape(30, 10, *x.shape[1:]))
    for batch in (few, BATCH, single, BATCH, grid, few, turned, single, few.rows(slice(0, 1)), BATCH, few.rows([])):
        assert np.array_equal(program(batch), fresh()(batch))
    found = program(BATCH.map(torch.as_tensor))
    assert isinstance(found, torch.Tensor) and np.allclose(found.numpy(), program(BATCH), rtol=1e-12)


def test_large_batches_are_paid_and_keep_no_memory():
    program = compile_program("def reward(obs):\n    return obs[0] * 2.0\n", SIGNATURE)
    rows = direct.MOST + 1
    column = np.random.default_rng(0).normal(size=rows)
    none = np.zeros(rows, bool)
    obs = np.broadcast_to(column[:, None], (rows, 17))
    batch = Transitions(obs, np.broadcast_to(np.zeros(6), (rows, 6)), column, obs, none, none, {})
    for _ in range(2):
        assert np.array_equal(program(batch), 2 * column)
    assert program._known is None
    column[7] = np.inf
    with pytest.raises(BadReward, match="inf in row 7"):
        program(batch)


def test_threads_share_a_program_and_nothing_of_numpy_changes():
    program = compile_program(
        "def reward(obs):\n    return np.minimum(np.exp(1000 * obs[0]), 1 / (obs[1] - obs[1] + 1))\n", SIGNATURE
    )
    want, wrong = program(BATCH), []

    def work():
        with np.errstate(all="raise"):
            for _ in range(200):
                if not np.array_equal(program(BATCH), want):
                    wrong.append("number")
            if set(np.geterr().values()) != {"raise"}:
                wrong.append("state")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        crowd = [threading.Thread(target=work) for _ in range(4)]
        for t in crowd:
            t.start()
        for t in crowd:
            t.join()
    assert not wrong and np.geterr()["over"] == "warn"


def test_a_field_that_no_batch_has_is_never_read():
    g = Graph()
    x = g.input(("__class__",), (), "float")
    total = g.apply("add", x, 1.0)
    with pytest.raises(AssertionError):
        direct.whole(g.used([total]), [total], [None])
    y = g.input(("info", '"]; import os; ["'), (), "float")
    total = g.apply("add", y, 1.0)
    text, names = direct.whole(g.used([total]), [total], [None])
    assert "import" not in text and names["p0_0"] == '"]; import os; ["'


def test_only_what_is_made_anew_counts_as_its_own():
    g = Graph()
    x = g.input(("obs",), (3,), "float")
    first = g.apply("index", x, static=((0,),))
    assert not direct.own(x) and not direct.own(first) and not direct.own(1.0)
    assert not direct.own(g.load(first)) and direct.own(g.apply("add", first, 1.0))
    assert not direct.own(g.apply("add", x, 1.0)) and not direct.own(g.apply("gt", first, 1.0))
