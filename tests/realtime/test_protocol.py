import pytest

from realtime.errors import InvalidJson, UnknownType
from realtime.protocol import Acknowledge, Authenticate, Ping, Subscribe, Unsubscribe, parse


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type":"subscribe","symbols":["SPX"],"channels":["setups"]}', Subscribe(("SPX",), ("setups",))),
        ('{"action":"subscribe","channel":"setups","since":7}', Subscribe((), ("setups",), 7)),
        ('{"type":"subscribe","symbols":["SPX",1,null,{}],"channels":"setups"}', Subscribe(("SPX",), ())),
        ('{"type":"subscribe","symbols":{"a":1}}', Subscribe((), ())),
        ('{"type":"subscribe","unknown":true}', Subscribe((), ())),
        ('{"type":"unsubscribe","symbols":["SPX"]}', Unsubscribe(("SPX",), ())),
        ('{"action":"unsubscribe","channel":"setups"}', Unsubscribe((), ("setups",))),
        ('{"type":"ping"}', Ping()),
        ('{"action":"ping"}', Ping()),
        ('{"action":"auth","token":"abc"}', Authenticate("abc")),
        ('{"type":"auth"}', Authenticate("")),
        ('{"type":"ack","at":12}', Acknowledge(12)),
        ('{"type":"ack","at":"12"}', Acknowledge(None)),
        ('{"type":"ping","action":"subscribe"}', Ping()),
    ],
)
def test_a_frame_says(text, said):
    assert parse(text) == said


@pytest.mark.parametrize(
    "text", [None, "", "no json", "[1]", "3", "null", '"ping"', '{"type":', "{'type':'ping'}", "[" * 9_000]
)
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(InvalidJson) as refused:
        parse(text)
    assert (str(refused.value), refused.value.code) == ("Invalid JSON message", "invalid_json")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"type":"order"}', "order"),
        ('{"type":"Subscribe"}', "Subscribe"),
        ('{"type":7}', "7"),
        ("{}", "null"),
        (f'{{"type":"{"x" * 500}"}}', "x" * 80),
    ],
)
def test_an_unknown_type_is_named_in_the_refusal(text, name):
    with pytest.raises(UnknownType) as refused:
        parse(text)
    assert (str(refused.value), refused.value.code) == (f"Unknown message type: {name}", "unknown_type")
