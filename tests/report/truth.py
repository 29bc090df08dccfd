"""Every number that a report may say, counted from a run's tables the slow way; and the numbers that a text says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from linkage.report.estimative import VERY_LIKELY
from linkage.report.gather import PAIRWISE

Number = int | float
Rows = list[dict[str, Any]]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Number]]:
    """Every number below a value made of mappings and sequences, with the keys that lead to it."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield from leaves(each, (*path, place))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def told(frames: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the tables say, in the shape of the report model; texts and times are left out."""
    rows = {name: frame.to_dicts() for name, frame in frames.items()}
    largest = sorted(rows["campaigns"], key=lambda row: (-row["accounts"], row["campaign_id"]))
    return {
        "version": 3,
        "overview": _overview(rows, largest, manifest),
        "campaigns": [_campaign(row, rows, manifest) for row in largest],
        "custody": {
            "seed": manifest["seed"],
            "inputs": [{name: each[name] for name in ("rows", "bytes")} for each in manifest["inputs"]],
        },
    }


def _overview(rows: dict[str, Rows], largest: Rows, manifest: Mapping[str, Any]) -> dict[str, Any]:
    honest = [row for row in rows["communities"] if row["campaign_id"] is None]
    fits: dict[Any, Rows] = {}
    for row in honest:
        fits.setdefault(row["explanation"], []).append(row)
    hubs: dict[Any, Rows] = {}
    for row in rows["hubs"]:
        hubs.setdefault((row["kind"], row["reason"]), []).append(row)
    by_size = sorted(fits.items(), key=lambda each: (-sum(r["accounts"] for r in each[1]), each[0] is None, each[0]))
    by_pairs = sorted(hubs.items(), key=lambda each: (-sum(r["pairs"] for r in each[1]), each[0]))
    return {
        "header": {"seed": manifest["seed"]},
        "counts": {
            "accounts": len(rows["accounts"]),
            "exchanges": sum(row["exchanges"] for row in rows["accounts"]),
            "campaigns": len(largest),
            "accounts_in_campaigns": len({row["account_id"] for row in rows["members"]}),
            "exchanges_in_campaigns": sum(row["exchanges"] for row in largest),
            "innocents_expected": sum(row["innocents_expected"] for row in largest),
            "communities": len(rows["communities"]),
            "honest_groups": len(honest),
            "links": len(rows["links"]),
            "hubs": len(rows["hubs"]),
            "rejected": sum(count for reasons in manifest["rejected"].values() for count in reasons.values()),
        },
        "campaigns": [_some(row, "accounts", "exchanges", "suspicion", "innocents_expected") for row in largest],
        "honest": [{"groups": len(of), "accounts": sum(r["accounts"] for r in of)} for _, of in by_size],
        "hubs": [{"values": len(of), "pairs": sum(r["pairs"] for r in of)} for _, of in by_pairs],
    }


