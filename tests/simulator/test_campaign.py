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


def test_what_an_earlier_code_broke_is_told_but_only_the_last_code_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    ledger = tmp_path / "ledger"
    broken = Bag(nights=5, caught=[Caught(3, ("+1 s: promise 2",))])
    blocks = [Block("old", 0, 1.0, broken), Block("new", 5, 1.0, Bag(nights=7))]
    ledger.write_bytes(b"".join(msgspec.json.encode(block) + b"\n" for block in blocks))
    assert run(monkeypatch, ledger) == 0
    told = capsys.readouterr().out
    assert "old: 5 nights (seeds 0-4)" in told
    assert "1 nights broke a promise: 3" in told
    blocks.append(Block("new", 12, 1.0, broken))
    ledger.write_bytes(b"".join(msgspec.json.encode(block) + b"\n" for block in blocks))
    assert run(monkeypatch, ledger) == 1
