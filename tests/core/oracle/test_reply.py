"""What servers say, read without belief: no bytes bring anything but a completion or a fault."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlab.core.oracle.reply import Completion, completion, loaded, read, refused, retry_after, streamed, usage
from rewardlab.core.oracle.wire import Fault, Reply


def reply(data, status=200, kind="application/json", **headers):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Reply(status, {"content-type": kind, **headers}, body)


def choice(content, **more):
    return {"choices": [{"index": 0, "message": {"content": content}, **more}]}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("Thu, 01 Jan 1970 00:01:10 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e12", None),
    ],
)
def test_the_wait_that_is_asked_for(text, seconds):
    assert retry_after(text, now=60.0) == seconds


@pytest.mark.parametrize(
    ("status", "again"),
    [(s, True) for s in (408, 409, 425, 429, 500, 502, 503, 504, 529)]
    + [(s, False) for s in (300, 301, 307, 400, 401, 402, 403, 404, 405, 413, 422)],
)
def test_which_statuses_are_tried_again(status, again):
    fault = refused(reply({"detail": "why"}, status), variable="KEY_X")
    assert fault.again == again and not fault.billed and f"status {status}: why" in fault.what
    assert ("KEY_X" in fault.mend) == (status in (401, 403))
    assert refused(reply({}, 200), variable="K") is refused(reply({}, 204), variable="K") is None


def test_a_long_error_is_shortened_to_one_line():
    fault = refused(reply({"error": {"message": "a\nb\x1b " * 900}}, 500), variable="K")
    assert len(fault.what) < 300 and "\n" not in fault.what


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4}, (3, 4)),
        ({"prompt_tokens": 3}, (3, 0)),
        ({"prompt_tokens": -3, "completion_tokens": 4}, None),
        ({"prompt_tokens": True, "completion_tokens": 4}, None),
        ({"prompt_tokens": 3.0, "completion_tokens": 4}, None),
        ({"prompt_tokens": 2**62, "completion_tokens": 4}, None),
        ([], None),
        (None, None),
    ],
)
def test_counts_are_whole_numbers(told, wanted):
    assert usage({"usage": told}) == wanted


def test_the_choice_with_index_0_counts():
    two = [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "a"}}]
    assert completion(reply({"choices": two})) == Completion("a", "stop", "", None)
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    assert completion(reply(choice(parts, finish_reason="length"))) == Completion("ab", "length", "", None)


def events(*data, end=b"data: [DONE]\n\n"):
    raw = b"".join(b"data: " + json.dumps(d).encode() + b"\n\n" for d in data) + end
    return reply(raw, kind="text/event-stream; charset=utf-8")


def delta(text, index=0, finish=None):
    return {"model": "m", "choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]}


def test_a_stream_is_put_together():
    told = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    whole = streamed(events(delta("a"), delta("x", 1), delta(None), delta("b"), delta("", finish="length"), told))
    assert whole == Completion("ab", "length", "m", (1, 2))
    assert streamed(events(delta("a", finish="stop"), end=b"")).text == "a"
    assert streamed(events(delta("a"))).text == "a"  # its end is said
    assert streamed(events(delta("a"), end=b"")).again  # it is not
    assert streamed(events(delta("a"), {"error": "busy"})).what.endswith("busy")
    assert streamed(events(delta("a"), end=b"data: {half")).again
    comment = events(delta("a"), end=b": still here\r\n\r\nevent: x\r\ndata: [DONE]\r\n\r\n")
    assert streamed(comment).text == "a"


def test_an_answer_is_read_in_the_way_it_came():
    assert read(events(delta("a"))).text == read(reply(choice("a"))).text == "a"
    assert read(reply(events(delta("a")).body)).text == "a"  # a stream that says it is JSON


NAMES = [
    "choices",
    "message",
    "content",
    "index",
    "delta",
    "finish_reason",
    "error",
    "usage",
    "refusal",
    "model",
    "data",
    "prompt_tokens",
    "completion_tokens",
    "code",
    "text",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=25)
@given(json_values, st.sampled_from([200, 302, 401, 429, 500]))
def test_any_json_is_read_or_refused(data, status):
    wrapped = [data, {"choices": data}, {"choices": [{"message": data}]}, {"choices": [{"message": {"content": data}}]}]
    for d in wrapped:
        assert isinstance(completion(reply(d)), (Completion, Fault))
        assert isinstance(streamed(events(d)), (Completion, Fault))
        assert isinstance(streamed(events({"choices": [{"delta": d}]})), (Completion, Fault))
        assert refused(reply(d, status), variable="K") is None or status != 200
        assert refused(reply({"error": d}, status), variable="K") is None or status != 200


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw):
    for kind in ("application/json", "text/event-stream", ""):
        for reader in (loaded, completion, streamed, read):
            reader(reply(raw, kind=kind))
