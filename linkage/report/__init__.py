"""What a run says, for people: one typed report model, and the page and formats that are drawn from it."""

from __future__ import annotations

from linkage.report.html import STATIC as STATIC
from linkage.report.html import TEMPLATES as TEMPLATES
from linkage.report.html import render as render
