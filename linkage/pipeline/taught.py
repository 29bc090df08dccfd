"""A model taught on a finished run: what its folder holds of accounts and links, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import polars as pl

from linkage import __version__, gnn, io
from linkage.pipeline.device import choose
from linkage.pipeline.undecided import untied
from linkage.progress import Progress
from linkage.settings import Settings
from linkage.tables import ACCOUNTS, USES, empty

#: What `campaigns.activity` says of accounts and a run does not.
_ABSENT = ("input_tokens", "output_tokens", "refused", "hours")


def taught(
    run: io.Run, out: Path, settings: Settings, device: Literal["auto", "cpu", "cuda"], progress: Progress
) -> dict[str, Any]:
    """Teach a model on a run and write it to a file.

    A run says of an account how much it did and when, and of its links all there is; the rest of what models see stays
    unknown, so that the model learns nothing from it. What the run says of the accounts rests on everything in it, so
    that nothing is left to test the model on.

    Args:
        run: what `linkage build` wrote.
        out: the model's file.
        settings: all settings; prior and threshold of the links are the run's own.
        device: auto, cpu or cuda.
        progress: told of the stages.

    Returns:
        What was learned from: see `gnn.untested`.

    Raises:
        RunFolderError: the folder is no whole run.
        ModelError: there is too little to learn from, or the file cannot be written.
    """
    chosen = choose(device)
    with progress.stage("read") as stage:
        case = _case(run, settings)
        stage.rows = case.ids.height
        stage.detail = "accounts of a run"
    with progress.stage("model") as stage:
        found = gnn.untested(case, settings.gnn, settings.seed, chosen.used)
        stage.rows = found.figures.get("lessons", 0)
        stage.detail = found.figures["why"]
    if found.model is None:
        raise gnn.ModelError(f"no model was made: {found.figures['why']}")
    gnn.save(found.model, out, settings.gnn, __version__, won=False)
    return found.figures


def _case(run: io.Run, settings: Settings) -> gnn.Case:
    accounts = run.accounts.sort("account_id").with_row_index("account")
    code = accounts.select("account", "account_id")
    described = run.manifest
    links = run.links
    for end in ("account_a", "account_b"):
        links = links.join(code, left_on=end, right_on="account_id", maintain_order="left")
        links = links.drop(end).rename({"account": end})
    links = links.sort("account_a", "account_b")
    model, used = described["link_model"], described["settings"]
    assert isinstance(model, dict)
    assert isinstance(used, dict)
    links = untied(links, float(model["prior_bits"]), float(used["graph"]["min_probability"]))
    whole = gnn.Assessed(accounts, run.communities)
    place = run.communities.select("community_id").with_row_index("community").cast({"community": pl.Int32})
    known = gnn.Known(
        accounts.select("account", *(pl.lit(None, t).alias(c) for c, t in ACCOUNTS.items() if c != "account")),
        accounts.filter(pl.col("exchanges") > 0).with_columns(pl.lit(None, pl.Int64).alias(c) for c in _ABSENT),
        None,
        None,
        empty(USES),
        empty(USES).select("kind", "value"),
        {},
    )
    return gnn.Case(
        gnn.features(known),
        links,
        _groups(described["channels"], links),
        accounts.join(place, on="community_id").select("account", "community"),
        whole,
        lambda _: whole,
        None,
        run.decisions.select("account_id", "decision", "decided_at") if run.decisions.height else None,
        code,
        settings.campaigns.member_threshold,
    )


def _groups(channels: object, links: pl.DataFrame) -> dict[str, str]:
    """channel -> independence group, of the channels that links have."""
    assert isinstance(channels, dict)
    return {name: str(about.get("group", "other")) for name, about in channels.items() if name in links.columns}