def _campaign(row: dict[str, Any], rows: dict[str, Rows], manifest: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: [r for r in of if r.get("campaign_id") == row["campaign_id"]] for name, of in rows.items()}
    known = {each["account_id"]: each for each in rows["accounts"]}
    further = ("suspicion", "first_seen", "last_seen")
    members = [{**each, **_some(known[each["account_id"]], *further)} for each in own["members"]]
    members.sort(key=lambda m: (m["tier"] != "core", -m["suspicion"], -m["stability"], m["account_id"]))
    whose = {member["account_id"] for member in members}
    inside = {n: [r for r in rows[n] if {r["account_a"], r["account_b"]} <= whose] for n in ("links", "evidence")}
    tiers = Counter(member["tier"] for member in members)
    everybody = sum(each["exchanges"] for each in rows["accounts"])
    rungs = sorted(own["attributions"], key=lambda r: ("operator", "relay", "beneficiary").index(r["rung"]))
    decided = [each for each in rows["decisions"] if each["account_id"] in whose]
    returns = sum(bool(each["returns"]) for each in decided)
    tests = sorted(own["robustness"], key=lambda each: each["without"])
    tested = [each for group in own["communities"] for each in json.loads(group["explanations"])]
    tested.sort(key=lambda each: -each["fit"])
    doubted = [member for member in members if _doubted(member, members, inside, decided)]
    return {
        "header": {"seed": manifest["seed"]},
        "judgements": {0: {"probability": row["suspicion"]}, 1: {"probability": row["operator_confidence"]}},
        "scale": {
            **_some(row, "accounts", "exchanges", "input_tokens", "output_tokens", "suspicion", "stability"),
            "core": tiers["core"],
            "periphery": tiers["periphery"],
            "days": (row["last_seen"].date() - row["first_seen"].date()).days + 1,
            "links": len(inside["links"]),
            "own_exchanges": round(sum(member["exchanges"] * _short(member["share"]) for member in members)),
            "share_of_exchanges": row["exchanges"] / everybody,
        },
        "timeline": _days(members),
        "evidence": {"channels": _matrix(inside["evidence"], rows["hubs"])},
        "templates": [
            _some(each, "accounts", "prompts", "exemplar_row")
            for each in sorted(own["own_templates"], key=lambda e: (-e["accounts"], -e["prompts"], e["template"]))
        ],
        "models": _models(own["models"], rows["models"], row["exchanges"], everybody),
        "ramp": [_some(each, "exchanges") for each in sorted(own["models"], key=lambda e: (e["day"], e["model"]))],
        "activity": [
            _some(each, "hour", "exchanges") for each in sorted(own["activity"], key=lambda e: (e["day"], e["hour"]))
        ],
        "bridges": [
            _some(each, "accounts", "links", "groups")
            for group in own["communities"]
            for each in sorted(rows["bridges"], key=lambda e: -e["accounts"])
            if each["community_id"] == group["community_id"]
        ],
        "attribution": {
            "operator_confidence": row["operator_confidence"],
            "rungs": [
                {
                    "confidence": each["confidence"],
                    "rests_on": [_some(one, "bits", "members") for one in json.loads(each["rests_on"])],
                    "rivals": [_some(one, "posterior", "bits") for one in json.loads(each["rivals"])],
                }
                for each in rungs
            ],
        },
        "robustness": {
            "stability": row["stability"],
            "tests": [_some(each, "accounts", "share", "bits") for each in tests],
        },
        "innocent": {
            "expected": row["innocents_expected"],
            "doubtful": sum(member["suspicion"] < VERY_LIKELY for member in members),
            "explanations": [_some(each, "fit", "bits") for each in tested],
        },
        "actions": [
            {"accounts": n}
            for n in (
                tiers["core"],
                tiers["periphery"],
                *([returns] if returns else []),
                *([len(doubted)] if doubted else []),
            )
        ],
        "accounts": [_some(member, "suspicion", "stability", "share", "exchanges") for member in members],
        "indicators": [_shared(of) for _, of in _values(inside["evidence"])],
    }


def _doubted(member: dict[str, Any], members: Rows, inside: dict[str, Rows], decided: Rows) -> bool:
    """Whether anything speaks against a member, the slow way; nobody here stands in two campaigns."""
    who = member["account_id"]
    ends = [pair for pair in inside["links"] if who in (pair["account_a"], pair["account_b"])]
    kinds = {each["kind"] for each in inside["evidence"] if who in (each["account_a"], each["account_b"])}
    shares = [_short(each["share"]) for each in members]
    return (
        any(each["account_id"] == who and each["decision"] == "cleared" for each in decided)
        or member["suspicion"] < VERY_LIKELY
        or _short(member["share"]) * 4 < median(shares)
        or len(ends) < 2
        or len(kinds) == 1
        or member["stability"] < 0.5
    )


def _short(share: float) -> float:
    """A 32-bit number as the shortest decimal that means the same."""
    return float(str(np.float32(share)))


