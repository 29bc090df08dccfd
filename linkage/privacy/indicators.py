"""Which values of a campaign may be told to another lab, and how rare they are here."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from linkage.settings import IdentifierSettings

#: Kinds that mean nothing outside this run: templates by number, pairs in words.
LOCAL = ("prompt", "crowd", "alike", "activity", "failover", "succession", "decision")
#: Members that must use a value, and the least share of all who use it that members must be.
_MEMBERS, _MOSTLY = 2, 0.5


def values_of(
    members: pl.DataFrame, evidence: pl.DataFrame, accounts: int, settings: IdentifierSettings
) -> pl.DataFrame:
    """The values behind a campaign's links, with how common they can be at most.

    A run does not hold who else uses a value. Its weight is rarity less what time took from it, so that the weight
    bounds the accounts that use it from above: nobody is overlooked.

    Args:
        members: account_id, tier: of one campaign.
        evidence: OUTPUT["evidence"].
        accounts: of the run.
        settings: of the run's build, for the scale of each kind.

    Returns:
        kind, value, bits, members, core, users (at most), first_seen, last_seen; sorted by kind and value.
    """
    inside = evidence.filter(~pl.col("kind").is_in(LOCAL))
    for side in ("account_a", "account_b"):
        inside = inside.join(members.select(pl.col("account_id").alias(side)), on=side, how="semi")
    core = members.filter(pl.col("tier") == "core")["account_id"]
    who = pl.col("account_a").append(pl.col("account_b")).unique()
    found = (
        inside.group_by("kind", "value")
        .agg(
            bits=pl.col("weight").max().cast(pl.Float64),
            members=who.len(),
            core=who.filter(who.is_in(core.implode())).len(),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
        )
        .sort("kind", "value")
    )
    scales = {kind: settings.kind(kind).scale for kind in found["kind"].unique()}
    users = [_users(bits, scales[kind], accounts) for kind, bits in found.select("kind", "bits").iter_rows()]
    return found.with_columns(users=pl.Series(users, dtype=pl.Float64))


def _users(bits: float, scale: float, accounts: int) -> float:
    """Accounts that use a value at most; all, where its kind weighs nothing."""
    return accounts / 2.0 ** (bits / scale) if scale > 0 else float(accounts)


def shareable(values: pl.DataFrame, hubs: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """Those of `values_of` that may be told: of the core, weighty, and hardly anybody else's.

    Weighty is half of what a value of two accounts alone would weigh. Hubs are never told.
    """
    weighty = 0.5 * math.log2(max(accounts, 2) / 2)
    return values.filter(
        (pl.col("core") >= _MEMBERS)
        & (pl.col("bits") >= weighty)
        & (pl.col("members") >= _MOSTLY * pl.col("users").round(3))
    ).join(hubs.select("kind", "value"), on=["kind", "value"], how="anti", maintain_order="left")


def identifier_settings(manifest: Mapping[str, object]) -> IdentifierSettings:
    """How the run weighed kinds, as its manifest says; the defaults where it does not."""
    settings = manifest.get("settings")
    given = settings.get("identifiers") if isinstance(settings, dict) else None
    return IdentifierSettings.model_validate(given) if isinstance(given, dict) else IdentifierSettings()
