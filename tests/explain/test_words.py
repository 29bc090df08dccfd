"""What is said is no surer, and no shorter, than what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linkage.explain import dossier, dossier_lines, explain_account, overview
from linkage.explain.overview import Explanation
from linkage.explain.robustness import Robustness
from linkage.explain.text import account_lines
from linkage.explain.text_campaigns import overview_lines
from linkage.explain.words import few, likely, named, number
from linkage.io import Run
from tests.explain.test_campaigns import many


@pytest.mark.parametrize(
    ("value", "said"), [(1.0, ">0.99"), (0.996, ">0.99"), (0.994, "0.99"), (0.0, "<0.01"), (None, "-")]
)
def test_an_estimate_is_never_certain(value: float | None, said: str) -> None:
    assert likely(value) == said


def test_figures_and_values_in_words() -> None:
    assert [few(value) for value in (None, 0.01, 0.31, 3.14)] == ["-", "<0.1", "0.3", "3.1"]
    assert [number(count, "link") for count in (0, 1, 1200)] == ["0 links", "1 link", "1,200 links"]
    assert named("ip", "ip:19b2c0352571b66a") == "ip:19b2c0352571b66a"
    assert named("prompt", "template 7") == "prompt template 7"


def test_an_explanation_that_does_not_fit_is_not_the_nearest(crew: Run) -> None:
    none = Explanation("campus", 0.0, -0.0, "0% of the traffic comes from a campus network")
    some = Explanation("vendor", 0.4, -1.5, "keys of one organization")
    found = dossier(crew, crew.table("campaigns")["campaign_id"][0])
    said = "\n".join(dossier_lines(replace(found, explanations=[none])))
    assert "none of 1 tested fits at all" in said
    assert "-0.0 bits" not in said
    assert "campus" not in said
    assert "vendor, fits to 40% (-1.5 bits)" in "\n".join(dossier_lines(replace(found, explanations=[some, none])))


def test_robustness_says_when_it_was_not_tested_with_all_accounts(crew: Run) -> None:
    found = dossier(crew, crew.table("campaigns")["campaign_id"][0])
    tested = [Robustness("money", found.accounts - 1, 1.0, True)]
    said = "\n".join(dossier_lines(replace(found, robustness=tested)))
    assert f"tested with the {found.accounts - 1} of its {found.accounts} accounts" in said


def test_a_first_build_has_no_history(crew: Run) -> None:
    row = {"event": "born", "previous_id": None, "campaign_id": "C-1", "accounts_before": 0, "accounts_now": 3}
    found = replace(
        dossier(crew, crew.table("campaigns")["campaign_id"][0]), lineage=[{**row, "common": 0, "builds_ago": 0}]
    )
    assert "found for the first time in this build, 3 accounts" in "\n".join(dossier_lines(found))


def test_long_texts_do_not_widen_the_list() -> None:
    lines = list(overview_lines([replace(each, capability="word " * 40) for each in overview(many())], None))
    assert max(map(len, lines)) < 200
    assert "characters)" not in "\n".join(lines)


def test_a_link_is_counted_in_words(crew: Run) -> None:
    assert "1 links" not in "\n".join(account_lines(explain_account(crew, "x")))
