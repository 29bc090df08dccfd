"""Two accounts: why they are linked, by which path if not directly, or why they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from linkage.errors import UnknownIdError
from linkage.explain.carrying import Carrying, carrying
from linkage.explain.model import ChannelBits, LinkModel, Reason, link_model
from linkage.explain.reading import account_row, inside, link_between, of_pairs
from linkage.explain.unlinked import Unlinked, unlinked
from linkage.explain.words import likely
from linkage.io import Run


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands."""

    account_id: str
    community_id: str | None
    campaign_id: str | None
    suspicion: float
    tier: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link, and what it rests on."""

    probability: float
    weight: float  # bits; the channels' counted bits add up to it
    prior_bits: float
    needed_bits: float  # the weight from which a pair is a link
    channels: list[ChannelBits]
    capped: dict[str, float]  # group that says more than it may -> its cap
    reasons: list[Reason]  # all that the run lists, the strongest first
    carried_by: Carrying | None  # None where the run lists no reasons for the link


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a path."""

    start: str
    end: str
    probability: float
    weight: float
    channels: list[ChannelBits]
    reasons: list[Reason]  # the strongest; empty where the run lists none


@dataclass(frozen=True, slots=True)
class Pair:
    """What the run knows of two accounts."""

    one: Standing
    other: Standing
    link: Link | None
    path: list[Step]  # where there is no link: through which accounts they hang together
    unlinked: Unlinked | None  # where there is no link: why
    notes: list[str]


#: Reasons told for a step of a path.
_TOLD = 3
#: The accounts of the strongest path inside the communities of two, both ends included; None: not known.
Through = Callable[[Standing, Standing], list[str] | None]


def explain_pair(run: Run, one: str, other: str, through: Through | None = None) -> Pair:
    """Why two accounts are linked, or why not.

    Args:
        run: the run.
        one: an account.
        other: another.
        through: finds the path between accounts of communities whose links the caller holds in memory.

    Raises:
        UnknownIdError: the run does not know an account, or it is the same one twice.
        RunFolderError: the run is damaged, or does not say how links were weighed.
    """
    if one == other:
        raise UnknownIdError("the same account is given twice; give two accounts, or one")
    model = link_model(run.manifest)
    a, b = (_standing(account_row(run, account)) for account in (one, other))
    found = link_between(run, one, other)
    if found is not None:
        reasons = _reasons(run, model, found)
        link = weighed(found, reasons, model)
        return Pair(a, b, link, [], None, [*_assessed(run, a, b), *_notes(link, model)])
    return Pair(a, b, None, _path(run, model, a, b, through), unlinked(run, model, one, other), [])


def weighed(row: Mapping[str, Any], reasons: list[Reason], model: LinkModel) -> Link:
    """A row of links with the reasons listed for it."""
    parts = model.by_channel(row)
    said: dict[str, float] = {}
    for name, bits in [(p.group, p.bits) for p in parts] if not reasons else [(r.group, r.bits) for r in reasons]:
        said[name] = said.get(name, 0.0) + bits
    capped = {group: model.cap(group) for group, bits in sorted(said.items()) if bits > model.cap(group) + 0.01}
    return Link(
        float(row["probability"]),
        float(row["weight"]),
        model.prior_bits,
        model.needed_bits,
        parts,
        capped,
        reasons,
        carrying(reasons, parts, model) if reasons else None,
    )


def _standing(row: Mapping[str, Any]) -> Standing:
    return Standing(**{name: row[name] for name in Standing.__slots__})


def _reasons(run: Run, model: LinkModel, link: Mapping[str, Any]) -> list[Reason]:
    """The reasons that the run lists for a link, the strongest first."""
    rows = run.rows("evidence", pl.col("account_a") == link["account_a"], pl.col("account_b") == link["account_b"])
    return _listed(rows, model)


def _listed(rows: pl.DataFrame, model: LinkModel) -> list[Reason]:
    """Rows of evidence of one link, the strongest first."""
    sorted_rows = rows.sort("weight", "kind", "value", descending=[True, False, False])
    return [model.reason(row) for row in sorted_rows.iter_rows(named=True)]


