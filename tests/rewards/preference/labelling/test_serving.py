"""Ports, hosts and files that cannot be served are refused with a sentence; what can is served, and stops."""

import signal
import socket
import time
from contextlib import suppress

import pytest
from label_server import Client, answer, film, pairs, served

from rewardlab.core.errors import BadOption, BadStore
from rewardlab.rewards.preference.labelling.serving import is_loopback, listen, serve
from rewardlab.rewards.preference.labelling.store import LabelStore


@pytest.fixture
def store(tmp_path):
    with LabelStore(tmp_path) as made:
        made.add(pairs(2), frames=film(2), environment="nowhere/Unknown-v0")
        yield made


def test_a_port_that_is_taken_is_named(store):
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadOption, match=f"port {port} of 127.0.0.1 is taken") as e:
            serve(store, port=port)
        assert f"--port {port + 1}" in e.value.mend


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "lab.example"])
@pytest.mark.parametrize("token", ["", "short"])
def test_another_host_needs_a_token(store, host, token):
    with pytest.raises(BadOption, match="other machines") as e:
        serve(store, host=host, token=token)
    assert "--token" in e.value.mend


def test_hosts_and_ports_that_are_none_are_refused(store):
    for host, port in (
        ("192.0.2.1", 0),
        ("no such host", 0),
        ("127.0.0.1", -1),
        ("127.0.0.1", 65536),
        ("127.0.0.1", True),
    ):
        with pytest.raises(BadOption, match=r"port|listen"):
            listen(host, port)
    assert [is_loopback(h) for h in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost")] == [True] * 5
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.evil.example")))


def test_pairs_without_pictures_are_refused(store):
    store.add(pairs(3))
    with pytest.raises(BadStore, match="3 open queries have no pictures"):
        serve(store)


def test_an_environment_that_nobody_knows_is_served_all_the_same(store):
    """The clips were drawn when the pairs were added; answers have no delay of small packets."""
    with served(store.path) as (port, child):
        client = Client(port)
        assert client.get("/api/session")[1]["environment"] == "nowhere/Unknown-v0"
        query = client.get("/api/next")[1]
        assert client.get(f"/api/clip/{query['first']['clip']}")[0] == 200
        with socket.socket() as probe:
            probe.connect(("127.0.0.1", port))
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=20)
        assert child.stderr.read() == ""
        assert answer(client.socket)[0] == 0  # the connection that was idle is closed
    assert store.progress() == (0, 2)


def test_who_does_not_read_an_answer_is_dropped(store):
    size = 12 << 20
    with store.together() as db:
        db.execute("UPDATE clip SET data = zeroblob(?), tag = 'big' WHERE number = 1", (size,))
    with served(store.path, patience=0.2) as (port, _):

        def asked():
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
            connection.settimeout(20)
            connection.connect(("127.0.0.1", port))
            connection.sendall(f"GET /api/clip/1-big HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            return connection

        def read(connection):
            got = 0
            with connection, suppress(ConnectionError):
                while got < size and (data := connection.recv(1 << 18)):
                    got += len(data)
            return got

        silent, other = asked(), asked()
        assert read(other) >= size
        time.sleep(3.0)
        assert read(silent) < size


def test_all_addresses_with_a_token(store):
    with served(store.path, host="0.0.0.0", token="a-long-token") as (port, _):

        def ask(path, cookie="", host="127.0.0.1"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
                return answer(connection)

        assert ask("/")[0] == 401 and ask("/api/session")[0] == 401 and ask("/page.js")[0] == 401
        status, headers, _ = ask("/?token=a-long-token")
        assert status == 303
        cookie = headers["set-cookie"].partition(";")[0]
        assert ask("/api/session", cookie)[0] == 200 and ask("/api/session", cookie, host="evil.example")[0] == 403
