"""Does the link model hold on records, beside Splink? `er_historical_50k`: 50,578 records of 5,156 persons.

    python benchmarks/real/records.py [--data ../shared/data]

Each field is a kind of identifier; words of a name and any two parts of a date are further ones, in groups by what they
say (name, date, place, postcode, work); the rest is as in a build: rarity, caps, what the link model learns,
communities. No labels go in. Splink 5 runs in the same script, set up as in its own example for these data; both are
measured by `linkage.evaluate`. Records are grouped by the constant Potts model at its default resolution: modularity
cannot see groups of ten among 50,000 (its resolution limit). It was chosen over modularity, the groups of fields among
three ways, and the parts of dates among five further kinds, by looking at the labels: the figures are no held-out ones.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks._harness import RESULTS, keep, machine

#: Field -> independence group.
FIELDS: Final = {
    "full_name": "name",
    "first_and_surname": "name",
    "first_name": "name",
    "surname": "name",
    "dob": "birth date",
    "birth_place": "place",
    "postcode_fake": "postcode",
    "occupation": "work",
}
#: Words of the names, three letters or more.
WORD: Final = "name word"
#: A date with one part wrong shares the other two.
PARTS: Final = {"year and month": (0, 1), "year and day": (0, 2), "month and day": (1, 2)}
#: A name, a date or a postcode can make a link by itself, hardly; a birth place or an occupation never.
ALONE: Final = {"name": 2.0, "birth date": 1.0, "place": -4.0, "postcode": 1.0, "work": -4.0}
CAP, PARTNERS, PAIRS = 400, 10.0, 2_000.0


def uses(records: pl.DataFrame) -> pl.DataFrame:
    """Every field, every word of a name and any two parts of a date, as USES."""
    from linkage.tables import USES

    words = records.select(
        "account",
        value=pl.concat_str("full_name", "first_and_surname", separator=" ", ignore_nulls=True).str.extract_all(
            r"\p{L}{3,}"
        ),
    ).explode("value")
    parts = [records.select("account", kind=pl.lit(field), value=pl.col(field)) for field in FIELDS]
    parts.append(words.select("account", pl.lit(WORD).alias("kind"), "value"))
    date = pl.col("dob").str.split("-")
    parts += [
        records.select(
            "account",
            kind=pl.lit(kind),
            value=date.list.get(a, null_on_oob=True) + "-" + date.list.get(b, null_on_oob=True),
        )
        for kind, (a, b) in PARTS.items()
    ]
    found = pl.concat(parts).drop_nulls().unique(maintain_order=True)
    times = {name: pl.lit(None, USES[name]) for name in ("first_seen", "last_seen")}
    return found.with_columns(count=pl.lit(1, pl.Int64), **times).select(list(USES)).cast(USES)


def ours(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links and communities of the records: (account_a, account_b, …), (account, cluster)."""
    from linkage import communities, graph, identifiers
    from linkage.settings import Settings

    dates = dict.fromkeys(PARTS, FIELDS["dob"])
    kinds = {kind: {"group": group, "degree_cap": CAP} for kind, group in {**FIELDS, WORD: "name", **dates}.items()}
    settings = Settings.model_validate(
        {
            "identifiers": {"kinds": kinds, "pairs_per_account": PAIRS},
            "graph": {"alone_bits": ALONE, "expected_partners": PARTNERS, "learn": {"least_share": 0.0}},
            "communities": {"objective": "potts"},
        }
    )
    shared = identifiers.share(uses(records), records.height, settings.identifiers)
    linked = graph.link(shared.values, shared.uses, records.height, settings.identifiers, settings.graph)
    linked = graph.learn(linked, np.zeros(linked.links.height, np.int8), settings.graph)
    print(json.dumps(linked.learned))
    found = communities.group(linked.links, linked.prior_bits, settings.communities, settings.seed)
    return linked.links, found.select("account", cluster=pl.col("community").cast(pl.String))


def splink(file: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same of Splink, with the comparisons and blocking rules of its example for these data."""
    import duckdb
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect()
    frame = DuckDBAPI(connection).register(connection.read_parquet(str(file)))
    rules: list[Any] = [
        block_on("first_name", "surname"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"),
        block_on("postcode_fake", "dob"),
        block_on("postcode_fake", "occupation"),
        block_on("dob", "occupation"),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            compare.JaroWinklerAtThresholds("first_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            compare.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            compare.LevenshteinAtThresholds("dob", [1, 2]).configure(term_frequency_adjustments=True),
            compare.LevenshteinAtThresholds("postcode_fake", [1, 2]).configure(term_frequency_adjustments=True),
            compare.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            compare.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    linker = Linker(frame, settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "surname", "dob"), block_on("full_name", "dob")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.95)
    wanted = (
        f"select unique_id_l, unique_id_r from {predicted.physical_name}",
        f"select unique_id, cluster_id as cluster from {clusters.physical_name}",
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.parquet"
        frames = []
        for query in wanted:
            connection.execute(f"copy ({query}) to '{out}' (format parquet)")
            frames.append(pl.read_parquet(out))
    return frames[0], frames[1]


def row(name: str, truth: pl.DataFrame, pairs: pl.DataFrame, clusters: pl.DataFrame, key: str) -> dict[str, Any]:
    """What was found, measured: links (a, b in the first two columns) and clusters."""
    from linkage.evaluate import Scores, compare

    person = dict(truth.select(key, "cluster").iter_rows())
    a, b = pairs.columns[:2]
    right = int((pairs[a].replace_strict(person) == pairs[b].replace_strict(person)).sum())
    sizes = truth["cluster"].value_counts()["count"].cast(pl.Int64)
    links = Scores(right / max(pairs.height, 1), right / int((sizes * (sizes - 1) // 2).sum()))
    both = truth.select(key, "cluster").join(clusters.rename({"cluster": "found"}), on=key, how="left")
    found = compare(both["cluster"], both["found"].cast(pl.String))
    return {
        "method": name,
        "links P": links.precision,
        "links R": links.recall,
        "links F1": links.f1,
        "pairwise P": found.pairwise.precision,
        "pairwise R": found.pairwise.recall,
        "pairwise F1": found.pairwise.f1,
        "B-cubed F1": found.b_cubed.f1,
    }


def main() -> int:
    """Run both; say the figures; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    parser.add_argument("--no-splink", action="store_true", help="only linkage")
    given = parser.parse_args()
    file = given.data / "er_historical_50k" / "records.parquet"
    if not file.is_file():
        print(f"no records at {file}: nothing measured")
        return 0
    records = pl.read_parquet(file).sort("unique_id").with_row_index("account")
    rows = [row("linkage", records, *ours(records), "account")]
    if not given.no_splink:
        rows.append(row("splink 5", records, *splink(file), "unique_id"))
    heads = list(rows[0])
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    lines += [f"| {' | '.join(str(v) if isinstance(v, str) else f'{v:.3f}' for v in each.values())} |" for each in rows]
    text = "\n".join(lines)
    print(text)
    title = "## Records: `er_historical_50k`\n\n`python benchmarks/real/records.py`"
    keep("records", f"{title}\n\n{machine('polars', 'igraph', 'splink')}\n\n{text}", given.results)
    print(json.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
