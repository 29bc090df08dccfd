"""The annexes laid out: accounts, indicators, STIX, custody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from linkage.report.document import Custody
from linkage.report.layout import Block, Bullets, Heading, Table, capped, chance, count, figure, likely, moment, table
from linkage.report.model import Account, Campaign, Indicator
from linkage.report.stix_ids import stands_for

#: Rows that are laid out; the JSON and CSV formats hold all.
ACCOUNTS: Final = 500
INDICATORS: Final = 200


def annexes(of: Campaign) -> Iterator[Block]:
    """Accounts by tier, indicators, and ids in STIX."""
    yield from _accounts(of.accounts)
    yield from _indicators(of.indicators)
    yield Heading(2, "Annex: STIX")
    yield Bullets([f"linkage report RUN --campaign {of.header.campaign_id} --format stix makes the bundle."])
    yield table(("what", "id"), stands_for(of))


def _accounts(accounts: Sequence[Account]) -> Iterator[Block]:
    yield Heading(2, "Annex: accounts by tier")
    head = ("account", "tier", "suspicion", "stability", "share", "exchanges", "first seen", "last seen")
    rows = [
        (
            each.account_id,
            each.tier or "-",
            likely(each.suspicion),
            chance(each.stability),
            chance(each.share),
            count(each.exchanges),
            moment(each.first_seen),
            moment(each.last_seen),
        )
        for each in accounts[:ACCOUNTS]
    ]
    yield table(head, rows, head[2:6], capped(len(accounts), ACCOUNTS, "accounts"))


def _indicators(indicators: Sequence[Indicator]) -> Iterator[Block]:
    yield Heading(2, "Annex: indicators")
    strongest = sorted(indicators, key=lambda each: (-each.bits, each.kind, each.value))[:INDICATORS]
    shared = [
        (
            each.kind,
            each.value,
            count(each.accounts),
            count(each.links),
            figure(each.bits, 2),
            moment(each.first_seen),
            moment(each.last_seen),
        )
        for each in strongest
    ]
    columns = ("kind", "value", "accounts", "links", "bits", "first seen", "last seen")
    yield Table(columns, shared, frozenset(columns[2:5]), capped(len(indicators), INDICATORS, "indicators"))


def custody(of: Custody) -> Iterator[Block]:
    """What the run was made from and with."""
    yield Heading(1, "Annex: custody")
    told = {True: "yes, with a keyed hash", False: "no", None: "-"}
    rows = [
        ("run", of.run_hash),
        ("settings", of.settings_hash or "-"),
        ("seed", "-" if of.seed is None else str(of.seed)),
        ("device", of.device or "-"),
        ("values are pseudonyms", told[of.pseudonymised]),
        ("fingerprint of their key", of.key_fingerprint or "-"),
    ]
    yield table(("what", "value"), rows)
    yield table(
        ("table", "file", "rows", "bytes", "SHA-256"),
        [(each.table, each.path, count(each.rows), count(each.bytes), each.sha256 or "-") for each in of.inputs],
        ("rows", "bytes"),
    )
    yield table(("made with", "version"), [(each.name, each.version) for each in of.versions])
    yield Bullets(
        [*of.notes, *(f"May differ in another run on the same input: {each}." for each in of.not_reproducible)]
    )
