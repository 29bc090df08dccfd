"""The stage: campaigns, what their accounts use, dossiers -> who runs them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from linkage.attribution import indicators
from linkage.attribution.changing import Grounds
from linkage.attribution.naming import UNKNOWN as UNKNOWN
from linkage.attribution.naming import named, spread
from linkage.attribution.posterior import Posterior, posterior
from linkage.attribution.rungs import listed, relays
from linkage.attribution.shared import Sharing, sharing
from linkage.attribution.usage import common, inside, own, system_uses, usage, without
from linkage.settings import AttributionSettings
from linkage.tables import OUTPUT, empty

_USED = ("account", "kind", "value", "first_seen", "last_seen")


class Attribution(NamedTuple):
    """Who runs the campaigns."""

    table: pl.DataFrame  # OUTPUT["attributions"]
    operators: pl.DataFrame  # campaign_id, operator, operator_confidence: those with a name
    candidates: pl.DataFrame  # campaign_id, role, name, bits, groups, carriers, posterior: named or not, best first
    notes: tuple[str, ...]


def attribute(
    members: pl.DataFrame,
    uses: pl.DataFrame,
    touched: pl.DataFrame | None,
    addresses: pl.DataFrame | None,
    dossiers: pl.DataFrame | None,
    ignored: pl.DataFrame,
    settings: AttributionSettings,
) -> Attribution:
    """Name who runs the campaigns, who carries them and who benefits, or abstain.

    Country, language and names have no say: operators compete by what their dossiers list.

    Args:
        members: campaign_id, account: an account may stand in several campaigns.
        uses: USES, hubs and unshared values included.
        touched: account, ip, device, count, first_seen, last_seen; null without exchanges.
        addresses: ADDRESSES.
        dossiers: INPUT["dossiers"].
        ignored: kind, value: placeholders, which say nothing about anyone.
        settings: threshold, prior and kinds.
    """
    ids = members["campaign_id"].unique().sort().to_list()
    if not settings.enabled or not ids:
        return _nothing()
    of = pl.DataFrame({"campaign_id": ids, "campaign": range(len(ids))}, schema_overrides={"campaign": pl.Int64})
    coded = members.join(of, on="campaign_id").select("account", "campaign").unique().sort("campaign", "account")
    sizes = np.bincount(coded["campaign"].to_numpy(), minlength=len(ids)).astype(np.float64)
    whose = coded["account"].unique()
    used = pl.concat([uses.select(_USED), system_uses(touched, addresses, whose).select(_USED)])
    used = without(used, ignored)
    theirs = inside(used, coded)

    labels = common(theirs)
    both = usage(labels, theirs, used, settings)
    shares = sharing(both, _carriers(theirs, labels), sizes, settings)
    read = indicators.read(dossiers)
    found = _weighed(read, theirs, used, sizes, shares, settings)
    verdicts = {role: named(found.names, role, len(ids), settings) for role in indicators.ROLES}
    spread(verdicts["operator"], shares.corroborated(), ids, settings)
    relays(verdicts["relay"], coded, settings.relay_share)
    table = listed(verdicts, _grounds(ids, read, found, shares, theirs, used, settings), labels, both)
    operators = table.filter((pl.col("rung") == "operator") & ~pl.col("abstained"))
    return Attribution(
        table,
        operators.select("campaign_id", operator="name", operator_confidence="confidence"),
        found.names.join(of, on="campaign", maintain_order="left").drop("campaign"),
        read.notes,
    )


def _weighed(
    read: indicators.Indicators,
    theirs: pl.DataFrame,
    used: pl.DataFrame,
    sizes: np.ndarray[tuple[int], np.dtype[np.float64]],
    shares: Sharing,
    settings: AttributionSettings,
) -> Posterior:
    """The dossiers against the campaigns."""
    aliases = read.aliases.rename({"indicator": "label"})
    seen = usage(aliases, theirs, used, settings)
    return posterior(read.rows, seen, _carriers(theirs, aliases), sizes, shares, settings)


def _grounds(
    ids: list[str],
    read: indicators.Indicators,
    found: Posterior,
    shares: Sharing,
    theirs: pl.DataFrame,
    used: pl.DataFrame,
    settings: AttributionSettings,
) -> Grounds:
    """What the verdicts are held against."""
    known = dict(read.rows.group_by("role").agg(pl.col("name").n_unique()).rows())
    return Grounds(ids, found, shares, own(theirs, used), known, settings)


def _carriers(theirs: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """label, campaign, account: the members that use a label."""
    return theirs.join(labels, on=["kind", "value"]).select("label", "campaign", "account").unique()


def _nothing() -> Attribution:
    """Nobody named, since there is nothing to name or nobody asked."""
    return Attribution(
        empty(OUTPUT["attributions"]),
        pl.DataFrame(schema={"campaign_id": pl.String, "operator": pl.String, "operator_confidence": pl.Float32}),
        pl.DataFrame(schema={"campaign_id": pl.String, "role": pl.String, "name": pl.String, "posterior": pl.Float64}),
        (),
    )
