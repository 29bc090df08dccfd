"""The accounts and links of campaigns as GraphML and GEXF, for Gephi, networkx and igraph.

Written by hand, line by line: linear in the links, no clock and no library's version in the file. An account is a node
once, also where it stands in several campaigns (`campaigns` lists them); a link is an edge once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from linkage.report.compose import Report
from linkage.report.model import Account
from linkage.report.plain import plain

#: Attribute -> type in GraphML; GEXF calls `long` and `double` the same.
_NODE: Final = {
    "label": "string",
    "campaigns": "string",
    "tier": "string",
    "suspicion": "double",
    "stability": "double",
    "share": "double",
    "exchanges": "long",
    "first_seen": "string",
    "last_seen": "string",
}
_ENDS: Final = ("account_a", "account_b")
_EDGE: Final = {"weight": "double", "probability": "double"}

Attributes = dict[str, str | int | float | None]


class Graph(NamedTuple):
    """Nodes by account id, and the edges between them."""

    nodes: dict[str, Attributes]
    edges: pl.DataFrame  # account_a, account_b, weight, probability
    title: str


def graph(of: Report) -> Graph:
    """All campaigns of a report as one graph."""
    nodes: dict[str, Attributes] = {}
    for campaign in of.document.campaigns:
        name = campaign.header.campaign_id or ""
        for account in campaign.accounts:
            if account.account_id in nodes:
                nodes[account.account_id]["campaigns"] = f"{nodes[account.account_id]['campaigns']}; {name}"
            else:
                nodes[account.account_id] = _node(account, name)
    empty = pl.DataFrame(schema={**dict.fromkeys(_ENDS, pl.String), **dict.fromkeys(_EDGE, pl.Float64)})
    parts = [part.select(empty.columns).cast(empty.schema) for part in of.links.values()]
    edges = pl.concat([empty, *parts]).unique(_ENDS, keep="first").sort(_ENDS)
    header = of.document.overview.header
    return Graph(nodes, edges, f"TLP:{header.tlp.upper()} run {header.run_hash}")


def graphml(of: Report) -> str:
    """GraphML 1.0; undirected, account ids as node ids, `weight` in bits."""
    return "\n".join(_graphml(graph(of))) + "\n"


def gexf(of: Report) -> str:
    """GEXF 1.2; undirected, account ids as node ids, `weight` in bits."""
    return "\n".join(_gexf(graph(of))) + "\n"


def _node(account: Account, campaign: str) -> Attributes:
    return {
        "label": account.account_id,
        "campaigns": campaign,
        "tier": account.tier,
        "suspicion": account.suspicion,
        "stability": account.stability,
        "share": account.share,
        "exchanges": account.exchanges,
        "first_seen": _moment(account.first_seen),
        "last_seen": _moment(account.last_seen),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _edges(of: Graph) -> Iterator[tuple[str, str, Attributes]]:
    """The two ends, as the model spells them, and the edge's attributes."""
    ends = [[str(plain(each)) for each in of.edges[side]] for side in _ENDS]
    values = zip(*ends, of.edges["weight"], of.edges["probability"], strict=True)
    for a, b, weight, probability in values:
        yield a, b, {"weight": weight, "probability": probability}


def _graphml(of: Graph) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for place, kinds in (("node", _NODE), ("edge", _EDGE)):
        for name, kind in kinds.items():
            yield f'<key id="{place}_{name}" for="{place}" attr.name="{name}" attr.type="{kind}"/>'
    yield '<key id="graph_title" for="graph" attr.name="title" attr.type="string"/>'
    yield '<graph id="campaigns" edgedefault="undirected">'
    yield f'<data key="graph_title">{escape(of.title)}</data>'
    for each, attributes in of.nodes.items():
        yield f"<node id={quoteattr(each)}>{_data('node', attributes)}</node>"
    for a, b, attributes in _edges(of):
        yield f"<edge source={quoteattr(a)} target={quoteattr(b)}>{_data('edge', attributes)}</edge>"
    yield "</graph></graphml>"


def _data(place: str, attributes: Attributes) -> str:
    told = ((name, value) for name, value in attributes.items() if value is not None)
    return "".join(f'<data key="{place}_{name}">{escape(str(value))}</data>' for name, value in told)


def _gexf(of: Graph) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">'
    yield f"<meta><creator>linkage</creator><description>{escape(of.title)}</description></meta>"
    yield '<graph defaultedgetype="undirected" mode="static">'
    for place, kinds in (("node", _NODE), ("edge", _EDGE)):
        yield f'<attributes class="{place}" mode="static">'
        own = [(name, kind) for name, kind in kinds.items() if name not in ("label", "weight")]
        yield from (f'<attribute id="{name}" title="{name}" type="{kind}"/>' for name, kind in own)
        yield "</attributes>"
    yield "<nodes>"
    for each, attributes in of.nodes.items():
        yield f"<node id={quoteattr(each)} label={quoteattr(each)}>{_values(attributes)}</node>"
    yield "</nodes><edges>"
    for number, (a, b, attributes) in enumerate(_edges(of)):
        weight = "" if attributes["weight"] is None else f' weight="{attributes["weight"]}"'
        yield f'<edge id="{number}" source={quoteattr(a)} target={quoteattr(b)}{weight}>{_values(attributes)}</edge>'
    yield "</edges></graph></gexf>"


def _values(attributes: Attributes) -> str:
    own = "".join(
        f'<attvalue for="{name}" value={quoteattr(str(value))}/>'
        for name, value in attributes.items()
        if value is not None and name not in ("label", "weight")
    )
    return f"<attvalues>{own}</attvalues>" if own else ""
