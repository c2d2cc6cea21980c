"""Sample data: names of institutions, companies and products that do not exist, and how each request went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models import ClinicKind, DocumentKind, Provision, SystemKind, UpdateDuty


@dataclass(frozen=True, slots=True)
class SampleSystem:
    """A line of the ledger."""

    name: str
    kind: SystemKind
    provision: Provision = Provision.ON_SITE
    servers: int = 0
    pcs: int = 1
    devices: int = 0
    remote: bool | None = None
    method: str = ""
    duty: UpdateDuty = UpdateDuty.UNKNOWN
    clause: str = ""
    version: str = ""
    place: str = "受付"


@dataclass(frozen=True, slots=True)
class SampleVendor:
    """A company, its systems, and what became of this year's request.

    `story` is the stage to reach. `no` names items answered いいえ, `conditional` those answered yes under a condition.
    """

    name: str
    kana: str
    email: str
    phone: str
    systems: tuple[SampleSystem, ...]
    story: str
    no: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()
    documents: tuple[tuple[DocumentKind, str], ...] = ()
    days_left: int = 53
    last_year: bool = False
    last_year_no: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleClinic:
    """An institution with its people and vendors."""

    name: str
    kind: ClinicKind
    phone: str
    contact: str
    address: str
    owner: tuple[str, str]
    vendors: tuple[SampleVendor, ...]
    others: tuple[tuple[str, str, str], ...] = field(default=())


CHART: Final = SampleSystem(
    "KarteNova クラウド", SystemKind.ELECTRONIC_CHART, Provision.CLOUD, 0, 4, 1, True,
    "専用の接続ソフト。作業のたびに当院が許可する", UpdateDuty.VENDOR, "利用規約 第12条", "5.2", "診察室",
)  # fmt: skip
RECEIPT: Final = SampleSystem(
    "レセプトみどり", SystemKind.RECEIPT_COMPUTER, Provision.ON_SITE, 1, 2, 0, True,
    "VPN 経由の遠隔操作", UpdateDuty.VENDOR, "保守契約書 第5条", "2026.4", "受付",
)  # fmt: skip
IMAGING: Final = SampleSystem(
    "PixView サーバ", SystemKind.IMAGING, Provision.ON_SITE, 1, 1, 1, True,
    "VPN 経由の遠隔操作", UpdateDuty.SHARED, "", "3.1", "レントゲン室",
)  # fmt: skip

CLINICS: Final = (
    SampleClinic(
        "やまもと内科クリニック", ClinicKind.CLINIC, "03-0000-0000", "事務 佐藤", "東京都架空区見本町1-2-3",
        ("山本 明", "owner@demo.example"),
        (
            SampleVendor(
                "みどりメディカルシステム株式会社", "ミドリメディカルシステム", "support@midori-medical.example",
                "03-0000-1111", (CHART, RECEIPT), "accepted", no=("2-10",),
                documents=((DocumentKind.SDS, "KarteNova_SDS_5.0.pdf"), (DocumentKind.MDS, "レセプトみどり_MDS.pdf")),
                last_year=True, last_year_no=("2-9", "2-10"),
            ),
            SampleVendor(
                "ピクスビュー画像株式会社", "ピクスビューガゾウ", "service@pixview.example", "045-000-2222", (IMAGING,),
                "submitted", no=("2-6", "2-11"), conditional=("2-4",),
                documents=((DocumentKind.MDS, "PixView_MDS_2026.pdf"),), last_year=True, last_year_no=("2-11",),
            ),
            SampleVendor(
                "あさひ検査センター", "アサヒケンサセンター", "it@asahi-lab.example", "03-0000-3333",
                (SampleSystem("検査結果リンク", SystemKind.LABORATORY, Provision.CLOUD, 0, 1, 0, False,
                              place="処置室"),),
                "in_progress",
            ),
            SampleVendor(
                "ツナグネットワークス株式会社", "ツナグネットワークス", "noc@tsunagu-net.example", "03-0000-4444",
                (SampleSystem("院内ネットワーク", SystemKind.NETWORK, Provision.ON_SITE, 0, 0, 4, True, "保守用回線",
                              UpdateDuty.VENDOR, "保守契約書 別紙2", "", "サーバ室"),),
                "returned", no=("2-9",), documents=((DocumentKind.CERTIFICATE, "ISMS登録証.pdf"),),
            ),
            SampleVendor(
                "よやくドットクラウド株式会社", "ヨヤクドットクラウド", "help@yoyaku.example", "050-0000-5555",
                (SampleSystem("よやくん", SystemKind.RESERVATION, Provision.CLOUD, 0, 1, 0, None),),
                "invited", days_left=-4,
            ),
            SampleVendor(
                "資格確認サポート合同会社", "シカクカクニンサポート", "desk@shikaku.example", "03-0000-6666",
                (SampleSystem("資格確認端末", SystemKind.ELIGIBILITY, Provision.ON_SITE, 0, 1, 1, True, "遠隔操作"),),
                "declined",
            ),
            SampleVendor(
                "まもるバックアップ株式会社", "マモルバックアップ", "care@mamoru.example", "03-0000-7777",
                (SampleSystem("外付けバックアップ装置", SystemKind.BACKUP, Provision.ON_SITE, 0, 0, 1, False),),
                "draft",
            ),
        ),
        (("佐藤 由美", "editor@demo.example", "editor"), ("院長室", "viewer@demo.example", "viewer")),
    ),
    SampleClinic(
        "あおば歯科医院", ClinicKind.DENTAL_CLINIC, "022-000-0000", "受付 高橋", "宮城県架空市青葉4-5",
        ("青葉 涼子", "dental@demo.example"),
        (
            SampleVendor(
                "デンタルクラウド株式会社", "デンタルクラウド", "info@dental-cloud.example", "022-000-1111",
                (SampleSystem("デンタルカルテ", SystemKind.ELECTRONIC_CHART, Provision.CLOUD, 0, 3, 0, True,
                              "専用の接続ソフト", UpdateDuty.VENDOR, "利用規約 第8条"),),
                "submitted", documents=((DocumentKind.SDS, "デンタルカルテ_SDS.pdf"),),
            ),
            SampleVendor(
                "エックスレイ工業株式会社", "エックスレイコウギョウ", "cs@xray.example", "022-000-2222",
                (SampleSystem("DX-3000", SystemKind.IMAGING, Provision.ON_SITE, 1, 1, 0, None),),
                "opened", days_left=-1,
            ),
        ),
    ),
    SampleClinic(
        "みなと調剤薬局", ClinicKind.PHARMACY, "078-000-0000", "薬局長 岡田", "兵庫県架空市港町6-7",
        ("岡田 実", "pharmacy@demo.example"),
        (
            SampleVendor(
                "ファーマリンク株式会社", "ファーマリンク", "support@pharmalink.example", "06-0000-1111",
                (SampleSystem("調剤レセコン ファーマ", SystemKind.DISPENSING, Provision.ON_SITE, 1, 3, 1, True,
                              "VPN 経由の遠隔操作", UpdateDuty.VENDOR, "保守契約書 第4条"),),
                "accepted", no=("2-8",), documents=((DocumentKind.MDS, "ファーマ_MDS.pdf"),),
            ),
            SampleVendor(
                "おくすり手帳サービス株式会社", "オクスリテチョウサービス", "api@techo.example", "06-0000-2222",
                (SampleSystem("電子お薬手帳連携", SystemKind.PRESCRIPTION, Provision.CLOUD, 0, 1, 0, False),),
                "withdrawn",
            ),
            SampleVendor(
                "港湾情報ネット株式会社", "コウワンジョウホウネット", "net@kowan.example", "078-000-3333",
                (SampleSystem("店舗ネットワーク", SystemKind.NETWORK, Provision.ON_SITE, 0, 0, 2, True, "保守用回線"),),
                "in_progress", days_left=9,
            ),
        ),
    ),
)  # fmt: skip

# The clinic's own form: items it answers はい, and items it has a plan for.
OWN_YES: Final[Mapping[str, str]] = {
    "1-1": "山本院長を責任者に定めています（任命書あり）。",
    "3-1": "受付の青いファイルに入れてあります。",
}
OWN_PLANS: Final[Mapping[str, str]] = {
    "3-3": "県のひな形をもとに作っているところです。",
    "4-1": "運用管理規程を今の対策に合わせて改訂しています。",
}
