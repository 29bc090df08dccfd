"""The annexes laid out: accounts, indicators, custody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from linkage.report.document import Custody
from linkage.report.layout import Block, Bullets, Heading, Table, capped, chance, count, figure, likely, moment, table
from linkage.report.model import Account, Indicator

#: Rows that are laid out; the JSON and CSV formats hold all.
ACCOUNTS: Final = 500
INDICATORS: Final = 200


def annexes(accounts: Sequence[Account], indicators: Sequence[Indicator]) -> Iterator[Block]:
    """Accounts by tier, and indicators."""
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
