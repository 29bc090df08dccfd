"""Where a run's figures come from, as its manifest says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from linkage.report.document import Custody, Input, Version
from linkage.report.reading import mapping, strings, text, whole


def custody(manifest: Mapping[str, object], run_hash: str) -> Custody:
    """Input files with their hashes, settings, key, versions, and what another run may differ in."""
    settings, device = manifest.get("settings"), mapping(manifest.get("device"))
    privacy, given = mapping(manifest.get("privacy")), manifest.get("inputs")
    seed, hidden = manifest.get("seed"), privacy.get("pseudonymised")
    inputs = [mapping(each) for each in given] if isinstance(given, list) else []
    versions = {"linkage": manifest.get("version"), **dict(sorted(mapping(manifest.get("versions")).items()))}
    lacking = {
        "the files it was made from": not inputs,
        "its settings": not isinstance(settings, Mapping),
        "whether its values are pseudonyms": not isinstance(hidden, bool),
        "the versions of the packages it was made with": "versions" not in manifest,
    }
    return Custody(
        run_hash=run_hash,
        settings_hash=_hash(settings) if isinstance(settings, Mapping) else None,
        seed=whole(seed),
        device=text(device.get("used")),
        pseudonymised=hidden if isinstance(hidden, bool) else None,
        key_fingerprint=text(privacy.get("key_fingerprint")),
        inputs=tuple(
            Input(
                table=str(each.get("table")),
                path=str(each.get("path")),
                rows=whole(each.get("rows")),
                bytes=whole(each.get("bytes")),
                sha256=text(each.get("sha256")),
            )
            for each in inputs
        ),
        versions=tuple(
            Version(name=str(name), version=str(each)) for name, each in versions.items() if each is not None
        ),
        not_reproducible=tuple(strings(manifest.get("not_reproducible"))),
        notes=tuple(f"The manifest does not say {what}." for what, absent in lacking.items() if absent),
    )


def _hash(settings: Mapping[str, object]) -> str:
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()
