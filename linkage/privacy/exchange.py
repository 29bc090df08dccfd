"""Telling another lab of a campaign, and looking for what it told: leads, never links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from linkage.columns import schema
from linkage.privacy import bundle as bundles
from linkage.privacy.bundle import Bundle, Tlp
from linkage.privacy.errors import PrivacyError
from linkage.privacy.indicators import LOCAL, identifier_settings, shareable, values_of
from linkage.privacy.keys import fingerprint
from linkage.privacy.vault import look_up, note

LEADS = schema(
    {
        "campaign_id": pl.String,
        "accounts": pl.Int64,
        "of": pl.Int64,
        "indicators": pl.Int64,
        "kinds": pl.String,
        "rarest_bits": pl.Float64,
        "users_at_most": pl.Int64,
        "reliability": pl.String,
        "source": pl.String,
        "their_campaign": pl.String,
        "tlp": pl.String,
        "expires": pl.Date,
    }
)


class Raw(NamedTuple):
    """Where the values behind a run's pseudonyms are."""

    run: str
    manifest: Mapping[str, object]
    vault: Path
    now: datetime


def share(
    tables: Mapping[str, pl.DataFrame], campaign: str, raw: Raw, key: bytes, source: str, tlp: Tlp, expires: date
) -> Bundle:
    """A campaign as another lab may be told of it.

    Args:
        tables: accounts, campaigns, members, evidence, hubs of the run.
        campaign: its id.
        raw: for the values.
        key: of `keys.exchange_key`.
        source: how the sender calls itself.
        tlp: who may be told further.
        expires: last day of use.

    Raises:
        PrivacyError: no such campaign, no values, or nothing of it may be told.
    """
    row = tables["campaigns"].filter(pl.col("campaign_id") == campaign)
    if row.is_empty():
        raise PrivacyError(f"{raw.run}: has no campaign {campaign}; `linkage campaigns` lists them")
    about = row.row(0, named=True)
    accounts = tables["accounts"].height
    members = tables["members"].filter(pl.col("campaign_id") == campaign)
    every = values_of(members, tables["evidence"], accounts, identifier_settings(raw.manifest))
    fit = shareable(every, tables["hubs"], accounts)
    if fit.is_empty():
        raise PrivacyError(
            f"{campaign}: none of its {every.height:,} values is rare, of the core and mostly its members'; "
            "there is nothing to share without putting others at risk"
        )
    values = unmasked(fit, raw)
    _noted(raw, "share", fit["value"])
    return Bundle(
        source=source,
        tlp=tlp,
        made=raw.now.date(),
        expires=expires,
        key_fingerprint=fingerprint(key),
        campaign_id=campaign,
        accounts=about["accounts"],
        first_seen=_day(about["first_seen"]),
        last_seen=_day(about["last_seen"]),
        indicators=bundles.told(values, key),
    )


def leads(
    tables: Mapping[str, pl.DataFrame], bundle: Bundle, raw: Raw, key: bytes, reliability: str
) -> tuple[pl.DataFrame, int]:
    """Campaigns of this run that use what another lab told of, most of it first; nothing in the run changes.

    Args:
        tables: accounts, members, evidence, hubs of the run.
        bundle: of `bundle.read`.
        raw: for the values.
        key: of `keys.exchange_key`.
        reliability: of the source, A to F (Admiralty code), as the reader judges it.

    Returns:
        LEADS, and how many indicators are hubs here, which say nothing.
    """
    accounts, settings = tables["accounts"].height, identifier_settings(raw.manifest)
    kinds = sorted({one.kind for one in bundle.indicators})
    asked = [
        tables[name].filter(pl.col("kind").is_in(kinds) & ~pl.col("kind").is_in(LOCAL)).select("kind", "value")
        for name in ("evidence", "hubs")
    ]
    values = unmasked(pl.concat(asked).unique().with_columns(given="value"), raw, strict=False)
    here = bundles.met(values, bundle.indicators, key).select("kind", value="given")
    _noted(raw, "match", here["value"])
    common = tables["hubs"].join(here, on=["kind", "value"], how="semi").height
    used = tables["evidence"].join(here, on=["kind", "value"], how="semi")
    rows = []
    for (campaign,), members in tables["members"].partition_by("campaign_id", as_dict=True).items():
        found = values_of(members, used, accounts, settings)
        if found.is_empty():
            continue
        rare = found.sort("bits", "kind", "value", descending=[True, False, False]).row(0, named=True)
        inside = used.join(members.select(account_a="account_id"), on="account_a", how="semi").join(
            members.select(account_b="account_id"), on="account_b", how="semi"
        )
        rows.append(
            {
                "campaign_id": campaign,
                "accounts": inside["account_a"].append(inside["account_b"]).n_unique(),
                "of": members.height,
                "indicators": found.height,
                "kinds": ", ".join(found["kind"].unique().sort()),
                "rarest_bits": round(rare["bits"], 2),
                "users_at_most": round(rare["users"]),
                "reliability": reliability,
                "source": bundle.source,
                "their_campaign": bundle.campaign_id,
                "tlp": bundle.tlp,
                "expires": bundle.expires,
            }
        )
    table = pl.DataFrame(rows, schema=LEADS, orient="row")
    return table.sort(["indicators", "rarest_bits", "campaign_id"], descending=[True, True, False]), common


def unmasked(table: pl.DataFrame, raw: Raw, strict: bool = True) -> pl.DataFrame:
    """A table with the values of the logs where `value` has pseudonyms.

    Args:
        table: kind, value.
        raw: for the values.
        strict: refuse if a value is not in the vault; else its row is left out.

    Raises:
        PrivacyError: there is no vault, or it lacks values.
    """
    about = raw.manifest.get("privacy")
    if not isinstance(about, dict) or not about.get("pseudonymised"):
        return table
    wanted = table["value"].unique().sort().to_list()
    known = look_up(raw.vault, wanted, str(about.get("key_fingerprint")))
    names = set(known["pseudonym"])
    if (strict and len(names) < len(wanted)) or (wanted and not names):
        raise PrivacyError(
            f"{raw.run}: {len(wanted) - len(names):,} of {len(wanted):,} values are not in {raw.vault}; give the vault "
            "that was written with the run (--vault), or build again with privacy.vault = true"
        )
    return (
        table.rename({"value": "pseudonym"})
        .join(known.select("pseudonym", "value").unique("pseudonym", keep="first", maintain_order=True), on="pseudonym")
        .drop("pseudonym")
        .sort("kind", "value")
    )


def _noted(raw: Raw, purpose: str, pseudonyms: pl.Series) -> None:
    """Log which pseudonyms' values are told, or are found to be what was told."""
    about = raw.manifest.get("privacy")
    if isinstance(about, dict) and about.get("pseudonymised"):
        names = pseudonyms.unique().sort().to_list()
        note(raw.vault, raw.now, purpose, raw.run, names, set(names))


def _day(time: datetime | None) -> date | None:
    return None if time is None else time.date()
