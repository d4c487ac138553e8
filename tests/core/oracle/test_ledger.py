"""The cap of a ledger is never passed: by threads, by processes, over restarts, with servers that count wrongly."""

import subprocess
import sys
import threading

import pytest
from quick_oracle import quick

from rewardlab.core.errors import BadOption, BadStore, BudgetSpent, OracleFailed
from rewardlab.core.oracle import Ledger
from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_a_bound_is_taken_before_and_replaced_after(path):
    ledger = Ledger(path, price_in=1.0, price_out=10.0)
    number = ledger.reserve(1000, 500, about="model m")
    assert ledger.spent().cost == pytest.approx(0.006) and ledger.spent().tokens == 1500 and ledger.spent().calls == 1
    assert ledger.settle(number, (800, 20)) == pytest.approx(0.001)
    assert (ledger.spent().tokens_in, ledger.spent().tokens_out) == (800, 20)
    assert ledger.settle(number, (1, 1)) == pytest.approx(0.001)  # once
    free = ledger.reserve(1000, 500)
    ledger.release(free)
    ledger.release(free)
    assert ledger.spent().tokens == 820 and ledger.spent().calls == 2
    with pytest.raises(BadOption, match="call 99"):
        ledger.settle(99, None)


@pytest.mark.parametrize("usage", [None, (0, 0), (-1, 5), (1001, 5), (10, 501), (10**15, 10**15)])
def test_counts_that_cannot_be_leave_the_bound(path, usage):
    ledger = Ledger(path)
    ledger.settle(ledger.reserve(1000, 500), usage)
    assert (ledger.spent().tokens_in, ledger.spent().tokens_out) == (1000, 500)


@pytest.mark.parametrize(
    ("limits", "calls"),
    [
        ({"limit_calls": 7}, 7),
        ({"limit_tokens": 7 * 30}, 7),
        ({"limit_tokens": 8 * 30 - 1}, 7),
        ({"limit_cost": 7 * 50e-6, "price_in": 1.0, "price_out": 2.0}, 7),
        ({"limit_cost": 8 * 50e-6 - 1e-9, "price_in": 1.0, "price_out": 2.0}, 7),
        ({"limit_cost": 0.0, "price_in": 1.0}, 0),
        ({"limit_calls": 0}, 0),
    ],
)
def test_a_limit_is_reached_and_not_passed(path, limits, calls):
    for made in range(calls):  # each time anew from the file: 10 in, 20 out
        Ledger(path, **limits).reserve(10, 20)
        assert Ledger(path).spent().calls == made + 1
    with pytest.raises(BudgetSpent, match="the next call") as e:
        Ledger(path, **limits).reserve(10, 20)
    assert str(path) in str(e.value) and Ledger(path).spent().calls == calls


def test_sums_have_no_rounding(path):
    ledger = Ledger(path, price_in=0.1, limit_cost=0.1)
    for _ in range(10):
        ledger.reserve(100_000, 0)  # ten tenths of a cent make a cent, exactly
    assert ledger.spent().cost == 0.1
    with pytest.raises(BudgetSpent):
        ledger.reserve(1, 0)


TAKE = """
import sys
from rewardlab.core.errors import BudgetSpent
from rewardlab.core.oracle.ledger import Ledger
ledger, taken = Ledger(sys.argv[1], limit_tokens=3000), 0
try:
    while True:
        number = ledger.reserve(10, 20)
        taken += 1
        if taken % 3 == 0:
            ledger.settle(number, (5, 10))
except BudgetSpent:
    print(taken)
"""


def test_processes_and_threads_share_one_cap(path):
    Ledger(path)
    children = [
        subprocess.Popen([sys.executable, "-c", TAKE, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ledger = Ledger(path, limit_tokens=3000)
    taken = []

    def take():
        try:
            while True:
                taken.append(ledger.reserve(10, 20))
        except BudgetSpent:
            pass

    threads = [threading.Thread(target=take) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    counts = [int(c.communicate()[0]) for c in children]
    spent = ledger.spent()
    assert spent.calls == len(taken) + sum(counts) and len(set(taken)) == len(taken)
    assert spent.tokens == 30 * len(taken) + sum(30 * n - 15 * (n // 3) for n in counts)
    assert 3000 - 30 < spent.tokens <= 3000


SAID = "ten tokens of an answer, or fewer"
LIES = [None, *b.ABSURD_USAGE]


@pytest.mark.parametrize("workers", [1, 8])
def test_the_cap_holds_whatever_the_server_counts(path, workers):
    """What the server truly sent stays below the cap, with no counts, absurd ones, and errors between them."""

    def script(request):
        n = request.number % (len(LIES) + 3)
        if n < len(LIES):
            return b.say(SAID, usage=LIES[n])
        return (b.status(500), b.malformed, b.say("right", usage={"prompt_tokens": 9, "completion_tokens": 2}))[
            n - len(LIES)
        ]

    limit = 20_000
    with endpoint(script) as server:
        stopped = False
        for start in range(0, 100, 20):
            ledger = Ledger(path, limit_tokens=limit, price_in=1.0, price_out=1.0, limit_cost=limit / 1e6)
            ask = quick(server, ledger=ledger, max_tokens=10, concurrency=workers)
            try:
                given = ask([f"prompt {i}" for i in range(start, start + 20)])
            except BudgetSpent:
                stopped = True
                break
            assert all(
                g in ("right", "ten tokens of an answer, or fewer") or isinstance(g, OracleFailed) for g in given
            )
            assert Ledger(path).spent().tokens <= limit
        true = sum(len(r.body["messages"][0]["content"]) + 10 for r in server.requests)
    spent = Ledger(path).spent()
    assert stopped and true <= limit and limit - 540 < spent.tokens <= limit
    assert spent.calls == len(server.requests)
    assert spent.cost <= limit / 1e6 + 1e-12


@pytest.mark.parametrize(
    ("behaviour", "billed"),
    [
        (b.status(500), False),
        (b.status(400), False),
        (b.redirect("/"), False),
        (b.malformed, True),
        (b.truncated_body, True),
        (b.reset, True),
        (b.hang, True),
        (b.say(None), True),
    ],
)
def test_what_may_have_been_billed_is_counted(path, behaviour, billed):
    with endpoint([behaviour]) as server:
        quick(server, ledger=Ledger(path), retries=0, timeout=0.2, max_tokens=50)(["?"])
    assert (Ledger(path).spent().tokens_out == 50) == billed and Ledger(path).spent().calls == 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"limit_cost": -1, "price_in": 1.0}, "limit_cost"),
        ({"limit_tokens": float("nan")}, "limit_tokens"),
        ({"price_out": float("inf")}, "price_out"),
        ({"limit_cost": 5.0}, "without a price"),
    ],
)
def test_limits_that_cannot_be(path, options, match):
    with pytest.raises(BadOption, match=match):
        Ledger(path, **options)


def test_a_file_that_is_no_ledger_is_refused(path):
    from rewardlab.core.oracle import Cache

    Cache(path).close()
    with pytest.raises(BadStore, match="a ledger of rewardlab"):
        Ledger(path)
