"""The link model of a finished run, read back from its manifest: what a set of evidence weighs, and what is enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from linkage.errors import RunFolderError
from linkage.tables import OUTPUT

#: Bits by which sums of Float32 may differ, and a link still counts as standing.
ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Reason:
    """One shared value behind a link: its bits before the cap of its group, and when both had used it."""

    kind: str
    value: str
    channel: str
    group: str
    bits: float
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelBits:
    """What a channel says for a link: all of it, and what counts after the cap of its group."""

    channel: str
    group: str
    bits: float
    counted: float


@dataclass(frozen=True, slots=True)
class LinkModel:
    """Prior, caps and threshold of a run's links, in bits."""

    prior_bits: float  # against two random accounts
    min_probability: float  # of a link
    caps: Mapping[str, float]  # independence group -> most bits it can add
    groups: Mapping[str, str]  # channel -> group
    channels: Mapping[str, str]  # kind -> channel
    reasons_per_link: int | None  # listed in evidence at most

    @property
    def needed_bits(self) -> float:
        """The weight from which a pair is a link."""
        return self.prior_bits + math.log2(self.min_probability / (1.0 - self.min_probability))

    def group(self, channel: str) -> str:
        """The independence group of a channel; one that the manifest does not know is a group of its own."""
        return self.groups.get(channel, channel)

    def cap(self, group: str) -> float:
        """Most bits a group can add."""
        return self.caps.get(group, math.inf)

    def reason(self, row: Mapping[str, Any]) -> Reason:
        """A row of evidence."""
        channel = self.channels.get(row["kind"], row["kind"])
        seen = (row["first_seen"], row["last_seen"])
        return Reason(row["kind"], row["value"], channel, self.group(channel), float(row["weight"]), *seen)

    def weight(self, by_group: Mapping[str, float]) -> float:
        """Bits of all groups after their caps."""
        return sum(min(bits, self.cap(group)) for group, bits in by_group.items())

    def by_channel(self, link: Mapping[str, Any]) -> list[ChannelBits]:
        """The channels that speak for a link, most counted bits first; the counted bits add up to the link's weight.

        The part of a capped group is dealt to its channels as their bits are.
        """
        bits = {name: float(link[name] or 0.0) for name in channel_columns(link)}
        sums: dict[str, float] = {}
        for name, value in bits.items():
            sums[self.group(name)] = sums.get(self.group(name), 0.0) + value
        found = [
            ChannelBits(name, group := self.group(name), value, value * min(1.0, self.cap(group) / sums[group]))
            for name, value in bits.items()
            if value > 0
        ]
        return sorted(found, key=lambda each: (-each.counted, each.channel))


def link_model(manifest: Mapping[str, Any]) -> LinkModel:
    """The link model that a run was built with.

    Raises:
        RunFolderError: the manifest does not say.
    """
    try:
        model, graph, channels = manifest["link_model"], manifest["settings"]["graph"], manifest["channels"]
        return LinkModel(
            float(model["prior_bits"]),
            float(graph["min_probability"]),
            {group: float(cap) for group, cap in model["group_cap_bits"].items()},
            {name: entry["group"] for name, entry in channels.items()},
            {kind: name for name, entry in channels.items() for kind in entry["kinds"]},
            graph.get("reasons_per_link"),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RunFolderError(
            f"manifest.json: does not say how links were weighed ({error!r}); build the run again with this version"
        ) from error


def channel_columns(columns: Iterable[str]) -> list[str]:
    """Of the columns of links, those that hold the bits of a channel."""
    return [name for name in columns if name not in OUTPUT["links"]]


def chance(bits: float) -> float:
    """Log2 odds -> probability."""
    return 1.0 / (1.0 + 2.0**-bits) if bits > -1000 else 0.0


def by_group(model: LinkModel, columns: Iterable[str]) -> dict[str, pl.Expr]:
    """Independence group -> the bits of its channels in a row of links."""
    names = channel_columns(columns)
    groups = sorted({model.group(name) for name in names})
    return {group: pl.sum_horizontal([name for name in names if model.group(name) == group]) for group in groups}
