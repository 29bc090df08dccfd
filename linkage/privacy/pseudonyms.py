"""Values -> pseudonyms: BLAKE2b under a key, personal to the kind, so that nobody without the key can try values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import polars as pl

from linkage.columns import schema

PSEUDONYMS = schema({"kind": pl.String, "value": pl.String, "pseudonym": pl.String})
_SHOWN = re.compile(r".+:[0-9a-f]{16}", re.DOTALL)


class Nobodys(NamedTuple):
    """Values that stand for nothing and so for nobody: empty text, "unknown", published test cards."""

    words: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None

    @classmethod
    def of(cls, words: Iterable[str], patterns: Iterable[str]) -> Nobodys:
        """Of placeholder words and patterns; a pattern that leaves either end open could match what is somebody's."""
        closed = [one for one in patterns if one.startswith("^") and one.endswith("$")]
        return cls(frozenset(word.strip().lower() for word in words), re.compile("|".join(closed)) if closed else None)

    def __contains__(self, value: object) -> bool:
        text = str(value).strip().lower()
        return text in self.words or (self.pattern is not None and self.pattern.search(text) is not None)


def pseudonym(kind: str, value: str, key: bytes) -> str:
    """`ip:3f2a9c…`: the kind and 16 hexadecimal digits of a 64-bit keyed hash.

    Two values of a kind share one by accident with a chance of 3 in a million among ten million values.
    """
    return f"{kind}:{digest(kind, value, key, 8)}"


def digest(kind: str, value: str, key: bytes, size: int) -> str:
    """Keyed hash of a value, personal to its kind, as 2 x `size` hexadecimal digits."""
    text = value.encode("utf-8", "surrogatepass")
    return blake2b(text, key=key, digest_size=size, person=_person(kind)).hexdigest()


def looks_masked(value: str) -> bool:
    """Whether a value has the form of a pseudonym."""
    return _SHOWN.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _person(kind: str) -> bytes:
    """BLAKE2b takes 16 bytes of personalisation; kinds may be longer."""
    return blake2b(kind.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def pseudonyms(values: pl.DataFrame, key: bytes, nobodys: Nobodys) -> pl.DataFrame:
    """PSEUDONYMS of the distinct values, sorted; null values and nobody's have none.

    Args:
        values: kind, value.
        key: 32 bytes.
        nobodys: values that stay readable.
    """
    distinct = values.select("kind", "value").drop_nulls().unique().sort("kind", "value")
    rows = [(kind, value, pseudonym(kind, value, key)) for kind, value in distinct.iter_rows() if value not in nobodys]
    return pl.DataFrame(rows, schema=PSEUDONYMS, orient="row")


def plain(kind: str, value: str) -> tuple[str, str]:
    """A value as identifiers write it, so that a dossier's or another lab's has the same hash as the logs'.

    Addresses in their shortest form; a /24 or /48 is a `prefix`; domains without @ and in lower case.
    """
    value = value.strip()
    if kind == "email_domain":
        return kind, value.removeprefix("@").lower()
    if kind not in ("ip", "prefix"):
        return kind, value
    try:
        if "/" not in value:
            address = ipaddress.ip_address(value)
            mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
            return kind, str(mapped or address)
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return kind, value
    whole = 24 if network.version == 4 else 48
    return ("prefix" if network.prefixlen == whole else kind), str(network)
