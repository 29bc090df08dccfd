"""What accounts were handed: an invitation, a voucher, the code of a class. One code for all is shared openly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

#: Independence groups of kinds that say how an account came about, and of kinds of which nothing is known.
_BIRTH, _UNKNOWN = "birth", "other"
#: Values that an account has of what it was handed, on average: one, or hardly more.
_ONE = 1.1


def handed(uses: pl.DataFrame, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Kinds, and so channels of links, of what many may be handed; sorted.

    Of a kind that is not known an account must have but one value: an address by another name has many.

    Args:
        uses: USES of all accounts.
        kinds: kind -> independence group.
    """
    unknown = uses.filter(pl.col("kind").is_in([kind for kind, group in kinds.items() if group == _UNKNOWN]))
    each = unknown.group_by("kind").agg(values=pl.len() / pl.col("account").n_unique())
    born = [kind for kind, group in kinds.items() if group == _BIRTH]
    return tuple(sorted([*born, *each.filter(pl.col("values") <= _ONE)["kind"]]))


def codes(members: pl.DataFrame, uses: pl.DataFrame, kinds: Sequence[str]) -> pl.DataFrame:
    """How far a community has one code.

    Args:
        members: account, community.
        uses: of `scope.narrowed`.
        kinds: of `handed`.

    Returns:
        community, `code_top`: share of the members with the commonest value of these kinds. Communities with such
        values only.
    """
    size = members.group_by("community").agg(size=pl.len())
    return (
        uses.filter(pl.col("kind").cast(pl.String).is_in(kinds) & ~pl.col("placeholder"))
        .join(members.select("account", "community"), on="account")
        .group_by("community", "code")
        .agg(on=pl.col("account").n_unique())
        .group_by("community")
        .agg(pl.col("on").max())
        .join(size, on="community")
        .select("community", code_top=pl.col("on") / pl.col("size"))
    )
