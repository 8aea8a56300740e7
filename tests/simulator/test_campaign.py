"""A hunt of many blocks: what was finished counts, on the code that it was played on."""

import sys
from pathlib import Path

import msgspec
import pytest

from firmware_sim.fuzz import campaign
from firmware_sim.fuzz.bag import Bag, Caught
from firmware_sim.fuzz.campaign import Block

Printed = pytest.CaptureFixture[str]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["campaign", *map(str, arguments)])
    return campaign.main()


def test_a_campaign_goes_on_where_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setattr(campaign, "BLOCK", 2)
    ledger = tmp_path / "ledger"
    run(monkeypatch, ledger, "--nights", 3, "--jobs", 1)
    run(monkeypatch, ledger, "--nights", 1, "--jobs", 1)
    blocks = campaign.read(ledger)
    assert [(block.first, block.bag.nights) for block in blocks] == [(0, 2), (2, 1), (3, 1)]
    assert "4 nights (seeds 0-3)" in capsys.readouterr().out


def test_a_block_cut_off_by_the_power_counts_for_nothing(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    whole = msgspec.json.encode(Block("a", 0, 1.0, Bag(nights=5)))
    ledger.write_bytes(whole + b"\n" + whole[:20])
    assert [block.bag.nights for block in campaign.read(ledger)] == [5]


BROKEN = Bag(nights=2, caught=[Caught(1, ("+1 s: promise 2",))])


def test_a_block_that_broke_a_promise_counts_until_it_is_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setattr(campaign, "BLOCK", 2)
    ledger = tmp_path / "ledger"
    blocks = [Block("old", 0, 1.0, BROKEN), Block("new", 2, 1.0, Bag(nights=2))]
    ledger.write_bytes(b"".join(msgspec.json.encode(block) + b"\n" for block in blocks))
    assert run(monkeypatch, ledger) == 1
    told = capsys.readouterr().out
    assert "old: 2 nights (seeds 0-1)" in told
    assert "1 nights broke a promise: 1" in told
    assert run(monkeypatch, ledger, "--mended", "--jobs", 1) == 0
    assert [(block.first, block.bag.nights) for block in campaign.read(ledger)] == [(0, 2), (2, 2), (0, 2)]
    told = capsys.readouterr().out
    assert "old: 2 nights (seeds 0-1)" in told
    assert "played last: 4 nights (seeds 0-3)" in told


def test_what_is_mended_is_not_played_a_third_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = tmp_path / "ledger"
    blocks = [Block("old", 0, 1.0, BROKEN), Block("new", 0, 1.0, Bag(nights=2))]
    ledger.write_bytes(b"".join(msgspec.json.encode(block) + b"\n" for block in blocks))
    assert run(monkeypatch, ledger, "--mended") == 0
    assert campaign.read(ledger) == blocks


def test_seeds_that_do_not_follow_one_another_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    ledger = tmp_path / "ledger"
    blocks = [Block("a", first, 1.0, Bag(nights=5)) for first in (0, 5, 100)]
    ledger.write_bytes(b"".join(msgspec.json.encode(block) + b"\n" for block in blocks))
    run(monkeypatch, ledger)
    assert "15 nights (seeds 0-9, 100-104)" in " ".join(capsys.readouterr().out.split())
