"""Addresses: their canonical text, their prefix, and the network that the longest matching prefix gives.

Every address is a 128-bit number, two UInt64 columns `hi` and `lo`; IPv4 sits at ::ffff:0:0/96 with `v4` true.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

import numpy as np
import polars as pl

from linkage import tables

_OCTET: Final = "(0|[1-9][0-9]{0,2})"
_IPV4: Final = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"
_MAPPED: Final = 0xFFFF << 32
_BITS: Final = {"hi": pl.UInt64, "lo": pl.UInt64, "v4": pl.Boolean}


def parse(texts: pl.Series) -> pl.DataFrame:
    """Distinct texts -> ip (as given), hi, lo, v4 (null where not an address), in the given order.

    Accepts what `ipaddress.ip_address` accepts, with whitespace around it; zone ids (fe80::1%eth0) are refused.
    """
    ip = pl.col("ip")
    octets = [ip.str.strip_chars().str.extract(_IPV4, n).cast(pl.UInt64) for n in range(1, 5)]
    first, second, third, fourth = octets
    frame = (
        texts.rename("ip")
        .to_frame()
        .select(
            "ip",
            number=pl.when(pl.max_horizontal(octets) < 256).then(
                first * 2**24 + second * 2**16 + third * 2**8 + fourth
            ),
        )
    )
    rest = frame.filter(pl.col("number").is_null() & ip.str.contains(":", literal=True))["ip"]
    six = _parse_v6(rest)
    return frame.join(six, on="ip", how="left", maintain_order="left").select(
        "ip",
        hi=pl.when(pl.col("number").is_not_null()).then(pl.lit(0, pl.UInt64)).otherwise("hi"),
        lo=pl.when(pl.col("number").is_not_null()).then(pl.col("number") + _MAPPED).otherwise("lo"),
        v4=pl.when(pl.col("number").is_not_null()).then(True).otherwise("v4"),
    )


def describe(texts: pl.Series, networks: pl.DataFrame | None) -> pl.DataFrame:
    """Distinct texts that are addresses -> tables.ADDRESSES, sorted by ip; other texts are left out.

    IPv4 prefixes are /24 ("203.0.113.0/24"), IPv6 ones /48 ("2001:db8:1::/48"). Network and asn come from the longest
    prefix of `networks` (contract columns, rows that `parse_networks` accepts) that holds the address.
    """
    parsed = parse(texts).drop_nulls("hi").sort("ip")
    v4, hi = pl.col("v4"), pl.col("hi")
    parsed = parsed.with_columns(
        address=_texts(parsed["hi"], parsed["lo"], parsed["v4"]),
        hi48=pl.when(v4).then(hi).otherwise(hi & 0xFFFF_FFFF_FFFF_0000),
        lo24=pl.when(v4).then(pl.col("lo") & 0xFFFF_FFFF_FFFF_FF00).otherwise(pl.lit(0, pl.UInt64)),
    )
    groups = parsed.select("hi48", "lo24", "v4").unique()
    length = pl.when(v4).then(pl.lit("/24")).otherwise(pl.lit("/48"))
    groups = groups.with_columns(prefix=_texts(groups["hi48"], groups["lo24"], groups["v4"])).with_columns(
        prefix=pl.col("prefix") + length
    )
    parsed = parsed.join(groups, on=["hi48", "lo24", "v4"], how="left", maintain_order="left")
    return _longest(parsed, networks).select(list(tables.ADDRESSES)).cast(dict(tables.ADDRESSES))  # type: ignore[arg-type]


def parse_networks(texts: pl.Series) -> pl.DataFrame:
    """Addresses or CIDR prefixes -> ip, hi, lo, v4, bits (of 128), one row a text in order; null if malformed.

    Bits below the prefix length are cleared. An IPv4-mapped IPv6 prefix of 96 bits or more is an IPv4 prefix.
    """
    parts = (
        texts.rename("ip")
        .to_frame()
        .select(
            "ip",
            base=pl.col("ip").str.strip_chars().str.splitn("/", 2).struct.field("field_0"),
            size=pl.col("ip").str.strip_chars().str.splitn("/", 2).struct.field("field_1"),
        )
    )
    bases = parse(parts["base"].drop_nulls().unique()).rename({"ip": "base"})
    size = pl.col("size").str.extract(r"^([0-9]{1,3})$").cast(pl.Int64)
    plain_v4 = pl.col("v4") & ~pl.col("base").str.contains(":", literal=True)
    bits = pl.when(pl.col("size").is_null()).then(128).when(plain_v4).then(size + 96).otherwise(size)
    found = parts.join(bases, on="base", how="left", maintain_order="left").with_columns(
        bits=pl.when(pl.col("hi").is_not_null() & bits.is_between(pl.when(plain_v4).then(96).otherwise(0), 128)).then(
            bits
        )
    )
    known = pl.col("bits").is_not_null()
    hi_mask, lo_mask = _masks(found["bits"].fill_null(0))
    return found.with_columns(hi_mask, lo_mask).select(
        "ip",
        hi=pl.when(known).then(pl.col("hi") & pl.col("hi_mask")),
        lo=pl.when(known).then(pl.col("lo") & pl.col("lo_mask")),
        v4=pl.when(known).then(pl.col("v4") & (pl.col("bits") >= 96)),
        bits="bits",
    )


def _longest(parsed: pl.DataFrame, networks: pl.DataFrame | None) -> pl.DataFrame:
    """Add network and asn of the longest prefix that holds each address."""
    none = pl.lit(None, pl.Int64).alias("line")
    if networks is None or networks.is_empty():
        return parsed.with_columns(network=pl.lit(None, pl.String), asn=pl.lit(None, pl.Int64))
    prefixes = parse_networks(networks["ip"]).with_row_index("line").drop_nulls("bits")
    prefixes = prefixes.unique(["hi", "lo", "v4", "bits"], keep="first", maintain_order=True)
    left = parsed.with_row_index("at").select("at", "hi", "lo", "v4")
    found = [left.select("at", none).head(0).cast({"line": pl.UInt32})]
    for bits in sorted(prefixes["bits"].unique().to_list(), reverse=True):
        hi_mask, lo_mask = (column.item() for column in _masks(pl.Series([bits])))
        masked = left.with_columns(pl.col("hi") & hi_mask, pl.col("lo") & lo_mask)
        some = prefixes.filter(pl.col("bits") == bits).select("hi", "lo", "v4", "line")
        hits = masked.join(some, on=["hi", "lo", "v4"], how="inner").select("at", "line")
        found.append(hits)
        left = left.join(hits, on="at", how="anti", maintain_order="left")
        if left.is_empty():
            break
    lines = parsed.with_row_index("at").join(pl.concat(found), on="at", how="left", maintain_order="left")["line"]
    return parsed.with_columns(network=networks["network"].gather(lines), asn=networks["asn"].gather(lines))


def _masks(bits: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Prefix lengths of 128 bits -> masks of the high and the low half, as hi_mask and lo_mask."""
    table = np.zeros((129, 2), dtype=np.uint64)
    for length in range(129):
        mask = ((1 << length) - 1) << (128 - length)
        table[length] = mask >> 64, mask & (2**64 - 1)
    rows = table[bits.to_numpy()]
    return pl.Series("hi_mask", rows[:, 0].copy()), pl.Series("lo_mask", rows[:, 1].copy())


