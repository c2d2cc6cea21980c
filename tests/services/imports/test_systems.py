"""Rows of the ledger: options in people's own words, vendors found or entered, nothing twice."""

from __future__ import annotations

import pytest
from sqlmodel import Session, col, select

from models import Clinic, Provision, System, SystemKind, UpdateDuty, Vendor
from services import systems, vendors
from services.imports.row_planner import Verdict
from tests.services.imports.importing import SYSTEMS, Desk, reasons, verdicts

HEAD = "システム名\t種類\tベンダー\t端末台数\tリモート保守\t更新担当\n"


def ledger(session: Session, clinic: Clinic) -> list[System]:
    return list(session.exec(select(System).where(System.clinic_id == clinic.id).order_by(col(System.created_at))))


def test_systems_are_entered_with_vendors_that_are_known_or_new(session: Session, clinic: Clinic, desk: Desk) -> None:
    midori = vendors.add_vendor(session, clinic_id=clinic.id, name="株式会社みどり")
    table = (
        HEAD + "KarteNova\t電カル\t(株)みどり\t８台\t有\tベンダー\n"
        "PACS-1\tPACS\tあおい画像\t2\tいいえ\t自院\nメモ帳\t\t\t\t\t"
    )
    assert desk.takes(table, SYSTEMS) == [Verdict.NEW] * 3
    first, second, third = ledger(session, clinic)
    assert (first.vendor_id, first.kind, first.pc_count, first.has_remote_maintenance, first.update_duty) == (
        midori.id, SystemKind.ELECTRONIC_CHART, 8, True, UpdateDuty.VENDOR,
    )  # fmt: skip
    aoi = session.exec(select(Vendor).where(Vendor.name == "あおい画像")).one()
    assert (second.vendor_id, second.kind, second.has_remote_maintenance) == (aoi.id, SystemKind.IMAGING, False)
    assert (third.vendor_id, third.kind, third.provision) == (None, SystemKind.OTHER, Provision.ON_SITE)
    assert desk.takes(table, SYSTEMS) == [Verdict.UNCHANGED] * 3
    assert len(ledger(session, clinic)) == 3


def test_a_system_without_vendor_gets_one_and_one_of_another_vendor_is_not_touched(
    session: Session, clinic: Clinic, desk: Desk
) -> None:
    desk.takes("システム名\t種類\nKarteNova\t電子カルテ", SYSTEMS)
    (row,) = desk.sees("システム名\tベンダー\nKarteNova\tみどり", SYSTEMS)
    assert (row.verdict, row.adds) == (Verdict.NEW, ["vendor"])
    desk.takes("システム名\tベンダー\nKarteNova\tみどり", SYSTEMS)
    (system,) = ledger(session, clinic)
    assert system.vendor_id == session.exec(select(Vendor.id).where(Vendor.name == "みどり")).one()
    (row,) = desk.sees("システム名\tベンダー\nKarteNova\tあおい", SYSTEMS)
    assert "みどり" in reasons(row)[0][1]
    desk.takes("システム名\tベンダー\nKarteNova\tあおい", SYSTEMS)
    assert session.exec(select(Vendor.name)).all() == ["みどり"]


def test_words_that_nobody_knows_are_answered_with_those_that_are_known(desk: Desk) -> None:
    (row,) = desk.sees(HEAD + "KarteNova\tなにか\tみどり\t多い\tたぶん\t誰か", SYSTEMS)
    kind, count, remote, updates = (sentence for _column, sentence in reasons(row))
    assert "電子カルテ" in kind
    assert "数" in count
    assert "はい" in remote
    assert "自院" in updates


@pytest.mark.parametrize("text", ["1", "1.0", "１", "1台"])
def test_counts_are_read_as_people_write_them(session: Session, clinic: Clinic, desk: Desk, text: str) -> None:
    assert desk.takes(f"システム名\t端末台数\nKarteNova\t{text}", SYSTEMS) == [Verdict.NEW]
    assert ledger(session, clinic)[0].pc_count == 1


def test_archived_systems_and_vendors_stay_put_away(session: Session, clinic: Clinic, desk: Desk) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="みどり")
    system = systems.add_system(session, clinic_id=clinic.id, name="KarteNova", kind=SystemKind.OTHER)
    vendors.archive_vendor(session, vendor=vendor)
    systems.archive_system(session, system=system)
    rows = desk.sees("システム名\tベンダー\nKarteNova\t\nPACS\tみどり", SYSTEMS)
    assert verdicts(rows) == ["refused", "refused"]
