"""Which device a build uses, and why."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal, NamedTuple

from linkage.errors import MissingExtraError, SettingsError


class Chosen(NamedTuple):
    """The device in use and the reason, in words."""

    used: str
    why: str


def choose(asked: Literal["auto", "cpu", "cuda"]) -> Chosen:
    """Settle `--device`.

    No stage of this version has a kernel for a GPU, so `auto` takes the CPU without loading torch; `cuda` is checked,
    so that a batch job learns at its start that the machine is not the one it asked for.

    Raises:
        MissingExtraError: `cuda` asked for and torch not installed.
        SettingsError: `cuda` asked for and torch sees no GPU.
    """
    if asked == "cpu":
        return Chosen("cpu", "asked for")
    if asked == "auto":
        return Chosen("cpu", "no stage of this version computes on a GPU")
    if find_spec("torch") is None:
        raise MissingExtraError("--device cuda needs torch: pip install 'account-linkage[gnn]', or use --device auto")
    import torch

    if not torch.cuda.is_available():
        raise SettingsError(f"--device cuda: torch {torch.__version__} sees no CUDA device; use --device auto or cpu")
    return Chosen("cpu", "a GPU is there and was asked for, but no stage of this version computes on a GPU")
