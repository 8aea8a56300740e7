"""The question before, and the receipt after, as people read them."""

from collections.abc import Iterator
from typing import Literal

from agent.core.facts import Text
from agent.decommission.course import Plan
from agent.decommission.receipt import Kind, Receipt

Language = Literal["sv", "en"]

KINDS: dict[Kind, Text] = {
    "consent": Text(sv="märket om samtycke", en="the mark of consent"),
    "memory": Text(
        sv="schema, samtycke, journal, osända meddelanden", en="schedule, consent, journal, unsent messages"
    ),
    "reference": Text(sv="referensen av den tomma sängen", en="the reference of the empty bed"),
    "key": Text(sv="nyckel, certifikat, lösenord", en="key, certificate, password"),
    "configuration": Text(
        sv="inställningar: tider, sängens hörn", en="configuration: times, the bed's corners"
    ),
    "lock": Text(sv="minnets lås (tomt)", en="the memory's lock (empty)"),
}
QUESTION = Text(
    sv="Detta raderas och går inte att få tillbaka. Skriv enhetens namn ({name}) för att fortsätta: ",
    en="This is deleted and cannot be brought back. Type the device's name ({name}) to go on: ",
)
WAITING = Text(
    sv="OBS: {count} meddelanden har inte nått brokern och raderas med resten (se `nattro outbox`).",
    en="NOTE: {count} messages have not reached the broker and go with the rest (see `nattro outbox`).",
)
TITLE = Text(sv="Kvitto på avveckling", en="Receipt of decommissioning")
UNTRUSTED = Text(sv=" (klockan är inte tillförlitlig)", en=" (the clock is not trusted)")
LABELS = {
    "device": Text(sv="enhet", en="device"),
    "begun": Text(sv="påbörjat", en="begun"),
    "finished": Text(sv="avslutat", en="finished"),
    "by": Text(sv="utfört av", en="carried out by"),
    "version": Text(sv="nattro", en="nattro"),
    "consent": Text(sv="samtycke före", en="consent before"),
    "undelivered": Text(sv="osända meddelanden", en="unsent messages"),
}
DELETED = Text(sv="Raderat", en="Deleted")
NOT_OVERWRITTEN = Text(sv=", utan överskrivning", en=", without being overwritten")
ABSENT = Text(sv="Fanns inte", en="Was not there")
KEPT = Text(sv="KUNDE INTE RADERAS", en="COULD NOT BE DELETED")
FOREIGN = Text(sv="Tillhör inte nattro, lämnat orört", en="Not nattro's, left alone")
BROKER = Text(sv="Hos brokern", en="At the broker")
EMPTIED = Text(sv="{count} kvarhållna ämnen är tömda.", en="{count} retained topics are empty.")
REMAIN = Text(
    sv="{count} kvarhållna ämnen kan finnas kvar{why}. Den som sköter brokern tömmer vart och ett med",
    en="{count} retained topics may remain{why}. Whoever keeps the broker empties each with",
)
ON_FLASH = Text(
    sv=(
        "Varje fil skrevs över innan den raderades. Ett minneskort kan ändå ha kvar gamla kopior som inget program "
        "når: kör `sudo fstrim -av`, och förstör kortet om enheten inte ska användas igen. Låt spärra certifikatet "
        "hos utfärdaren. Systemets logg sköter systemet: `sudo journalctl --rotate --vacuum-time=1s` tömmer den."
    ),
    en=(
        "Each file was overwritten before it was deleted. A flash card may still hold old copies that no program "
        "reaches: run `sudo fstrim -av`, and destroy the card if the device is not used again. Have the "
        "certificate revoked. The system's journal is the system's: `sudo journalctl --rotate --vacuum-time=1s` "
        "empties it."
    ),
)
LOCKED = Text(
    sv="Enheten är låst: kameran öppnas inte förrän den ställts in på nytt och samtycke registrerats.",
    en="The device is locked: the camera does not open until it is configured anew and consent is recorded.",
)
AGAIN = Text(
    sv="Inte klart: åtgärda hindret och kör samma kommando igen. Enheten är låst.",
    en="Not complete: remove the obstacle and run the same command again. The device is locked.",
)
SHOWN = 3
"""Topics that are listed in the text; `--json` has all of them."""


def question(planned: Plan, language: Language) -> str:
    """What is about to go, and what must be typed."""
    lines = [planned.device]
    lines += [f"  {each.path}  ({_said(KINDS[each.kind], language)})" for each in planned.files]
    if planned.undelivered:
        lines.append(_said(WAITING, language).format(count=planned.undelivered))
    lines.append(_said(QUESTION, language).format(name=planned.device.partition("/")[2]))
    return "\n".join(lines)


def receipt_text(receipt: Receipt, language: Language) -> str:
    return "\n".join(_lines(receipt, language))


def _lines(receipt: Receipt, language: Language) -> Iterator[str]:
    yield f"nattro: {_said(TITLE, language)}"
    yield from _head(receipt, language)
    yield from _section(
        DELETED,
        [
            f"{each.path}  {each.bytes} B, {_said(KINDS[each.kind], language)}"
            + ("" if each.overwritten else _said(NOT_OVERWRITTEN, language))
            for each in receipt.deleted
        ],
        language,
    )
    yield from _section(ABSENT, list(receipt.absent), language)
    yield from _section(FOREIGN, list(receipt.foreign), language)
    yield from _section(KEPT, [f"{each.path}: {each.reason}" for each in receipt.kept], language)
    yield from _section(BROKER, list(_broker(receipt, language)), language)
    yield ""
    yield _said(ON_FLASH, language)
    yield _said(LOCKED if receipt.complete else AGAIN, language)


def _head(receipt: Receipt, language: Language) -> Iterator[str]:
    doubt = "" if receipt.clock_trusted else _said(UNTRUSTED, language)
    told = {
        "device": receipt.device,
        "begun": f"{receipt.begun:%Y-%m-%d %H:%M:%S} UTC{doubt}",
        "finished": f"{receipt.finished:%Y-%m-%d %H:%M:%S} UTC{doubt}",
        "by": receipt.by,
        "version": receipt.version,
        "consent": f"{receipt.consent} {receipt.consent_reference}".rstrip(),
        "undelivered": "?" if receipt.undelivered is None else str(receipt.undelivered),
    }
    for name, value in told.items():
        yield f"  {_said(LABELS[name], language):20} {value}"


def _broker(receipt: Receipt, language: Language) -> Iterator[str]:
    broker = receipt.broker
    if broker.emptied:
        yield _said(EMPTIED, language).format(count=len(broker.emptied))
    if broker.remaining:
        why = f" ({broker.detail})" if broker.detail else ""
        yield _said(REMAIN, language).format(count=len(broker.remaining), why=why)
        for topic in broker.remaining[:SHOWN]:
            yield f"  mosquitto_pub --retain --null-message --topic {topic}"
        if len(broker.remaining) > SHOWN:
            yield "  …"


def _section(title: Text, lines: list[str], language: Language) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{_said(title, language)}:"
        yield from (f"  {line}" for line in lines)


def _said(text: Text, language: Language) -> str:
    return text.sv if language == "sv" else text.en
