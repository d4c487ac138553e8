"""The server that plays a language model: the official client takes it for one, and its faults are what they say."""

import socket
import threading

import httpx
import openai
import pytest

from rewardlab.testing import behaviours as b
from rewardlab.testing import endpoint

WEB = httpx.Client(verify=False, trust_env=False)


OFFICIAL = openai.OpenAI(api_key="sk-test", base_url="http://127.0.0.1:9/v1", max_retries=0, timeout=20.0)


def client(server):
    return OFFICIAL.with_options(base_url=server.url)  # certificates are read once


def complete(server, text="?", *, retries=0, **options):
    asked = client(server).with_options(max_retries=retries).chat.completions
    return asked.create(model="test", messages=[{"role": "user", "content": text}], **options)


def test_the_official_client_reads_a_whole_answer():
    with endpoint([b.say("the answer", choices=2)]) as server:
        given = complete(server)
    first = given.choices[0]
    assert (first.message.content, first.finish_reason, given.choices[1].index) == ("the answer", "stop", 1)
    assert given.model == "test" and given.usage.total_tokens == given.usage.prompt_tokens + 2


@pytest.mark.parametrize("text", [b.GOOD_CODE, "", "ü" * 40])
def test_the_official_client_reads_a_stream(text):
    with endpoint([b.say(text, finish="length")]) as server:
        parts = list(complete(server, stream=True, stream_options={"include_usage": True}))
        assert server.requests[0].body["stream"] is True
    assert "".join(p.choices[0].delta.content or "" for p in parts if p.choices) == text
    assert [p.choices[0].finish_reason for p in parts if p.choices][-1] == "length" and parts[-1].usage.total_tokens > 0


def test_the_official_client_reads_vectors_and_models():
    with endpoint() as server:
        given = client(server).embeddings.create(model="test-embed", input=["a", "b"], encoding_format="float")
        assert {d.index: d.embedding for d in given.data} == {0: b.vector("a"), 1: b.vector("b")}
        assert [m.id for m in client(server).models.list()] == ["test", "test-embed"]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (b.status(401), openai.AuthenticationError),
        (b.status(404), openai.NotFoundError),
        (b.status(429, retry_after=1), openai.RateLimitError),
        (b.status(500), openai.InternalServerError),
        (b.reset, openai.APIConnectionError),
        (b.closed, openai.APIConnectionError),
        (b.truncated_body, (openai.APIConnectionError, openai.APIResponseValidationError, Exception)),
    ],
)
def test_the_official_client_knows_its_faults(behaviour, error):
    with endpoint([behaviour]) as server, pytest.raises(error):
        complete(server)


def test_the_official_client_comes_back_after_a_fault():
    with endpoint([b.status(429, retry_after=0.01), b.status(503), "good"]) as server:
        assert complete(server, retries=2).choices[0].message.content == "good"
        assert len(server.requests) == 3


def test_a_script_is_followed_and_its_last_line_goes_on():
    with endpoint(["one", b.say("two")]) as server:
        assert [complete(server, f"{i}").choices[0].message.content for i in range(4)] == ["one", "two", "two", "two"]
        assert server.asked() == ["0", "1", "2", "3"] and [r.number for r in server.requests] == [0, 1, 2, 3]
    with endpoint(lambda r: r.prompt.upper()) as server:
        assert complete(server, "abc").choices[0].message.content == "ABC"


@pytest.mark.parametrize(
    ("path", "content"),
    [("/other", b'{"messages": []}'), ("/chat/completions", b"no json"), ("/embeddings", b'{"messages": []}')],
)
def test_what_is_no_request_is_not_found(path, content):
    with endpoint(["x"]) as server:
        assert WEB.post(server.url + path, content=content).status_code == 404
        assert WEB.post(server.url + "/chat/completions", json={"messages": []}).status_code == 200


def test_many_are_served_at_once_each_with_its_own():
    with endpoint(lambda r: b.say(r.prompt, after=0.02)) as server:
        got = {}

        def ask(i):
            sent = {"messages": [{"role": "user", "content": str(i)}]}
            got[i] = WEB.post(f"{server.url}/chat/completions", json=sent).json()["choices"][0]["message"]["content"]

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert got == {i: str(i) for i in range(16)}


def test_it_listens_here_alone_and_closes_at_once_though_someone_hangs():
    with endpoint([b.hang]) as server:
        address = server._http.server_address
        assert address[0] == "127.0.0.1"
        waiting = socket.create_connection(address)
        body = b'{"messages": [{"content": "?"}]}'
        waiting.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        while not server.requests:
            pass
        server.close()
        waiting.settimeout(5)
        with pytest.raises(ConnectionResetError):
            waiting.recv(1)
        waiting.close()
    with pytest.raises(OSError):
        socket.create_connection(address, timeout=1)


def test_who_ends_in_the_middle_of_a_request_has_asked_nothing():
    with endpoint(["first"]) as server:
        where = httpx.URL(server.url)
        with socket.create_connection((where.host, where.port), timeout=10) as torn:
            torn.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n" + b'{"messages"'
            )
            torn.shutdown(socket.SHUT_WR)
            assert torn.recv(100) == b""  # it hangs up
        assert server.asked() == [] and complete(server).choices[0].message.content == "first"
