"""The commands that explain a run: options, one call, a few lines to read. Heavy imports are inside the commands."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from linkage.terminal import say

app = typer.Typer()

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder that `linkage build` wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with all that the lines leave out.")]


class Sort(StrEnum):
    """By which figure campaigns are sorted, the largest first; operators and ids alphabetically."""

    accounts = "accounts"
    exchanges = "exchanges"
    suspicion = "suspicion"
    stability = "stability"
    innocents = "innocents"
    operator = "operator"
    id = "id"


@app.command()
def campaigns(
    run: RunFolder,
    sort: Annotated[Sort, typer.Option(help="Figure to sort by.")] = Sort.exchanges,
    limit: Annotated[int, typer.Option(min=0, help="Lines at most; 0 for all. JSON has all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the campaigns of a run."""
    from linkage import explain, io

    found = explain.overview(io.Run.open(run), sort.value)
    say(explain.as_json(found) if as_json else "\n".join(explain.overview_lines(found, limit or None)))


@app.command()
def show(
    run: RunFolder,
    campaign: Annotated[str, typer.Argument(metavar="ID", help="Campaign, as `linkage campaigns` lists it.")],
    values: Annotated[int, typer.Option(min=0, help="Shared values told a kind of evidence.")] = 5,
    members: Annotated[int, typer.Option(min=0, help="Members listed. JSON has all.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show a campaign: scale, reasons, evidence, members, attribution, and what speaks against."""
    from linkage import explain, io

    found = explain.dossier(io.Run.open(run), campaign, values, None if as_json else members)
    say(explain.as_json(found) if as_json else "\n".join(explain.dossier_lines(found)))


@app.command("explain")
def explain_accounts(
    run: RunFolder,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account id.")],
    other: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]", help="Another: why the two are linked.")] = None,
    as_json: AsJson = False,
) -> None:
    """Explain where an account stands, or why two are linked or are not."""
    from linkage import explain, io

    opened = io.Run.open(run)
    if other is None:
        alone = explain.explain_account(opened, account)
        say(explain.as_json(alone) if as_json else "\n".join(explain.account_lines(alone)))
    else:
        both = explain.explain_pair(opened, account, other)
        say(explain.as_json(both) if as_json else "\n".join(explain.pair_lines(both)))


def at_once(arguments: Sequence[str]) -> bool:
    """Whether this was a plain `explain RUN ACCOUNT [ACCOUNT] [--json]`, which then is answered.

    Typer builds every command and loads pydantic before it calls one: a fifth of the time of the whole answer.
    """
    given = [each for each in arguments[1:] if each != "--json"]
    flags = len(arguments) - 1 - len(given)
    if arguments[:1] != ["explain"] or len(given) not in (2, 3) or flags > 1 or any(e[:1] in ("", "-") for e in given):
        return False
    explain_accounts(Path(given[0]), given[1], given[2] if len(given) == 3 else None, flags == 1)
    return True


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Run folder of before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Run folder of now.")],
    as_json: AsJson = False,
) -> None:
    """Say what changed between two runs: campaigns appeared, grew, merged, split, vanished; accounts that moved."""
    from linkage import explain, io

    found = explain.diff(io.Run.open(old), io.Run.open(new))
    say(explain.as_json(found) if as_json else "\n".join(explain.difference_lines(found)))
