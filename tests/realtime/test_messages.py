import json
from pathlib import Path
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from market import clock
from realtime.channels import wire_name
from realtime.messages import (
    Ack,
    AlertChanged,
    AlertTriggered,
    Error,
    PlanBreached,
    Pong,
    PositionAdvice,
    PositionAdviceChanged,
    PositionChanged,
    PositionClosed,
    Price,
    Reload,
    SetupChanged,
    SetupDetected,
    SetupUpdate,
    Status,
)
from tests.contract.frames import CONTRACT, assert_frame
from tests.realtime.conftest import NOON

ME, SETUP = uuid4(), uuid4()
SCHEMA = json.loads((CONTRACT / "events.schema.json").read_text(encoding="utf-8"))
OURS = SCHEMA["$defs"]
THEIRS = json.loads((CONTRACT / "websocket.schema.json").read_text(encoding="utf-8"))["$defs"]

DETECTED = SetupDetected(
    detected_setup_id=uuid4(),
    symbol="SPX",
    setup_type="gamma_squeeze",
    direction="bullish",
    confidence=None,
    current_price=None,
    detected_at=NOON,
    valid_until=None,
    probability=0.61,
    tracked_setup_id=SETUP,
    user_id=ME,
    interrupt=False,
)
UPDATE = SetupUpdate(
    setup_id=SETUP,
    user_id=ME,
    symbol="NDX",
    setup_type="break_retest",
    status="invalidated",
    current_price=21_544.5,
    reason="stop_loss_hit",
    evaluated_at=NOON,
)
CHANGED = SetupChanged(
    setup_id=SETUP,
    user_id=ME,
    symbol="BRK.B",
    setup_type="gap_fill",
    previous_status="active",
    status="archived",
    reason="expired",
    changed_at=NOON,
)

ALERT = {"alert_id": SETUP, "user_id": ME, "symbol": "SPX", "type": "volume_spike", "target_value": 2.5}
TRIGGERED = AlertTriggered(
    **ALERT,
    current_price=6012.37,
    triggered_at=NOON,
    notes=None,
    trigger_reason="volume_spike",
    trigger_price=6012.371,
    interrupt=True,
    volume_ratio=2.61,
)
ALERT_CHANGED = AlertChanged(**ALERT, previous_status=None, status="active", reason="created", changed_at=NOON)

POSITION = {"position_id": SETUP, "user_id": ME, "symbol": "SPX"}
OPENED = PositionChanged(**POSITION, previous_status=None, status="open", reason="opened", changed_at=NOON)
CLOSED = PositionClosed(**POSITION, status="expired", realized_pnl=-12.34, closed_at=NOON)
ADVICE = PositionAdvice(
    user_id=ME,
    advice={
        "positionId": str(SETUP),
        "type": "stop_loss",
        "urgency": "high",
        "message": "SPX is down 55.0 % on what was paid (-5,500.00 USD).",
        "suggestedAction": {"action": "reassess_or_close"},
        "notice": "reminder",
    },
    generated_at=NOON,
    interrupt=True,
)
ADVICE_CHANGED = PositionAdviceChanged(
    advice_id=uuid4(),
    position_id=SETUP,
    user_id=ME,
    symbol="SPX",
    rule="loss",
    previous_state="active",
    state="snoozed",
    reason="snooze",
    changed_at=NOON,
)
BREACHED = PlanBreached(
    breach_id=uuid4(),
    user_id=ME,
    position_id=None,
    symbol=None,
    rule="max_loss_day_near",
    severity="warning",
    message="The day has lost 410.00 USD; the plan's most is 500.00 USD.",
    limit=500.0,
    value=410.0,
    market_date=NOON.date(),
    breached_at=NOON,
)
STORED = [DETECTED, UPDATE, CHANGED, TRIGGERED, ALERT_CHANGED, OPENED, CLOSED, ADVICE, ADVICE_CHANGED, BREACHED]


