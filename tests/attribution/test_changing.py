"""What would change a verdict follows from its own evidence and rivals: what a sentence says, taking away shows."""

from __future__ import annotations

import pytest

from tests.attribution.test_attribution import KINDS, ONE_OPERATOR, RARE, documented, row
from tests.attribution.worlds import Town, others

MONEY, MACHINE, NETWORK = "instrument", "device", "ip"
GROUPS = {MONEY: "money", MACHINE: "machine", NETWORK: "network"}


def said(town: Town, campaign: str = "C-lynx", rung: str = "operator") -> str:
    return str(row(town.attribute().table, campaign, rung)["would_change"])


def lynx(*, only: tuple[str, ...] = tuple(RARE), on: int = 6) -> Town:
    town = Town()
    others(town)
    town.campaign("C-lynx", 20, RARE, on=on)
    documented(town, only=only)
    return town


def test_with_two_groups_either_one_carries_the_name() -> None:
    town = lynx(only=(MONEY, NETWORK))
    assert town.names() == {"C-lynx": "lynx"}
    text = said(town)
    assert text.startswith("The name falls if this is withdrawn or proves common: ")
    assert "money (1 instrument, " in text
    assert "network (1 ip, " in text
    assert text.count("on one kind of evidence alone") == 2
    assert "No other dossier of an operator lists anything it uses." in text


@pytest.mark.parametrize("only", [tuple(RARE), (MONEY, NETWORK), (MACHINE, MONEY)])
def test_what_a_sentence_says_is_what_is_found_without_it(only: tuple[str, ...]) -> None:
    town = lynx(only=only)
    assert town.names() == {"C-lynx": "lynx"}
    text = said(town)
    falls = text.startswith("The name falls")
    for kind in only:
        fewer = lynx(only=tuple(each for each in only if each != kind)).names()
        assert fewer == ({} if falls and f"{GROUPS[kind]} (" in text else {"C-lynx": "lynx"})
    assert falls != text.startswith("No one kind of evidence carries the name: it stands even without ")


def test_one_source_for_all_is_said_and_two_are_not() -> None:
    town = lynx()
    assert "All of it comes from one source (case)" in said(town)
    town.dossiers[0]["source"] = "another case"
    assert "one source" not in said(town)


def test_the_nearest_rival_is_named_with_what_it_lacks() -> None:
    town = lynx()
    town.dossier("pike", KINDS[MONEY], RARE[MONEY])
    text = said(town)
    assert "The nearest rival is pike (" in text
    assert " bits more would make it as likely." in text


def test_of_two_that_fit_alike_an_indicator_of_one_would_tell() -> None:
    town = lynx()
    documented(town, "pike")
    assert town.names() == {}
    text = said(town)
    assert "only one of lynx and pike lists" in text
    assert "would be named by " in text


def test_one_kind_alone_says_that_another_is_lacking() -> None:
    text = said(lynx(only=(MONEY,)))
    assert "of another kind of evidence than money" in text
    assert "What speaks for it is money (1 instrument)" in text


def test_without_a_dossier_it_says_what_one_would_have_to_list() -> None:
    town = lynx(only=())
    text = said(town)
    assert text.startswith("There is no dossier of an operator.")
    assert "machine (6 device)" in text
    assert "money (6 instrument)" in text
    assert "issuer" not in text  # everybody's
    town.dossier("pike", "device", "nobody-has-it")
    assert said(town).startswith("None of the 1 dossiers of an operator lists anything it uses.")


def test_campaigns_of_one_unknown_operator_say_without_what_they_part() -> None:
    town = Town()
    others(town)
    town.campaign("C-a", 20, ONE_OPERATOR)
    town.campaign("C-b", 30, ONE_OPERATOR)
    text = said(town, "C-a")
    assert "shares with C-b" in text
    assert "identity (" in text
    assert "A dossier that names this one or C-b would tell whose." in text


def test_a_relay_without_a_name_says_how_many_members_work_elsewhere() -> None:
    town = Town()
    others(town)
    first = town.campaign("C-a", 20, {})
    town.campaign("C-b", 20, {})
    town.members += [("C-b", account) for account in first[:12]]
    text = said(town, "C-a", "relay")
    assert "60% stand in others too, and under 20% no relay is seen" in text


def test_values_of_the_logs_stand_in_no_sentence() -> None:
    town = lynx()
    documented(town, "pike", only=(MONEY,))
    for text in town.attribute().table["would_change"]:
        assert not any(value in text for value in RARE.values())


def test_long_names_are_cut() -> None:
    town = Town()
    others(town)
    town.campaign("C-lynx", 20, RARE, on=6)
    documented(town, "x" * 100_000)
    documented(town, "y" * 100_000, only=(MONEY,))
    assert len(said(town)) < 1_000
