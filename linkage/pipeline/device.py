"""Which device a build uses, and why."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from linkage.errors import MissingExtraError, SettingsError


class Chosen(NamedTuple):
    """The device in use and the reason, in words."""

    used: str
    why: str


#: What the driver of an NVIDIA GPU makes: without it `auto` need not load torch, which takes seconds.
DRIVER = Path("/proc/driver/nvidia")


def choose(asked: Literal["auto", "cpu", "cuda"]) -> Chosen:
    """Settle `--device`: `auto` takes a GPU that torch can use, else the CPU.

    Raises:
        MissingExtraError: `cuda` asked for and torch not installed.
        SettingsError: `cuda` asked for and torch sees no GPU.
    """
    if asked == "cpu":
        return Chosen("cpu", "asked for")
    if asked == "auto" and not DRIVER.exists():
        return Chosen("cpu", "no NVIDIA driver on this machine")
    if find_spec("torch") is None:
        if asked == "auto":
            return Chosen("cpu", "a GPU is there, but torch is not installed: pip install 'account-linkage[gnn]'")
        raise MissingExtraError("--device cuda needs torch: pip install 'account-linkage[gnn]', or use --device auto")
    import torch

    if torch.cuda.is_available():
        return Chosen("cuda", f"{'asked for' if asked == 'cuda' else 'found'}: {torch.cuda.get_device_name()}")
    if asked == "auto":
        return Chosen("cpu", f"torch {torch.__version__} sees no CUDA device")
    raise SettingsError(f"--device cuda: torch {torch.__version__} sees no CUDA device; use --device auto or cpu")
