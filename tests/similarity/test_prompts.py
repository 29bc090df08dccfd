"""Templates as a stage: who shares them, their names and times."""

from __future__ import annotations

import numpy as np

from linkage.similarity import UNTIMED, templates
from linkage.similarity_settings import PromptSettings


def test_who_used_which_template() -> None:
    unit = np.eye(4, dtype=np.float32)[[0, 0, 0, 1, 1, 2, 3]]
    account = np.array([5, 5, 7, 5, 7, 7, 8], np.uint32)
    sent_at = np.array([1, 2, 3, 4, UNTIMED, 6, 7], np.int64)
    row = np.arange(70, 77)
    found = templates(unit, account, sent_at, row, 0.85, PromptSettings(), seed=0)
    assert found.template.tolist() == [0, 0, 0, 1, 1, -1, -1]
    used = found.uses.sort("account", "value")
    assert used.select("account", "value", "count").rows() == [
        (5, "template 0", 2),
        (5, "template 1", 1),
        (7, "template 0", 1),
        (7, "template 1", 1),
    ]
    assert used["first_seen"].dt.timestamp("us").to_list() == [1, 4, 3, None]
    assert found.shared.select("template", "accounts", "prompts", "exemplar_row", "account").rows() == [
        ("template 0", 2, 3, 70, 5),
        ("template 1", 2, 2, 73, 5),
    ]
    assert found.figures["recall"] == 1.0


def test_a_template_of_one_account_is_not_shared() -> None:
    unit = np.ones((3, 1), np.float32)
    found = templates(unit, np.zeros(3, np.uint32), np.zeros(3, np.int64), np.arange(3), 0.85, PromptSettings(), 0)
    assert found.shared.is_empty()
    assert found.uses.is_empty()
    assert found.figures["templates"] == 1


def test_no_prompts() -> None:
    nothing = np.zeros(0)
    found = templates(
        np.zeros((0, 8), np.float32),
        nothing.astype(np.uint32),
        nothing.astype(np.int64),
        nothing.astype(np.int64),
        0.85,
        PromptSettings(),
        0,
    )
    assert found.uses.is_empty()
    assert found.figures["templates"] == 0
