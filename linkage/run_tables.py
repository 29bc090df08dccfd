"""The tables of a run folder, declared once: column, type, order. They follow the data contract."""

from __future__ import annotations

from typing import Final

import polars as pl

from linkage.columns import TIME, schema

#: The run folder's tables (the columns every reader may count on; see `docs/design.md` for the further ones).
OUTPUT: Final[dict[str, pl.Schema]] = {
    # A further column, created_at, follows these.
    "accounts": schema(
        {
            "account_id": pl.String,
            "community_id": pl.String,
            "campaign_id": pl.String,
            "suspicion": pl.Float32,
            "stability": pl.Float32,
            "tier": pl.String,
            "operator": pl.String,
            "exchanges": pl.Int64,
            "first_seen": TIME,
            "last_seen": TIME,
        }
    ),
    "members": schema(
        {
            "campaign_id": pl.String,
            "account_id": pl.String,
            "share": pl.Float32,
            "tier": pl.String,
            "stability": pl.Float32,
            "exchanges": pl.Int64,
        }
    ),
    "communities": schema(
        {
            "community_id": pl.String,
            "accounts": pl.Int64,
            "suspicion": pl.Float32,
            "campaign_id": pl.String,
            "explanation": pl.String,
            "reasons_for": pl.String,
            "reasons_against": pl.String,
            # JSON: every innocent explanation tested, with its `name`, `fit` (0 to 1), `bits` and `text`.
            "explanations": pl.String,
        }
    ),
    "campaigns": schema(
        {
            "campaign_id": pl.String,
            "accounts": pl.Int64,
            "exchanges": pl.Int64,
            "input_tokens": pl.Int64,
            "output_tokens": pl.Int64,
            "first_seen": TIME,
            "last_seen": TIME,
            "suspicion": pl.Float32,
            "stability": pl.Float32,
            "operator": pl.String,
            "operator_confidence": pl.Float32,
            "capability": pl.String,
            "innocents_expected": pl.Float32,
            "reasons_for": pl.String,
            "reasons_against": pl.String,
        }
    ),
    # A row a campaign and rung (operator, relay, beneficiary); `rests_on` and `rivals` are JSON lists.
    "attributions": schema(
        {
            "campaign_id": pl.String,
            "rung": pl.String,
            "name": pl.String,
            "confidence": pl.Float32,
            "rests_on": pl.String,
            "rivals": pl.String,
            "abstained": pl.Boolean,
            "rationale": pl.String,
            "would_change": pl.String,
        }
    ),
    # The campaign without one independence group: the accounts still in one piece, and whether it would be a campaign.
    "robustness": schema(
        {
            "campaign_id": pl.String,
            "without": pl.String,
            "accounts": pl.Int64,
            "share": pl.Float32,
            "bits": pl.Float32,
            "stands": pl.Boolean,
        }
    ),
    # Further Float32 columns, one a channel, follow these.
    "links": schema(
        {
            "account_a": pl.String,
            "account_b": pl.String,
            "probability": pl.Float32,
            "weight": pl.Float32,
        }
    ),
    "evidence": schema(
        {
            "account_a": pl.String,
            "account_b": pl.String,
            "kind": pl.String,
            "value": pl.String,
            "weight": pl.Float32,
            "first_seen": TIME,
            "last_seen": TIME,
        }
    ),
    "hubs": schema(
        {
            "kind": pl.String,
            "value": pl.String,
            "degree": pl.Int64,
            "pairs": pl.Int64,
            "reason": pl.String,
        }
    ),
    # Near-duplicate prompts that two accounts or more sent. `exemplar_row` counts from 0 in the table as read.
    "templates": schema(
        {
            "template": pl.String,
            "accounts": pl.Int64,
            "prompts": pl.Int64,
            "exemplar_row": pl.Int64,
            "account_id": pl.String,
            "sent_at": TIME,
        }
    ),
    # The probability of each link once groups are assessed, and the bits that this adds to the link's or takes. Empty
    # where nothing in the logs tells one hand from several.
    "assessed_links": schema(
        {"account_a": pl.String, "account_b": pl.String, "probability": pl.Float32, "bits": pl.Float32}
    ),
    # Exchanges of a campaign's members by day and hour (UTC); they add up to the campaign's.
    "activity": schema({"campaign_id": pl.String, "day": pl.Date, "hour": pl.Int8, "exchanges": pl.Int64}),
    # Exchanges that name a model, of a campaign's members by day; where campaign_id is null, everybody's.
    "models": schema({"campaign_id": pl.String, "day": pl.Date, "model": pl.String, "exchanges": pl.Int64}),
    # Templates that only the campaign uses: its members that did, their prompts of it, and at most five single words
    # that others of its own templates share (null where the run keeps none; see `privacy.prompt_words`).
    "own_templates": schema(
        {
            "campaign_id": pl.String,
            "template": pl.String,
            "accounts": pl.Int64,
            "prompts": pl.Int64,
            "exemplar_row": pl.Int64,
            "words": pl.String,
        }
    ),
    # What became of the campaigns of the build before (`--previous`), one row for each pair that has to do with one
    # another; one side is null where a campaign was born or died. `gone` (no longer in the logs), `cleared` and `left`
    # (in no campaign now) are accounts of the previous one. Rows of earlier builds that are not of campaigns that
    # merely went on are kept: `builds_ago`.
    "lineage": schema(
        {
            "previous_id": pl.String,
            "campaign_id": pl.String,
            "event": pl.String,
            "accounts_before": pl.Int64,
            "accounts_now": pl.Int64,
            "common": pl.Int64,
            "gone": pl.Int64,
            "cleared": pl.Int64,
            "left": pl.Int64,
            "builds_ago": pl.Int64,
        }
    ),
    # What people decided and how it bound: `outcome` says it in words.
    "decisions": schema(
        {
            "account_id": pl.String,
            "decision": pl.String,
            "campaign": pl.String,
            "decided_at": TIME,
            "campaign_id": pl.String,
            "suspicion": pl.Float32,
            "returns": pl.Boolean,
            "outcome": pl.String,
        }
    ),
    # What a community hangs together by: a link, or an account (account_b is null) and its links into one side.
    "bridges": schema(
        {
            "community_id": pl.String,
            "account_a": pl.String,
            "account_b": pl.String,
            "accounts": pl.Int64,
            "links": pl.Int64,
            "groups": pl.Int64,
            "cut": pl.Boolean,
        }
    ),
    "rejected": schema(
        {
            "table": pl.String,
            "row": pl.Int64,
            "column": pl.String,
            "reason": pl.String,
            "value": pl.String,
        }
    ),
}

#: Tables that the runs of older versions lack.
LATER: Final = frozenset({"activity", "assessed_links", "models", "own_templates"})
