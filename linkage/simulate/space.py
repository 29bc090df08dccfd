"""Address space: who owns which prefix, and which address a home has on a day.

IPv4 is allocated from public space in aligned blocks. Autonomous system numbers are private ones, so that no real
company is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from linkage.simulate.draws import Array, below, mixed
from linkage.simulate.world import Networks

#: Addresses in use of a residential pool of 1,024: a prime, so that every re-assignment is a permutation.
POOL = 1021
COUNTRIES = (
    ("US", -5), ("US", -8), ("IN", 5), ("BR", -3), ("GB", 0), ("DE", 1), ("JP", 9), ("FR", 1), ("CA", -5),
    ("ID", 7), ("MX", -6), ("KR", 9), ("ES", 1), ("IT", 1), ("PH", 8), ("VN", 7), ("TR", 3), ("PL", 1), ("NG", 1),
    ("AU", 10), ("NL", 1), ("SG", 8), ("ZA", 2), ("AR", -3),
)  # fmt: skip
_V6_BASE = 0x2A100000


@dataclass
class Space:
    """Blocks handed out so far, in order."""

    cursor: int = 20 << 24
    asn: int = 4_200_000_000
    prefixes: list[tuple[str, str, int]] = field(default_factory=list)

    def system(self) -> int:
        """A new autonomous system number."""
        self.asn += 1
        return self.asn

    def block(self, addresses: int, network: str, asn: int) -> int:
        """First address of a new aligned block of at least `addresses`, with a gap behind it."""
        size = 1 << max(3, (max(addresses, 1) - 1).bit_length())
        base = -(-self.cursor // size) * size
        self.cursor = base + size + size // 2
        self.prefixes.append((f"{dotted(base)}/{33 - size.bit_length()}", network, asn))
        return base

    def blocks(self, addresses: int, network: str, systems: int) -> Array:
        """int64[addresses], spread over blocks of several systems, in no order that tells who has them."""
        each = -(-addresses // systems)
        spread = [self.block(each * 3, network, self.system()) + np.arange(each * 3) for _ in range(systems)]
        every = np.concatenate(spread)
        return every[np.argsort(mixed(every), kind="stable")][:addresses].astype(np.int64)


def dotted(address: int) -> str:
    """An IPv4 number as text."""
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


@dataclass(frozen=True)
class Homes:
    """Residential pools, and each home's place in its pool."""

    pool: Array  # int64[homes]
    slot: Array  # int64[homes], unique in its pool
    six: Array  # bool[homes], has IPv6
    base: Array  # int64[pools]
    lease: Array  # int64[pools], days
    provider: Array  # int64[pools]

    def country(self, home: Array) -> Array:
        """Row of COUNTRIES of each home: its provider's."""
        return self.provider[self.pool[home]] % len(COUNTRIES)

    def four(self, home: Array, day: Array | int) -> Array:
        """int64 IPv4 of homes on a day: no two homes at once, but strangers one after the other."""
        pool = self.pool[home]
        epoch = np.asarray(day) // self.lease[pool]
        key = pool * 100_003 + epoch
        step = 1 + below(key, POOL - 1, salt=11)
        return np.asarray(self.base[pool] + (step * self.slot[home] + below(key, POOL, salt=12)) % POOL)

    def prefix(self, home: Array) -> Array:
        """uint64 upper half of the IPv6 addresses of a home: one /64 each."""
        upper = (_V6_BASE + self.provider[self.pool[home]]).astype(np.uint64) << np.uint64(32)
        return upper | (mixed(home, salt=13) >> np.uint64(32))


def build_homes(rng: np.random.Generator, space: Space, homes: int, settings: Networks) -> Homes:
    """Pools of residential providers for that many homes."""
    pools = max(2, -(-homes // int(POOL * settings.homes_per_address)))
    providers = min(settings.providers, pools)
    weight = 1.0 / (np.arange(providers) + 2.0)
    counts = 1 + np.floor((pools - providers) * weight / weight.sum()).astype(np.int64)
    counts[0] += pools - int(counts.sum())
    base = np.empty(pools, dtype=np.int64)
    first = 0
    for provider, count in enumerate(counts.tolist()):
        asn = space.system()
        start = space.block(count * 1024, "residential", asn)
        base[first : first + count] = start + 1024 * np.arange(count)
        first += count
        six = _V6_BASE + provider
        space.prefixes.append((f"{six >> 16:x}:{six & 0xFFFF:x}::/32", "residential", asn))
    days, shares = np.array(list(settings.lease_days)), np.array(list(settings.lease_days.values()))
    place = rng.permutation(homes)
    return Homes(
        pool=place % pools,
        slot=place // pools,
        six=rng.random(homes) < settings.ipv6,
        base=base,
        lease=rng.choice(days, pools, p=shares / shares.sum()),
        provider=np.repeat(np.arange(providers), counts),
    )


_HEX = pl.Series([f"{i:x}" for i in range(65536)])
_DEC = pl.Series([str(i) for i in range(256)])


def address_text(high: Array, low: Array) -> pl.Series:
    """Addresses as text: uint64 halves; IPv4 where the high half is 0."""
    four = high == 0
    rows = np.arange(len(high))
    quads = [_DEC.gather((low[four] >> np.uint64(s)) & np.uint64(255)) for s in (24, 16, 8, 0)]
    groups = [
        _HEX.gather((half[~four] >> np.uint64(s)) & np.uint64(65535)) for half in (high, low) for s in (48, 32, 16, 0)
    ]
    texts = [_joined(quads, "."), _joined(groups, ":")]
    place = np.empty(len(high), dtype=np.int64)
    place[np.concatenate([rows[four], rows[~four]])] = rows
    return pl.concat(texts).gather(place)


def _joined(parts: list[pl.Series], mark: str) -> pl.Series:
    frame = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    return frame.select(pl.concat_str(pl.all(), separator=mark).alias("ip")).to_series()
