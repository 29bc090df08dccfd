from __future__ import annotations

import ipaddress

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from linkage.io import addresses

V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).flatmap(lambda ip: st.sampled_from([str(ip), ip.exploded, str(ip).upper()]))
MAPPED = st.ip_addresses(v=4).map(lambda ip: f"::ffff:{ip}")
JUNK = st.text(st.sampled_from("0123456789abcdefABCDEF:./% xg\x00٣"), max_size=30)
TEXTS = st.lists(st.one_of(V4, V6, MAPPED, JUNK), min_size=1, max_size=40, unique=True)


def oracle(text: str) -> tuple[str, str] | None:
    """Canonical address and prefix, by the standard library."""
    try:
        ip = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return None
        ip = ip.ipv4_mapped or ip
    length = 24 if ip.version == 4 else 48
    return str(ip), str(ipaddress.ip_network((ip, length), strict=False))


@given(TEXTS)
def test_parsing_agrees_with_the_standard_library(texts: list[str]) -> None:
    found = addresses.describe(pl.Series("ip", texts), None)
    expected = {text: oracle(text) for text in texts}
    assert {row[0]: (row[1], row[2]) for row in found.rows()} == {k: v for k, v in expected.items() if v is not None}
    assert found["ip"].is_sorted()


def longest(text: str, networks: list[str]) -> str | None:
    ip = ipaddress.ip_address(text)
    holding = [n for n in map(ipaddress.ip_network, networks) if n.version == ip.version and ip in n]
    return str(max(holding, key=lambda n: n.prefixlen)) if holding else None


NEAR_V4 = st.integers(0, 255).map(lambda n: f"192.0.2.{n}")
NEAR_V6 = st.integers(0, 2**70).map(lambda n: str(ipaddress.IPv6Address((0x20010DB8 << 96) + n)))
NETS_V4 = st.tuples(NEAR_V4, st.integers(0, 32)).map(lambda p: str(ipaddress.ip_network(p, strict=False)))
NETS_V6 = st.tuples(NEAR_V6, st.integers(0, 128)).map(lambda p: str(ipaddress.ip_network(p, strict=False)))


@given(
    st.lists(st.one_of(NEAR_V4, NEAR_V6), min_size=1, max_size=20, unique=True),
    st.lists(st.one_of(NETS_V4, NETS_V6), max_size=20, unique=True),
)
def test_the_longest_prefix_wins(texts: list[str], nets: list[str]) -> None:
    networks = pl.DataFrame({"ip": nets, "network": nets, "asn": range(len(nets))}, schema_overrides={"ip": pl.String})
    found = addresses.describe(pl.Series("ip", texts), networks.cast({"network": pl.String, "asn": pl.Int64}))
    assert dict(found.select("ip", "network").rows()) == {text: longest(text, nets) for text in texts}


def test_networks_that_are_none() -> None:
    texts = [
        "192.0.2.1",
        "192.0.2.9/24",
        "2001:DB8::/32",
        "::ffff:192.0.2.0/120",
        "x",
        "192.0.2.0/33",
        "::/129",
        "/8",
        "",
    ]
    found = addresses.parse_networks(pl.Series("ip", texts))
    assert found["bits"].to_list() == [128, 120, 32, 120, None, None, None, None, None]
    assert found["lo"][1] == found["lo"][3]


def test_a_malformed_length_is_no_length() -> None:
    texts = ["192.0.2.0/", "192.0.2.0/x", "192.0.2.0/24/24", "192.0.2.0/-1"]
    assert addresses.parse_networks(pl.Series("ip", texts))["bits"].null_count() == len(texts)


def test_nothing_in_nothing_out() -> None:
    assert addresses.describe(pl.Series("ip", [], dtype=pl.String), None).is_empty()
