"""The contract in a form that machines read: an AsyncAPI 3.0 document with JSON Schemas, made from the types.

`python -m transport.contract --check` tells whether docs/asyncapi.yaml says what the types say; `--write` makes
it so.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from agent.core.facts import AlarmKind, FaultKind
from agent.core.orders import Command
from transport.messages import FACT_TYPES, Envelope
from transport.topics import COMMAND_NAMES, ROOT

DOCUMENT = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"
SCHEMAS = "#/components/schemas/"
MESSAGES = "#/components/messages/"

CHANNELS: dict[str, tuple[str, str, str]] = {
    # channel: (topic below the device, message type, what is said there)
    "status": ("status", "status", "Retained: online or offline; the last will says offline."),
    "heartbeat": ("heartbeat", "heartbeat", "Hourly, spread over the hour by device."),
    "schedule": ("schedule", "schedule", "Retained: agreed checks and next windows: what must arrive."),
    "inventory": ("inventory", "inventory", "Retained: what the device is made of, with serial numbers."),
    "consent": ("consent", "consent", "Retained: consent was given, withdrawn, or must be recorded anew."),
    "commissioning": (
        "commissioning",
        "commissioning",
        "Somebody at the device opens the camera outside the agreed windows, and how that ended.",
    ),
    "check": ("check", "check", "Exactly one answer per agreed check, before its window ends."),
    "alarm": ("alarm/{kind}", "alarm", "Retained while raised or acknowledged; emptied after cleared."),
    "fault": ("fault/{kind}", "fault", "Retained while present; emptied after cleared."),
    "recovery": ("recovery", "recovery", "Each step of mending and how it went."),
    "reply": ("cmd/{name}/reply", "reply", "What became of a command."),
}


def message_schemas() -> dict[str, Any]:
    """JSON Schemas by name: one per message type (`CheckMessage`), Command, and what they refer to."""
    types = [Envelope, Command, *FACT_TYPES.values()]
    _, schemas = msgspec.json.schema_components(types, ref_template=SCHEMAS + "{name}")
    envelope = schemas.pop("Envelope")
    for kind, fact in FACT_TYPES.items():
        _untag(schemas[fact.__name__])
        schemas[f"{kind.capitalize()}Message"] = _in_envelope(envelope, kind, fact.__name__)
    return {name: _tidied(schema) for name, schema in sorted(schemas.items())}


def document() -> dict[str, Any]:
    """The whole AsyncAPI document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "nattro",
            "version": "1",
            "description": (
                "What a nattro device says over MQTT, and what it can be told. QoS 1 throughout: a message comes "
                "at least once, its id tells repetitions apart. Receivers pass over fields that they do not know."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {**{name: _channel(name) for name in CHANNELS}, "command": _command_channel()},
        "operations": {
            **{f"say-{name}": _operation("send", name, kind) for name, (_, kind, _) in CHANNELS.items()},
            "hear-command": _operation("receive", "command", "command"),
        },
        "components": {"messages": _messages(), "schemas": message_schemas()},
    }


def as_yaml() -> str:
    """The document as it is written to the file."""
    import yaml  # development only

    head = "# Made from the types by `python -m transport.contract --write`; do not edit.\n"
    return head + str(yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0: as it should be; 1: the file is out of date."""
    parser = argparse.ArgumentParser(prog="python -m transport.contract", description=__doc__)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--check", action="store_true", help="compare the file with the types")
    wanted.add_argument("--write", action="store_true", help="write the file")
    if parser.parse_args(argv).write:
        DOCUMENT.write_text(as_yaml(), encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == as_yaml():
        return 0
    sys.stderr.write("docs/asyncapi.yaml is out of date: run `python -m transport.contract --write`\n")
    return 1


def _untag(schema: dict[str, Any]) -> None:
    """On the wire the envelope's `type` says what the data is; the data has no tag."""
    schema["properties"].pop("type")
    schema["required"] = [name for name in schema.get("required", []) if name != "type"]


def _in_envelope(envelope: dict[str, Any], kind: str, fact: str) -> dict[str, Any]:
    typed = {"type": {"const": kind}, "data": {"$ref": SCHEMAS + fact}}
    return {
        **envelope,
        "title": f"{kind.capitalize()}Message",
        "description": f"The envelope with a fact of type `{kind}`.",
        "properties": {**envelope["properties"], **typed},
    }


def _tidied(schema: Any) -> Any:
    """A copy in AsyncAPI's own dialect: its discriminator is a name, and descriptions have no indent."""
    if isinstance(schema, list | tuple):
        return [_tidied(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: _tidied(value) for key, value in schema.items()}
    if isinstance(tidied.get("description"), str):
        tidied["description"] = "\n".join(line.strip() for line in tidied["description"].splitlines())
    if isinstance(tidied.get("discriminator"), dict):
        tidied["discriminator"] = tidied["discriminator"]["propertyName"]
    return tidied


def _channel(name: str) -> dict[str, Any]:
    below, kind, said = CHANNELS[name]
    return {
        "address": f"{ROOT}/{{site}}/{{device}}/{below}",
        "description": said,
        "parameters": dict(_parameters(name, below)),
        "messages": {kind: {"$ref": MESSAGES + kind}},
    }


def _command_channel() -> dict[str, Any]:
    address = f"{ROOT}/{{site}}/{{device}}/cmd/{{name}}"
    return {
        "address": address,
        "description": "Never retained, at most 8 KiB. The order's type is the topic's name.",
        "parameters": dict(_parameters("command", address)),
        "messages": {"command": {"$ref": MESSAGES + "command"}},
    }


def _parameters(channel: str, address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "site", {"description": "The care organisation's name for the area."}
    yield "device", {"description": "The device's pseudonym; also the common name of its certificate."}
    if "{kind}" in address:
        kinds = get_args(AlarmKind if channel == "alarm" else FaultKind)
        yield "kind", {"enum": list(kinds)}
    if "{name}" in address:
        yield "name", {"enum": sorted(COMMAND_NAMES)}


def _operation(action: str, channel: str, message: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
        "bindings": {"mqtt": {"qos": 1}},
    }


def _messages() -> dict[str, Any]:
    said = {kind: {"payload": {"$ref": f"{SCHEMAS}{kind.capitalize()}Message"}} for kind in FACT_TYPES}
    return {**said, "command": {"payload": {"$ref": SCHEMAS + "Command"}}}


if __name__ == "__main__":
    raise SystemExit(main())
