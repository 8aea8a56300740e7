"""The contract is what the types say, and what is said keeps to the contract."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from agent.core.actions import Say
from agent.core.facts import AnyFact, Status
from agent.core.moment import Now
from tests.transport.facts import EVENING, ONE_OF_EACH
from transport import contract
from transport.messages import FACT_TYPES, Stationery, decode, status_payload
from transport.topics import Address

STATIONERY = Stationery(Address(site="north", device="n-4711"), "boot-1")
DOCUMENT = contract.document()


def validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    )


def payload_of(fact: AnyFact) -> bytes:
    return STATIONERY.compose(Say("e-1", fact), Now(boot=1.0, utc=EVENING)).payload


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_the_file_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert contract.main(["--check"]) == 0, capsys.readouterr().err


def test_a_file_that_is_out_of_date_is_told_and_can_be_written(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(contract, "DOCUMENT", tmp_path / "asyncapi.yaml")
    assert contract.main(["--check"]) == 1
    assert "--write" in capsys.readouterr().err
    assert contract.main(["--write"]) == 0
    assert contract.main(["--check"]) == 0
    assert yaml.safe_load((tmp_path / "asyncapi.yaml").read_text()) == DOCUMENT


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_parameter_of_an_address_is_described_and_none_else() -> None:
    for channel in DOCUMENT["channels"].values():
        named = {part[1:-1] for part in channel["address"].split("/") if part.startswith("{")}
        assert named == set(channel["parameters"])


def test_every_kind_of_message_has_a_channel() -> None:
    said = {kind for channel in DOCUMENT["channels"].values() for kind in channel["messages"]}
    assert said == {*FACT_TYPES, "command"}


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: type(fact).__name__)
def test_what_is_composed_keeps_to_the_contract(fact: AnyFact) -> None:
    payload = payload_of(fact)
    wire = json.loads(payload)
    name = f"{wire['type'].capitalize()}Message"
    validator(name).validate(wire)
    schemas = DOCUMENT["components"]["schemas"]
    assert set(wire) <= set(schemas[name]["properties"])
    assert set(wire["data"]) <= set(schemas[type(decode(payload).data).__name__]["properties"])


def test_the_last_will_keeps_to_the_contract() -> None:
    validator("StatusMessage").validate(json.loads(status_payload("n-4711", "w", Status(state="offline"))))


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: type(fact).__name__)
def test_what_does_not_keep_to_it_is_found(fact: AnyFact) -> None:
    wire = json.loads(payload_of(fact))
    name = f"{wire['type'].capitalize()}Message"
    assert not validator(name).is_valid({**wire, "version": 2})
    assert not validator(name).is_valid({**wire, "type": "weather"})
    assert not validator(name).is_valid({**wire, "data": {}})


def test_a_command_as_it_is_documented_is_valid() -> None:
    order = {"type": "pause", "end": "2026-11-24T08:00:00Z"}
    command = {"id": "c", "expires": "2026-11-24T08:00:00Z", "requested_by": "op", "order": order}
    validator("Command").validate(command)
    assert not validator("Command").is_valid({**command, "order": {"type": "sleep"}})