@pytest.mark.parametrize("message", STORED, ids=lambda message: message.TYPE)
@pytest.mark.parametrize("event_id", [None, 1])
def test_a_stored_message_makes_a_frame_of_both_schemas(message, event_id):
    data = json.loads(
        json.dumps(message.members(), default=lambda value: value.isoformat() if value is NOON else str(value))
    )
    stored = {"type": message.TYPE, "channel": wire_name(message.CHANNEL, ME), "data": data}

    assert_frame(stored if event_id is None else {**stored, "id": event_id})


@pytest.mark.parametrize(
    "message",
    [
        Price(
            symbol="SPX",
            price=6012.37,
            change=-8.41,
            change_pct=-0.14,
            volume=0,
            timestamp=NOON,
            day_volume=None,
            stale=False,
            delayed=True,
            simulated=True,
            unavailable=("volume",),
        ),
        Ack(
            action="subscribe",
            channels=["SPX", f"setups:{ME}"],
            rejected=[{"channel": "?", "code": "invalid_channel"}],
            at=7,
        ),
        Ack(action="auth", at=None),
        Reload(channel=f"journal:{ME}", at=0),
        Pong(),
        Error(message="Maximum 128 subscriptions", code="too_many_subscriptions"),
        Error(message="Maximum 20 connections for one user"),
    ],
    ids=lambda message: message.TYPE,
)
def test_every_other_message_is_declared_too(message):
    assert_frame(json.loads(message.text()))


@pytest.mark.parametrize("at", [9, 15, 17, 22, 30])
@pytest.mark.django_db
def test_the_status_is_declared_in_every_phase(at):
    state = clock.state(NOON.replace(hour=at) if at < 24 else NOON.replace(day=14)).as_wire()

    frame = json.loads(Status(state=state).text())

    assert_frame(frame)
    assert frame["type"] == "status"


def test_members_that_have_nothing_to_say_are_left_out_and_required_ones_are_null():
    members = SetupDetected(
        detected_setup_id=SETUP,
        symbol="SPX",
        setup_type="orb_breakout",
        direction="bullish",
        confidence=None,
        current_price=None,
        detected_at=NOON,
        valid_until=None,
        probability=None,
    ).members()

    assert members == {
        "detectedSetupId": SETUP,
        "symbol": "SPX",
        "setupType": "orb_breakout",
        "direction": "bullish",
        "confidence": None,
        "currentPrice": None,
        "detectedAt": NOON,
        "validUntil": None,
        "probability": None,
    }


def test_our_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, example) for name, definition in THEIRS.items() for example in definition.get("examples", [])],
)
def test_every_example_of_the_contract_is_one_of_ours(name, example):
    Draft202012Validator({"$defs": OURS, "$ref": f"#/$defs/{name}"}).validate(example)


@pytest.mark.parametrize("name", [reference["$ref"].split("/")[-1] for reference in THEIRS["ServerMessage"]["oneOf"]])
def test_our_definition_keeps_every_member_and_every_requirement_of_the_contracts(name):
    def check(theirs, ours):
        assert set(theirs.get("required", ())) <= set(ours.get("required", ()))
        for member, schema in theirs.get("properties", {}).items():
            mine = ours["properties"][member]
            if schema.get("properties"):
                check(schema, mine)
            else:
                assert {key: value for key, value in mine.items() if key != "description"} == {
                    key: value for key, value in schema.items() if key != "description"
                }

    check(THEIRS[name], OURS[name])


@pytest.mark.parametrize("example", json.loads(json.dumps(THEIRS["SetupDetected"]["examples"])))
def test_a_member_that_is_not_declared_fails(example):
    example["data"]["surprise"] = 1

    with pytest.raises(Exception, match="surprise"):
        Draft202012Validator({"$defs": OURS, "$ref": "#/$defs/SetupDetected"}).validate(example)


def test_the_page_of_the_room_names_every_message_that_the_server_sends():
    page = (Path(CONTRACT).parent / "realtime.md").read_text(encoding="utf-8")
    types = [
        OURS[reference["$ref"].split("/")[-1]]["properties"]["type"]["const"]
        for reference in OURS["ServerMessage"]["oneOf"]
    ]

    assert [name for name in types if f"`{name}`" not in page] == []
