"""The ledger keeps what was told, finds it again, and forgets nothing that has a history."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlmodel import Session

from models import Clinic, Provision, SystemKind, UpdateDuty
from services import systems, vendors
from services.history import list_events
from services.refusals import ArchivedNameTaken, NameTaken, NotFound, StillInUse
from services.systems import SYSTEM_SORTS
from tests import factories


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


@pytest.fixture
def other_clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


def names(session: Session, clinic: Clinic, **chosen: object) -> list[str]:
    return [line.name for line in systems.list_systems(session, clinic_id=clinic.id, **chosen)]  # type: ignore[arg-type]


def verbs(session: Session, clinic: Clinic) -> list[str]:
    return [event.verb for event in reversed(list_events(session, clinic_id=clinic.id))]


def test_a_system_is_kept_with_everything_told_about_it(session: Session, clinic: Clinic) -> None:
    vendor, _ = factories.make_vendor(session, clinic, name="みどり電子カルテ")
    system = systems.add_system(
        session,
        clinic_id=clinic.id,
        name="KarteNova",
        kind=SystemKind.ELECTRONIC_CHART,
        vendor_id=vendor.id,
        provision=Provision.BOTH,
        version="5.2",
        server_count=1,
        pc_count=4,
        network_device_count=2,
        has_remote_maintenance=True,
        remote_maintenance_method="VPN、作業のたびに電話で連絡",
        update_duty=UpdateDuty.VENDOR,
        update_clause="保守契約書 第7条",
    )
    (line,) = systems.list_systems(session, clinic_id=clinic.id)
    assert (line.id, line.vendor_name, line.kind) == (system.id, "みどり電子カルテ", SystemKind.ELECTRONIC_CHART)
    assert (line.provision, line.has_remote_maintenance, line.update_duty) == (Provision.BOTH, True, UpdateDuty.VENDOR)
    assert (line.remote_maintenance_method, line.update_clause) == ("VPN、作業のたびに電話で連絡", "保守契約書 第7条")
    assert systems.add_up([line, line]) == systems.Totals(2, 2, 8, 4, 2, 0)
    assert verbs(session, clinic)[-1] == "system.added"


def test_a_new_vendor_comes_into_being_with_its_system(session: Session, clinic: Clinic) -> None:
    kind = SystemKind.IMAGING
    first = systems.add_system(session, clinic_id=clinic.id, name="PACS", kind=kind, new_vendor_name="北斗画像")
    second = systems.add_system(session, clinic_id=clinic.id, name="CR", kind=kind, new_vendor_name="北斗画像")
    assert first.vendor_id == second.vendor_id is not None, "the vendor entered a moment ago is found again"
    assert verbs(session, clinic).count("vendor.added") == 1


def test_a_vendor_in_the_archive_comes_back_when_its_name_is_typed(session: Session, clinic: Clinic) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="北斗画像")
    vendors.archive_vendor(session, vendor=vendor)
    system = systems.add_system(
        session, clinic_id=clinic.id, name="PACS", kind=SystemKind.IMAGING, new_vendor_name="北斗画像"
    )
    assert (system.vendor_id, vendor.archived_at) == (vendor.id, None)


def test_a_name_taken_leaves_nothing_behind(session: Session, clinic: Clinic, other_clinic: Clinic) -> None:
    kind = SystemKind.RESERVATION
    systems.add_system(session, clinic_id=clinic.id, name="予約", kind=kind)
    before = verbs(session, clinic)
    with pytest.raises(NameTaken):
        systems.add_system(session, clinic_id=clinic.id, name="予約", kind=kind, new_vendor_name="ひまわり予約")
    assert vendors.count_vendors(session, clinic_id=clinic.id) == (0, 0)
    assert verbs(session, clinic) == before
    systems.add_system(session, clinic_id=other_clinic.id, name="予約", kind=kind)


def test_a_change_is_logged_by_the_names_of_its_fields(session: Session, clinic: Clinic) -> None:
    system = factories.make_system(session, clinic, name="予約", note="秘密の番号")
    systems.change_system(session, system=system, name="予約", note="別の番号", pc_count=2, new_vendor_name="ひまわり")
    event = list_events(session, clinic_id=clinic.id)[0]
    assert (event.verb, event.details) == ("system.changed", {"fields": ["note", "pc_count", "vendor_id"]})
    systems.change_system(session, system=system, name="予約", note="別の番号")
    assert list_events(session, clinic_id=clinic.id)[0].id == event.id, "nothing changed, nothing is logged"


def test_a_rename_to_a_name_taken_changes_nothing(session: Session, clinic: Clinic) -> None:
    factories.make_system(session, clinic, name="予約")
    system = factories.make_system(session, clinic, name="受付", place="1階")
    with pytest.raises(NameTaken):
        systems.change_system(session, system=system, name="予約", place="2階")
    assert (system.name, system.place) == ("受付", "1階")
    systems.archive_system(session, system=system)
    with pytest.raises(ArchivedNameTaken):
        systems.add_system(session, clinic_id=clinic.id, name="受付", kind=SystemKind.OTHER)


@pytest.mark.parametrize("typed", ["ｶﾙﾃ", "かるて", "カルテ", "ＫＡＲＴＥ", "midori", "ミドリ", "カルテ 受付", "100%"])
def test_a_search_minds_neither_width_nor_case_nor_kana(session: Session, clinic: Clinic, typed: str) -> None:
    vendor = vendors.add_vendor(session, clinic_id=clinic.id, name="Midori", name_kana="みどり")
    factories.make_system(session, clinic, vendor, name="Karte カルテ", place="受付", note="100% cloud_based")
    factories.make_system(session, clinic, name="レジ", note="1000 cloudXbased")
    assert names(session, clinic, search=typed) == ["Karte カルテ"]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'", '"', "%%", "カルテ_"])
def test_signs_in_a_search_stand_for_themselves(session: Session, clinic: Clinic, typed: str) -> None:
    factories.make_system(session, clinic, name="カルテ")
    factories.make_system(session, clinic, name=f"印{typed}")
    assert names(session, clinic, search=typed) == [f"印{typed}"]


def test_the_ledger_is_filtered_and_sorted(session: Session, clinic: Clinic) -> None:
    aoba = vendors.add_vendor(session, clinic_id=clinic.id, name="青葉", name_kana="アオバ")
    midori = vendors.add_vendor(session, clinic_id=clinic.id, name="緑", name_kana="みどり")
    factories.make_system(session, clinic, midori, name="い", kind=SystemKind.IMAGING, server_count=3)
    factories.make_system(session, clinic, aoba, name="ロ", kind=SystemKind.BACKUP, has_remote_maintenance=True)
    factories.make_system(session, clinic, name="は", kind=SystemKind.IMAGING, has_remote_maintenance=False)
    assert names(session, clinic) == ["い", "は", "ロ"]
    assert names(session, clinic, sort="-name") == ["ロ", "は", "い"]
    assert names(session, clinic, sort="kind") == ["い", "は", "ロ"]
    assert names(session, clinic, sort="vendor") == ["は", "ロ", "い"]
    assert names(session, clinic, sort="-devices") == ["い", "は", "ロ"]
    assert names(session, clinic, sort="remote") == ["ロ", "い", "は"]
    assert names(session, clinic, kind=SystemKind.IMAGING) == ["い", "は"]
    assert names(session, clinic, vendor_id=aoba.id) == ["ロ"]
    for sort in SYSTEM_SORTS:
        assert sorted(names(session, clinic, sort=f"-{sort}")) == sorted(names(session, clinic))


def test_what_is_archived_leaves_the_list_and_comes_back(session: Session, clinic: Clinic) -> None:
    system = factories.make_system(session, clinic, name="旧カルテ")
    systems.archive_system(session, system=system)
    assert names(session, clinic) == []
    assert names(session, clinic, is_archived=True) == ["旧カルテ"]
    assert systems.count_systems(session, clinic_id=clinic.id) == (0, 1)
    systems.restore_system(session, system=system)
    assert names(session, clinic) == ["旧カルテ"]
    assert verbs(session, clinic)[-2:] == ["system.archived", "system.restored"]


def test_only_a_system_without_history_is_deleted(session: Session, clinic: Clinic) -> None:
    mistyped = factories.make_system(session, clinic, name="まちがい")
    asked = factories.make_system(session, clinic, name="カルテ")
    vendor, _ = factories.make_vendor(session, clinic)
    member = factories.make_member(session, clinic)
    factories.make_submission(session, clinic, vendor, [asked], created_by=member.id)
    systems.delete_system(session, system=mistyped)
    with pytest.raises(StillInUse):
        systems.delete_system(session, system=asked)
    assert names(session, clinic) == ["カルテ"]
    assert verbs(session, clinic)[-1] == "system.deleted"


def test_another_clinics_things_are_not_found(session: Session, clinic: Clinic, other_clinic: Clinic) -> None:
    system = factories.make_system(session, clinic)
    vendor, _ = factories.make_vendor(session, clinic)
    for system_id in (system.id, uuid4()):
        with pytest.raises(NotFound):
            systems.get_system(session, clinic_id=other_clinic.id, system_id=system_id)
    with pytest.raises(NotFound):
        systems.add_system(session, clinic_id=other_clinic.id, name="x", kind=SystemKind.OTHER, vendor_id=vendor.id)
    assert systems.list_systems(session, clinic_id=other_clinic.id) == []
    assert systems.count_systems(session, clinic_id=other_clinic.id) == (0, 0)
