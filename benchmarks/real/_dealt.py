"""Real prompts dealt to accounts whose source is known, and what centroids of the text vectors can tell about them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from linkage.evaluate.clusterings import compare
from linkage.evaluate.scores import average_precision
from linkage.tables import MICROSECONDS_A_DAY, TIME

PROMPTS: Final = 80  # an account
DAYS: Final = 14
START: Final = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
NEIGHBOURS: Final = 15
ORGANIC: Final = "organic"


def pool(data: Path) -> pl.DataFrame:
    """All prompts of both data sets -> set, corpus, source (`organic` for people's), text; distinct in a source.

    The two MeaeQ attacks share nearly all of their queries and are one source. No template of `t0_templates` holds
    prompts for more than one account, so that the collection is one source.
    """
    prompts = pl.read_parquet(data / "prompts" / "prompts.parquet").select(
        pl.lit("prompts").alias("set"),
        pl.col("corpus").cast(pl.String),
        source=pl.when(pl.col("kind").cast(pl.String) == ORGANIC).then(pl.lit(ORGANIC)).otherwise(pl.col("corpus")),
        text="text",
    )
    dataset = pl.col("dataset").cast(pl.String)
    attack = pl.when(dataset.str.starts_with("Meaeq")).then(pl.lit("MeaeQ")).otherwise(dataset)
    queries = pl.read_parquet(data / "llm_extraction_queries" / "queries.parquet").select(
        pl.lit("queries").alias("set"),
        corpus=pl.when(pl.col("label") == 1).then(attack).otherwise(dataset + pl.lit(" benign")),
        source=pl.when(pl.col("label") == 1).then(attack).otherwise(pl.lit(ORGANIC)),
        text="query",
    )
    both = pl.concat([prompts.with_columns(pl.col("source").cast(pl.String)), queries])
    said = both.filter(pl.col("text").str.strip_chars().str.len_chars() > 0)
    return said.unique(["source", "text"], keep="first", maintain_order=True)


def half(prompts: pl.DataFrame, second: bool) -> pl.DataFrame:
    """Every other source and every other organic corpus, by name."""
    kept = []
    for organic in (True, False):
        corpora = prompts.filter((pl.col("source") == ORGANIC) == organic)["corpus"].unique().sort()
        kept += corpora.to_list()[int(second) :: 2]
    return prompts.filter(pl.col("corpus").is_in(kept))


def deal(prompts: pl.DataFrame, seed: int, mixed: bool = True) -> pl.DataFrame:
    """Each source's prompts, shuffled, to accounts of `PROMPTS` -> account_id, source, hand, sent_at, text.

    What is left of a source is left out. A hand is what accounts are dealt from: a source, or one organic corpus.

    Organic accounts are dealt from all organic corpora together where they are `mixed`, else from one corpus each: then
    they are as narrow as the sources, and there are groups of them that resemble each other as much. Times are those
    of a person anywhere in the world, by the same rule for all accounts, so that they say nothing.
    """
    random_numbers = np.random.default_rng(seed)
    parts = []
    one = (pl.col("source") == ORGANIC) & pl.lit(not mixed)
    prompts = prompts.with_columns(hand=pl.when(one).then(pl.format("organic {}", "corpus")).otherwise("source"))
    for hand in sorted(prompts["hand"].unique()):
        part = prompts.filter(pl.col("hand") == hand)
        hands = part.height // PROMPTS
        order = random_numbers.permutation(part.height)[: hands * PROMPTS]
        parts.append(part.sort("text")[order].select("source", "hand", "text"))
    dealt = pl.concat(parts)
    accounts = dealt.height // PROMPTS
    names = pl.Series([f"acc_{k:05d}" for k in random_numbers.permutation(accounts)])
    account = np.repeat(np.arange(accounts), PROMPTS)
    hour = random_numbers.uniform(0, 24, accounts)[account] + random_numbers.normal(0, 3, dealt.height)
    day = random_numbers.integers(1, DAYS, dealt.height)
    sent = START + day * MICROSECONDS_A_DAY + (hour * 3_600_000_000).astype(np.int64)
    return dealt.select(
        names[account].alias("account_id"), "source", "hand", pl.Series("sent_at", sent).cast(pl.Int64).cast(TIME),
        "text",
    )  # fmt: skip


def write(dealt: pl.DataFrame, folder: Path, seed: int) -> pl.DataFrame:
    """Write the input folder (accounts, prompts) and truth.parquet beside it -> account_id, source, hand, kind."""
    (folder / "input").mkdir(parents=True, exist_ok=True)
    truth = (
        dealt.select("account_id", "source", "hand")
        .unique()
        .sort("account_id")
        .with_columns(kind=pl.when(pl.col("source") == ORGANIC).then(pl.lit(ORGANIC)).otherwise(pl.lit("campaign")))
    )
    age = np.random.default_rng(seed).uniform(1, 90, truth.height)
    created = pl.Series("created_at", (START - age * MICROSECONDS_A_DAY).astype(np.int64)).cast(TIME)
    truth.select("account_id", created).write_parquet(folder / "input" / "accounts.parquet")
    dealt.sort("sent_at", "account_id").drop("source", "hand").write_parquet(folder / "input" / "prompts.parquet")
    truth.write_parquet(folder / "truth.parquet")
    return truth


def simple(folder: Path) -> pl.DataFrame:
    """The simplest that can be said of accounts alone -> account_id and one column each, more is more suspected.

    `concentration`: share of the prompts that are of the template the account uses most. `templated`: of any template.
    `even`: how little the lengths of its prompts vary, as the standard deviation of their logarithms.
    """
    from linkage.io import read
    from linkage.settings import Settings
    from linkage.similarity import templates
    from linkage.similarity.vectors import vectors

    settings = Settings()
    tables = read(folder, settings.input)
    assert tables.prompts is not None
    found = vectors(tables.prompts, None, settings.similarity.text)
    assert found.threshold is not None
    covered = templates(
        found.unit, found.account, found.sent_at, found.row, found.threshold, settings.similarity.prompts, settings.seed
    )
    used = pl.DataFrame({"account": found.account, "template": covered.template}).filter(pl.col("template") >= 0)
    counted = used.group_by("account", "template").len().group_by("account")
    lengths = tables.prompts.select("account", length=pl.col("text").str.len_chars().cast(pl.Float64).log()).collect()
    return (
        tables.accounts.select("account", "account_id")
        .join(counted.agg(most=pl.col("len").max(), all=pl.col("len").sum()), on="account", how="left")
        .join(lengths.group_by("account").agg(spread=pl.col("length").sort().std()), on="account", how="left")
        .select(
            "account_id",
            concentration=pl.col("most").fill_null(0) / PROMPTS,
            templated=pl.col("all").fill_null(0) / PROMPTS,
            even=-pl.col("spread"),
        )
    )


def by_chance(truth: pl.DataFrame, reached: float, draws: int = 1_000) -> tuple[float, float]:
    """Average precision of hands in a random order: its mean, and how often it is as much as `reached`."""
    random_numbers = np.random.default_rng(0)
    hand = truth["hand"].rank("dense").to_numpy() - 1
    sourced = (truth["source"] != ORGANIC).to_numpy().astype(np.float64)
    orders = (random_numbers.permutation(int(hand.max()) + 1)[hand].astype(np.float64) for _ in range(draws))
    found = np.array([average_precision(order, sourced) or 0.0 for order in orders])
    return float(found.mean()), float((found >= reached).mean())


def centroids(folder: Path) -> pl.DataFrame:
    """Communities by what accounts write alone -> account_id, community_id.

    The mean of an account's vectors less that of all, each account's nearest by cosine, Leiden by modularity.
    """
    import igraph

    from linkage.io import read
    from linkage.settings import Settings
    from linkage.similarity.vectors import vectors

    settings = Settings()
    tables = read(folder, settings.input)
    assert tables.prompts is not None
    found = vectors(tables.prompts, None, settings.similarity.text)
    n = tables.accounts.height
    total = np.zeros((n, found.unit.shape[1]))
    np.add.at(total, found.account, found.unit)
    count = np.bincount(found.account[found.unit.any(axis=1)], minlength=n)[:, None]
    centred = total / np.maximum(count, 1) - total.sum(axis=0) / max(int(count.sum()), 1)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    cosine = centred @ centred.T
    np.fill_diagonal(cosine, -1.0)
    weight: dict[tuple[int, int], float] = {}
    for a, near in enumerate(np.argsort(-cosine, axis=1, kind="stable")[:, :NEIGHBOURS].tolist()):
        for b in near:
            pair = (min(a, b), max(a, b))
            weight[pair] = weight.get(pair, 0.0) + max(float(cosine[a, b]), 0.0)
    graph = igraph.Graph(n=n, edges=list(weight))
    random.seed(0)
    igraph.set_random_number_generator(random)
    parts = graph.community_leiden("modularity", weights=list(weight.values()), n_iterations=10)
    return tables.accounts.select("account_id", community_id=pl.Series(parts.membership).cast(pl.String))


def scores(truth: pl.DataFrame, found: pl.DataFrame) -> dict[str, float]:
    """B-cubed of communities against sources over sourced accounts; the share of organic accounts among theirs.

    `organic_beside`: of the accounts in communities that are mostly sourced, the share that is organic.
    """
    both = truth.join(found, on="account_id", how="left")
    sourced = both.filter(pl.col("source") != ORGANIC)
    measured = compare(sourced["source"], sourced["community_id"]).b_cubed
    mixed = (
        both.drop_nulls("community_id")
        .group_by("community_id")
        .agg(accounts=pl.len(), organic=(pl.col("source") == ORGANIC).sum())
        .filter(2 * pl.col("organic") < pl.col("accounts"))
    )
    accounts = int(mixed["accounts"].sum())
    return {
        "f1": measured.f1,
        "precision": measured.precision,
        "recall": measured.recall,
        "organic_beside": int(mixed["organic"].sum()) / accounts if accounts else 0.0,
        "accounts": truth.height,
        "sourced": sourced.height,
    }


def by_source(truth: pl.DataFrame, found: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Of each source's accounts: mean precision and recall of the community each is in, among sourced accounts."""
    both = truth.filter(pl.col("source") != ORGANIC).join(found, on="account_id", how="left")
    placed = both.with_columns(community=pl.coalesce("community_id", pl.format("alone {}", "account_id"))).with_columns(
        shared=pl.len().over("source", "community"),
        of_community=pl.len().over("community"),
        of_source=pl.len().over("source"),
    )
    rows = placed.group_by("source").agg(
        precision=(pl.col("shared") / pl.col("of_community")).mean(),
        recall=(pl.col("shared") / pl.col("of_source")).mean(),
    )
    return {row["source"]: (row["precision"], row["recall"]) for row in rows.sort("source").iter_rows(named=True)}
