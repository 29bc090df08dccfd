"""What one lab tells another: indicators as hashes under a key agreed for the exchange, signed with the same key."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import Field, ValidationError, model_validator

from linkage.privacy.errors import PrivacyError
from linkage.privacy.keys import fingerprint
from linkage.privacy.pseudonyms import digest, plain
from linkage.section import Section

FORMAT: Literal["linkage-bundle"] = "linkage-bundle"
_MOST_BYTES = 64 << 20
_HASH_BYTES = 16
_AGAIN = "ask its sender for a new one"


#: Traffic Light Protocol 2.0: who may be told further.
Tlp = Literal["red", "amber+strict", "amber", "green", "clear"]


class Indicator(Section):
    """One value of a campaign's core."""

    kind: str = Field(min_length=1, max_length=200)
    hash: str = Field(pattern=r"^[0-9a-f]{32}$")
    members: int = Field(ge=2)
    first_seen: date | None
    last_seen: date | None


class Template(Section):
    """A near-duplicate prompt of a campaign's own, as a rounded vector."""

    accounts: int = Field(ge=2)
    prompts: int = Field(ge=0)
    vector: tuple[Annotated[int, Field(ge=-127, le=127)], ...] = Field(min_length=1, max_length=8192)


class Bundle(Section):
    """A campaign as another lab is told of it."""

    format: Literal["linkage-bundle"] = FORMAT
    version: Literal[1] = 1
    source: str = Field(max_length=200)
    tlp: Tlp
    made: date
    expires: date
    key_fingerprint: str
    campaign_id: str = Field(max_length=200)
    accounts: int = Field(ge=0)
    first_seen: date | None
    last_seen: date | None
    indicators: tuple[Indicator, ...]
    templates: tuple[Template, ...] = Field((), max_length=1000)  # only where the sender was asked to
    templates_by: str = Field("", max_length=200)  # what made their vectors

    @model_validator(mode="after")
    def _as_wide(self) -> Self:
        if len({len(one.vector) for one in self.templates}) > 1:
            raise ValueError("vectors of templates are not all as wide")
        return self


def told(values: pl.DataFrame, key: bytes) -> tuple[Indicator, ...]:
    """Indicators, sorted by kind and hash, so that their order tells nothing.

    Args:
        values: kind, value (as they are in the logs), members, first_seen, last_seen.
        key: of `keys.exchange_key`.
    """
    rows = values.select("kind", "value", "members", pl.col("first_seen", "last_seen").dt.date()).iter_rows(named=True)
    found = [
        Indicator(
            kind=plain(r["kind"], r["value"])[0],
            hash=hashed(r["kind"], r["value"], key),
            members=r["members"],
            first_seen=r["first_seen"],
            last_seen=r["last_seen"],
        )
        for r in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.kind, one.hash)))


def hashed(kind: str, value: str, key: bytes) -> str:
    """What stands for a value in a bundle: 128 bits, in the form that both labs bring values to."""
    return digest(*plain(kind, value), key, _HASH_BYTES)


def written(bundle: Bundle, key: bytes) -> str:
    """The bundle as JSON, with its message authentication code."""
    content = bundle.model_dump(mode="json")
    return json.dumps({**content, "mac": _mac(content, key)}, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def read(path: Path, key: bytes, today: date) -> Bundle:
    """A bundle that is whole, of this key, and has not ended.

    Raises:
        PrivacyError: it is none of this, and what to do.
    """
    content = _content(path)
    if content.get("format") != FORMAT:
        raise PrivacyError(f"{path}: is no bundle; give a file that `linkage share` wrote")
    if content.get("version") != 1:
        raise PrivacyError(f"{path}: is of version {content.get('version')!r}, not 1; use a newer linkage, or {_AGAIN}")
    if not _equal(content.get("key_fingerprint"), fingerprint(key)):
        raise PrivacyError(f"{path}: was made under another key; give the key agreed with its sender, or {_AGAIN}")
    mac = content.pop("mac", None)
    if not _equal(mac, _mac(content, key)):
        raise PrivacyError(f"{path}: was changed after it was made, and nothing in it can be relied on; {_AGAIN}")
    try:
        bundle = Bundle.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise PrivacyError(f"{path}: {error.error_count()} fields are not as they must be; {_AGAIN}") from error
    if bundle.expires < today:
        raise PrivacyError(f"{path}: ended on {bundle.expires}; {_AGAIN}")
    return bundle


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PrivacyError(f"{path}: is larger than {_MOST_BYTES >> 20} MiB; {_AGAIN}")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise PrivacyError(f"{path}: cannot be read: {error.strerror}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise PrivacyError(f"{path}: is not JSON; {_AGAIN}") from error
    return content if isinstance(content, dict) else {}


def _mac(content: dict[str, Any], key: bytes) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return blake2b(text.encode(), key=key, digest_size=32, person=b"bundle").hexdigest()


def _equal(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def met(values: pl.DataFrame, indicators: Iterable[Indicator], key: bytes) -> pl.DataFrame:
    """The rows of `values` (kind, value as they are in the logs) that a bundle's indicators name."""
    wanted = {(one.kind, one.hash) for one in indicators}
    here = [
        (plain(kind, value)[0], hashed(kind, value, key)) in wanted
        for kind, value in values.select("kind", "value").iter_rows()
    ]
    return values.filter(pl.Series(here, dtype=pl.Boolean))
