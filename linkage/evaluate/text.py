"""An evaluation as text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from linkage.evaluate.model import Clustering, Evaluation, Innocents, Named, Reliability, Suspicion

Row = Sequence[str]


def render(evaluation: Evaluation, most: int = 30) -> str:
    """Tables a person reads; of campaigns the `most` largest."""
    return "\n".join(_lines(evaluation, most)) + "\n"


def _lines(evaluation: Evaluation, most: int) -> Iterator[str]:
    yield f"{evaluation.labelled:,} labelled accounts; {evaluation.accounts:,} in the run"
    if evaluation.not_in_truth:
        yield f"{evaluation.not_in_truth:,} accounts of the run are not labelled: left out"
    if evaluation.not_in_run:
        yield f"{evaluation.not_in_run:,} labelled accounts are not in the run: counted as not found"
    yield ""
    yield from _table(
        ("clusters", "accounts", "pairwise P", "R", "F1", "B-cubed P", "R", "F1"),
        [
            _clustering("campaigns", evaluation.campaigns),
            *(_clustering(f"communities, {name}", each) for name, each in evaluation.communities.items()),
        ],
    )
    if evaluation.suspicion is not None:
        yield from _suspicion(evaluation.suspicion)
    if evaluation.innocents is not None:
        yield from _innocents(evaluation.innocents)
    yield from _links("links", evaluation.links)
    yield from _links("links, once groups are assessed", evaluation.assessed_links)
    for name, named in (
        ("accounts", evaluation.operators_of_accounts),
        ("campaigns", evaluation.operators_of_campaigns),
    ):
        if named is not None:
            yield _named(name, named)
    if evaluation.true_campaigns:
        yield ""
        yield from _table(
            ("true campaign", "accounts", "found as", "recall", "precision", "pieces"),
            [
                (
                    each.campaign,
                    f"{each.accounts:,}",
                    each.found_as or "not found",
                    _figure(each.recall),
                    _figure(each.precision),
                    str(each.pieces),
                )
                for each in evaluation.true_campaigns[:most]
            ],
        )
        yield from _more(len(evaluation.true_campaigns) - most)
    if evaluation.found_campaigns:
        yield ""
        yield from _table(
            ("found campaign", "accounts", "guilty", "mostly", "purity"),
            [
                (
                    each.campaign_id,
                    f"{each.accounts:,}",
                    f"{each.guilty:,}",
                    each.mostly or "honest accounts",
                    _figure(each.purity),
                )
                for each in evaluation.found_campaigns[:most]
            ],
        )
        yield from _more(len(evaluation.found_campaigns) - most)


def _clustering(name: str, each: Clustering) -> Row:
    scores = (each.pairwise, each.b_cubed)
    figures = (_figure(value) for score in scores for value in (score.precision, score.recall, score.f1))
    return (name, f"{each.accounts:,}", *figures)


def _suspicion(suspicion: Suspicion) -> Iterator[str]:
    yield ""
    yield (
        f"suspicion: average precision {_figure(suspicion.average_precision)}"
        f" (base rate {_figure(suspicion.base_rate)}),"
        f" calibration error {suspicion.calibration_error:.5f}, Brier {suspicion.brier:.5f}"
    )
    if suspicion.precision_at:
        yield "precision at " + ", ".join(f"{int(k):,}: {_figure(each)}" for k, each in suspicion.precision_at.items())
    yield from _table(
        ("suspicion", "accounts", "mean", "guilty"),
        [
            (f"{each.low:.1f} to {each.high:.1f}", f"{each.accounts:,}", _figure(each.suspicion), _figure(each.guilty))
            for each in suspicion.bins
            if each.accounts
        ],
    )


def _links(what: str, links: dict[str, Reliability]) -> Iterator[str]:
    if links:
        yield ""
        errors = (f"{each.calibration_error:.4f} ({reading})" for reading, each in links.items())
        yield f"{what}: calibration error {', '.join(errors)}"
        yield from _table(
            ("probability", "links", "mean", *links),
            [
                (
                    f"{bins[0].low:.1f} to {bins[0].high:.1f}",
                    f"{bins[0].links:,}",
                    _figure(bins[0].probability),
                    *(_figure(each.same) for each in bins),
                )
                for bins in zip(*(each.bins for each in links.values()), strict=True)
                if bins[0].links
            ],
        )


def _innocents(innocents: Innocents) -> Iterator[str]:
    yield ""
    yield (
        f"innocents in campaigns: {innocents.in_campaigns:,} of {innocents.honest:,} honest accounts"
        f" ({innocents.share:.3%}); of accounts in campaigns {_figure(innocents.guilty_share)} are guilty"
    )
    if innocents.kinds:
        yield from _table(
            ("honest kind", "accounts", "in campaigns"),
            [(each.kind, f"{each.honest:,}", f"{each.in_campaigns:,}") for each in innocents.kinds],
        )


def _named(name: str, named: Named) -> str:
    if not named.named:
        return f"operators of {name}: none named, {named.nameable:,} nameable"
    return (
        f"operators of {name}: {named.right:,} of {named.named:,} named rightly ({_figure(named.accuracy)});"
        f" {_figure(named.coverage)} of {named.nameable:,} nameable named"
    )


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"and {count:,} more"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """Columns aligned: the first to the left, numbers to the right."""
    clean = [[_printable(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in clean) for column in range(len(head))]
    for row in clean:
        yield "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
