"""The campaigns of a run as objects: for notebooks, networkx and torch-geometric."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from html import escape
from numbers import Integral
from typing import TYPE_CHECKING, Any

import polars as pl

from linkage.errors import MissingExtraError, UnknownIdError
from linkage.progress import printable
from linkage.tables import OUTPUT

if TYPE_CHECKING:
    from linkage.io.run import Run

#: Features of an account in `to_pyg`, in this order; exchanges as log2(1 + n), absent figures as 0.
FEATURES = ("suspicion", "stability", "share", "exchanges")
#: What is never said to be certain, however it was rounded.
_ESTIMATES = frozenset({"suspicion", "stability", "operator_confidence"})
_SIDES = {"for": "What speaks for it", "against": "What speaks against it"}
#: Members and reasons shown, and characters of a string of the logs.
_SHOWN, _REASONS, _LONG = 10, 30, 200
#: What is shown of a campaign.
_FACTS = (
    "accounts",
    "exchanges",
    "first_seen",
    "last_seen",
    "suspicion",
    "stability",
    "operator",
    "operator_confidence",
    "capability",
    "innocents_expected",
)


class Campaign:
    """A campaign of a run: its row of campaigns, its members, links and evidence as frames, and as a graph.

    Two accounts of several campaigns have their links in each.
    """

    def __init__(self, run: Run, campaign_id: str) -> None:
        found = run.table("campaigns").filter(pl.col("campaign_id") == campaign_id)
        if found.is_empty():
            raise UnknownIdError(f"campaign {printable(campaign_id[:_LONG])}: is not in the run")
        self.id = campaign_id
        self.row: dict[str, Any] = found.row(0, named=True)
        self._run = run

    @property
    def accounts(self) -> pl.DataFrame:
        """Its members, sorted: `members` without the campaign, and what `accounts` says of them."""
        members = self._run.rows("members", pl.col("campaign_id") == self.id).drop("campaign_id")
        whose = pl.col("account_id").is_in(members["account_id"].implode())
        further = self._run.rows("accounts", whose)
        kept = ["account_id", *(name for name in further.columns if name not in members.columns)]
        return members.join(further.select(kept), on="account_id", how="left").sort("account_id")

    @property
    def links(self) -> pl.DataFrame:
        """The links between its members, sorted."""
        # A channel that adds nothing, -0.0, does not read as less than nothing; to Polars -0.0 + 0.0 is -0.0.
        bits = pl.col(pl.Float32)
        plain = pl.when(bits == 0).then(pl.lit(0.0, pl.Float32)).otherwise(bits).name.keep()
        return self._inside("links").sort("account_a", "account_b").with_columns(plain)

    @property
    def evidence(self) -> pl.DataFrame:
        """The shared values behind these, sorted."""
        return self._inside("evidence").sort("account_a", "account_b", "kind", "value")

    def to_networkx(self) -> Any:
        """A networkx Graph: a node an account, an edge a link, with what the tables say of them as attributes.

        Raises:
            MissingExtraError: networkx is not installed.
        """
        try:
            import networkx
        except ImportError as error:
            raise MissingExtraError(
                "Campaign.to_networkx needs networkx: pip install 'account-linkage[notebook]'"
            ) from error
        graph = networkx.Graph(campaign_id=self.id)
        for row in self.accounts.iter_rows(named=True):
            graph.add_node(row.pop("account_id"), **{key: value for key, value in row.items() if value is not None})
        for row in self.links.iter_rows(named=True):
            graph.add_edge(row.pop("account_a"), row.pop("account_b"), **row)
        return graph

    def to_pyg(self) -> Any:
        """A torch-geometric Data, each link in both directions.

        `x` float32[n, 4] (`FEATURES`), `edge_index` int64[2, 2m], `edge_weight` float32[2m] (probability), `edge_attr`
        float32[2m, 1 + c] (bits, and bits of each channel: `edge_features`), `account_id` n strings in the order of
        the rows.

        Raises:
            MissingExtraError: torch or torch-geometric is not installed.
        """
        try:
            import torch
            from torch_geometric.data import Data
        except ImportError as error:
            raise MissingExtraError(
                "Campaign.to_pyg needs torch-geometric: pip install 'account-linkage[gnn]'"
            ) from error
        accounts, links = self.accounts, self.links
        told = accounts.select(
            *(pl.col(name).fill_null(0.0).cast(pl.Float32) for name in FEATURES[:3]),
            (1.0 + pl.col("exchanges").fill_null(0)).log(2).cast(pl.Float32),
        )
        code = pl.Enum(accounts["account_id"])
        ends = [links[side].cast(code).to_physical().cast(pl.Int64).to_numpy() for side in ("account_a", "account_b")]
        there = torch.stack([torch.tensor(end) for end in ends])
        bits = ["weight", *(name for name in links.columns if name not in OUTPUT["links"])]
        said = torch.tensor(links.select(bits).to_numpy())
        sure = torch.tensor(links["probability"].to_numpy())
        return Data(
            x=torch.tensor(told.to_numpy()),
            edge_index=torch.cat([there, there.flip(0)], dim=1),
            edge_weight=torch.cat([sure, sure]),
            edge_attr=torch.cat([said, said]),
            edge_features=bits,
            account_id=accounts["account_id"].to_list(),
            campaign_id=self.id,
        )

    def _inside(self, table: str) -> pl.DataFrame:
        ids = self._run.rows("members", pl.col("campaign_id") == self.id)["account_id"].implode()
        return self._run.rows(table, pl.col("account_a").is_in(ids), pl.col("account_b").is_in(ids))

    def __repr__(self) -> str:
        return f"<Campaign {printable(self.id[:_LONG])}: {self.row['accounts']:,} accounts>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the figures, the reasons, members of the most exchanges."""
        row = self.row
        facts = "".join(f"<tr><th>{name.replace('_', ' ')}</th>{_cell(name, row[name])}</tr>" for name in _FACTS)
        columns = ["account_id", "tier", "suspicion", "share", "exchanges"]
        members = self.accounts.sort("exchanges", "account_id", descending=[True, False]).select(columns)
        more = f"<p>and {members.height - _SHOWN:,} more, in <b>.accounts</b></p>" if members.height > _SHOWN else ""
        reasons = "".join(f"<p><b>{said}</b></p>{_bullets(row[f'reasons_{side}'])}" for side, said in _SIDES.items())
        return (
            f"<h4>Campaign {_inert(self.id)}</h4><table>{facts}</table>{reasons}"
            f"<p><b>Links by channel</b></p>{_rows(self._channels())}"
            f"<p><b>Members with most exchanges</b></p>{_rows(members.head(_SHOWN))}{more}"
        )

    def _channels(self) -> pl.DataFrame:
        """channel, links, median_bits: which channels tie how many of its members' links, most first."""
        links = self.links
        rows = []
        for name in (name for name in links.columns if name not in OUTPUT["links"]):
            bits = links[name].filter(links[name] > 0)
            if bits.len():
                rows.append((name, bits.len(), bits.median()))
        found = pl.DataFrame(rows, {"channel": pl.String, "links": pl.Int64, "median_bits": pl.Float64}, orient="row")
        return found.sort("links", "channel", descending=[True, False])