def _days(members: Rows) -> dict[str, Any]:
    began = Counter(member["first_seen"].date() for member in members if member["first_seen"])
    ended = Counter(member["last_seen"].date() for member in members if member["last_seen"])
    undated = sum(member["first_seen"] is None for member in members)
    return {
        "days": [{"began": began[day], "ended": ended[day]} for day in sorted({*began, *ended})],
        "undated": undated,
    }


def _matrix(evidence: Rows, hubs: Rows) -> Rows:
    kinds: dict[str, Rows] = {}
    for each in evidence:
        kinds.setdefault(each["kind"], []).append(each)
    by_links = sorted(kinds.items(), key=lambda each: (-len(_pairs(each[1])), each[0]))
    return [
        {
            "accounts": len({account for pair in _pairs(of) for account in pair}),
            "links": len(_pairs(of)),
            "values": len({each["value"] for each in of}),
            "median_bits": median(each["weight"] for each in of),
            "top": [_shared(own, "first_seen", "last_seen") for _, own in _values(of)[:5]],
            "hubs": sum(hub["kind"] == kind for hub in hubs),
            "hub_pairs": sum(hub["pairs"] for hub in hubs if hub["kind"] == kind),
        }
        for kind, of in by_links
    ]


def _pairs(evidence: Rows) -> set[tuple[str, str]]:
    return {(each["account_a"], each["account_b"]) for each in evidence}


def _values(evidence: Rows) -> list[tuple[tuple[str, str], Rows]]:
    """Shared values with their rows: by kind the strongest first."""
    found: dict[tuple[str, str], Rows] = {}
    for each in evidence:
        if each["kind"] not in PAIRWISE:
            found.setdefault((each["kind"], each["value"]), []).append(each)

    def place(item: tuple[tuple[str, str], Rows]) -> tuple[Any, ...]:
        (kind, value), of = item
        users = {account for pair in _pairs(of) for account in pair}
        return kind, -max(each["weight"] for each in of), -len(users), value

    return sorted(found.items(), key=place)


def _shared(of: Rows, *_: str) -> dict[str, Any]:
    users = {account for pair in _pairs(of) for account in pair}
    return {"accounts": len(users), "links": len(of), "bits": max(each["weight"] for each in of)}


def _models(own: Rows, every: Rows, exchanges: int, everybody: int) -> Rows:
    theirs: Counter[str] = Counter()
    for each in own:
        theirs[each["model"]] += each["exchanges"]
    whole: Counter[str] = Counter()
    for each in every:
        whole[each["model"]] += each["exchanges"] if each["campaign_id"] is None else 0
    return [
        {
            "exchanges": count,
            "share": count / exchanges,
            "elsewhere": (whole[model] - count) / (everybody - exchanges),
        }
        for model, count in sorted(theirs.items(), key=lambda each: (-each[1], each[0]))
    ]


def _some(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_DATES = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|\+00:00)?)?|\b\d{2}:00\b")


def said(text: str, names: list[str]) -> set[str]:
    """The numbers that a text says, as they stand there; `names` are strings of the logs, in which digits are none."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, " ")
    found = set()
    for word in re.split(r"[\s|()\[\]<>:;/\"'=%]+", _DATES.sub(" ", text)):
        bare = word.strip(".,…")
        if _NUMBER.fullmatch(bare):
            found.add(bare)
    return found


def shown(number: Number) -> set[str]:
    """The ways in which a report writes a number."""
    forms = {f"{number:,}", f"{number}", f"{number:g}", *(f"{number:,.{places}f}" for places in range(4))}
    if 0 <= number <= 1:
        forms |= {f"{number:.0%}"[:-1], f"{number:.1%}"[:-1], f"{max(1, min(99, round(number * 100)))}", "0.999"}
    return forms | {form.removeprefix("-") for form in forms}


def strings(value: Any) -> Iterator[str]:
    """Every text and time below a value."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, date | datetime):
        yield value.isoformat()