def _parse_v6(texts: pl.Series) -> pl.DataFrame:
    """Texts with a colon -> ip, hi, lo, v4 of those that are addresses; IPv4-mapped ones are IPv4."""
    good: list[str] = []
    raw: list[bytes] = []
    for text in texts:
        packed = _pack(text.strip())
        if packed is not None:
            good.append(text)
            raw.append(packed)
    words = np.frombuffer(b"".join(raw), dtype=">u8").astype(np.uint64).reshape(-1, 2)
    hi, lo = words[:, 0].copy(), words[:, 1].copy()
    v4 = (hi == 0) & (lo >> np.uint64(32) == 0xFFFF)
    return pl.DataFrame({"ip": pl.Series(good, dtype=pl.String), "hi": hi, "lo": lo, "v4": v4}, schema_overrides=_BITS)


def _pack(text: str) -> bytes | None:
    """16 bytes of an IPv6 text, None if it is none."""
    if "%" in text:
        return None
    try:
        return socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):  # a NUL inside is a ValueError
        return None


def _texts(hi: pl.Series, lo: pl.Series, v4: pl.Series) -> pl.Series:
    """Canonical text of each address."""
    low = pl.col("lo")
    octets = [((low // 2**shift) % 256).cast(pl.String) for shift in (24, 16, 8, 0)]
    frame = pl.DataFrame({"hi": hi, "lo": lo, "v4": v4})
    six = frame.filter(~pl.col("v4")).select("hi", "lo").unique()
    words = six.to_numpy().astype(">u8").tobytes() if six.height else b""
    texts = [_unpack(words[at : at + 16]) for at in range(0, len(words), 16)]
    six = six.with_columns(text=pl.Series(texts, dtype=pl.String), v4=pl.lit(False))
    return (
        frame.join(six, on=["hi", "lo", "v4"], how="left", maintain_order="left")
        .select(pl.when("v4").then(pl.concat_str(octets, separator=".")).otherwise("text"))
        .to_series()
    )


def _unpack(packed: bytes) -> str:
    """Canonical text of 16 bytes, as `ipaddress` writes it."""
    text = socket.inet_ntop(socket.AF_INET6, packed)
    return text if "." not in text else str(ipaddress.IPv6Address(packed))