class Campaigns(pl.DataFrame):
    """The campaigns table, each row of which is a `Campaign` too.

    A frame like any other, but for this: looping over it and numbers in brackets give campaigns, and so does a
    campaign's id in brackets. What its methods return are plain frames.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run.table("campaigns"))
        self._run = run

    @classmethod
    def _from_pydf(cls, py_df: Any) -> Any:
        """What Polars makes of a frame of its own class: here a plain one, since other rows are no campaigns."""
        return pl.DataFrame._from_pydf(py_df)

    def __iter__(self) -> Iterator[Campaign]:  # type: ignore[override]
        return (Campaign(self._run, name) for name in self["campaign_id"].to_list())

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Integral):  # NumPy's too
            return Campaign(self._run, super().__getitem__("campaign_id")[int(key)])
        if isinstance(key, str) and key not in self.columns:
            return Campaign(self._run, key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        """Whether brackets take the string: a column's name or a campaign's id."""
        return key in self.columns or key in self["campaign_id"].to_list()

    def _repr_html_(self, **_: Any) -> str:
        """What a notebook shows."""
        columns = ["campaign_id", "accounts", "exchanges", "suspicion", "stability", "operator", "innocents_expected"]
        more = f"<p>and {self.height - _SHOWN:,} more</p>" if self.height > _SHOWN else ""
        return f"<p>{self.height:,} campaigns</p>{_rows(self.select(columns).head(_SHOWN))}{more}"


def _bullets(text: str | None) -> str:
    """A JSON list of sentences; text that is none is one sentence."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        found = [text]
    listed = found if isinstance(found, list) else [found]
    told = "".join(f"<li>{_inert(each)}</li>" for each in listed[:_REASONS])
    return f"<ul>{told}</ul>" if told else "<p>Nothing that the run says.</p>"


def _rows(frame: pl.DataFrame) -> str:
    head = "".join(f"<th>{_inert(name.replace('_', ' '))}</th>" for name in frame.columns)
    body = (
        f"<tr>{''.join(_cell(name, value) for name, value in row.items())}</tr>" for row in frame.iter_rows(named=True)
    )
    return f"<table><tr>{head}</tr>{''.join(body)}</table>"


def _cell(name: str, value: object) -> str:
    if isinstance(value, float):
        if name in _ESTIMATES and (value >= 0.995 or value < 0.005):
            return f"<td>{'&gt;0.99' if value > 0.5 else '&lt;0.01'}</td>"
        return "<td>&lt;0.01</td>" if name == "innocents_expected" and 0 < value < 0.005 else f"<td>{value:,.2f}</td>"
    if isinstance(value, datetime):
        return f"<td>{value:%Y-%m-%d %H:%M}</td>"
    return f"<td>{value:,}</td>" if isinstance(value, int) else f"<td>{_inert(value)}</td>"


def _inert(value: object, most: int = _LONG) -> str:
    """A string of the logs that can do nothing but be read."""
    if value is None:
        return "-"
    text = str(value)
    shown = escape(printable(text[:most]))
    return shown if len(text) <= most else f"{shown}… ({len(text):,} characters)"