def _assessed(run: Run, one: Standing, other: Standing) -> list[str]:
    """What the assessment of their groups makes of the link of two."""
    if "assessed_links" in run.lacks:
        return []
    first, second = sorted((one.account_id, other.account_id))
    ends = pl.col("account_a") == first, pl.col("account_b") == second
    found = run.rows("assessed_links", *ends, columns=["probability", "bits"])
    if found.is_empty():
        return []
    probability, bits = found.row(0)
    if one.community_id is None or one.community_id != other.community_id:
        where = "the assessment put them into different groups"
    elif one.campaign_id is not None and one.campaign_id == other.campaign_id:
        where = f"both are members of {one.campaign_id}"
    else:
        told = run.rows("communities", pl.col("community_id") == one.community_id, columns=["explanation"])
        named = told["explanation"][0] if told.height else None
        what = "is no campaign" if named is None else f"is explained as {named.replace('_', ' ')}"
        where = f"{one.community_id}, where both stand, {what}"
    return [f"that is what the evidence says; {where} ({bits:+.2f} bits), which makes it {likely(probability)}"]


def _notes(link: Link, model: LinkModel) -> list[str]:
    if not link.reasons:
        return ["the run lists values only behind links inside campaigns, and this link is in none"]
    notes = []
    if model.reasons_per_link is not None and len(link.reasons) >= model.reasons_per_link:
        notes.append(f"the run lists the {model.reasons_per_link:,} strongest values of a link; there may be more")
    if link.carried_by and not link.carried_by.smallest:
        notes.append("the values listed do not carry the link by themselves: weaker ones, which are not listed, help")
    return notes


def _path(run: Run, model: LinkModel, one: Standing, other: Standing, through: Through | None) -> list[Step]:
    """The strongest path inside the communities of the two."""
    if one.community_id is None or other.community_id is None:
        return []
    path = None if through is None else through(one, other)
    ways = list(pairwise(_through(run, one, other) if path is None else path))
    # A run made by another hand may hold a pair in the other order.
    either = [*ways, *((end, start) for start, end in ways)]
    links = {frozenset((row["account_a"], row["account_b"])): row for row in of_pairs(run, "links", either).to_dicts()}
    reasons = _strongest_reasons(of_pairs(run, "evidence", either), model)
    steps = []
    for start, end in ways:
        pair = frozenset((start, end))
        link = links[pair]
        told = reasons.get(pair, [])
        steps.append(Step(start, end, link["probability"], link["weight"], model.by_channel(link), told))
    return steps


def _strongest_reasons(evidence: pl.DataFrame, model: LinkModel) -> dict[frozenset[str], list[Reason]]:
    """Pair -> some reasons, the strongest first."""
    ends = ["account_a", "account_b"]
    rows = evidence.sort(*ends, "weight", "kind", "value", descending=[False, False, True, False, False])
    found: dict[frozenset[str], list[Reason]] = {}
    for row in rows.group_by(ends, maintain_order=True).head(_TOLD).iter_rows(named=True):
        found.setdefault(frozenset((row["account_a"], row["account_b"])), []).append(model.reason(row))
    return found


def _through(run: Run, one: Standing, other: Standing) -> list[str]:
    """The accounts of the strongest path inside the communities of the two, both ends included."""
    groups = {one.community_id, other.community_id}
    near = run.rows("accounts", pl.col("community_id").is_in(groups), columns=["account_id", "community_id"])
    near = near.sort("account_id")
    links = inside(run, "links", near["account_id"], "account_a", "account_b", "probability")
    code = pl.Enum(near["account_id"])
    a, b = (links[end].cast(code).to_physical().to_numpy() for end in ("account_a", "account_b"))
    group = (near["community_id"] == one.community_id).to_numpy()
    if len(groups) == 2 and not (group[a] != group[b]).any():
        return []
    from linkage.explain.paths import net, strongest

    start, end = (int(near["account_id"].search_sorted(account.account_id)) for account in (one, other))
    found = strongest(net(a, b, links["probability"].to_numpy(), near.height), start, end)
    return near["account_id"].gather(found).to_list()
