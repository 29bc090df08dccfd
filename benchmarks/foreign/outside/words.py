"""What prompts look like: vectors about frames, or sentences in one of several scripts."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.foreign.outside.log import Array, Log

OPENINGS = (
    "Think step by step and show your full reasoning before the final answer",
    "Grade the response below against the rubric from one to ten and explain each mark",
    "Rewrite the following so that it can be published without offending the censors",
    "You are a coding agent with tools; plan, call the tools, and return the final patch",
    "The following is a multiple choice question; reply with the letter of the right answer only",
    "Summarise the document for a busy reader in five bullet points",
    "Translate the passage and keep the tone of the original",
    "You are a helpful assistant for our customers; answer politely and briefly",
)
_LISTED = (
    "account anchor answer apple archive arrow balance basin bicycle border branch bridge budget butter cabin canal "
    "carbon castle circuit cloud coast column copper cotton court crystal culture current danger debate degree desert "
    "design detail diet domain dragon echo economy editor effect energy engine essay estate event factor fiber figure "
    "filter flavor forest formula garden gate glacier grammar gravity habit harbor history hunger image income index "
    "insect island journal journey jury kernel kitchen label ladder lawyer lecture lemon letter lever library liquid "
    "logic lumber machine magnet margin market matrix measure memory merchant metal method mirror model molecule moral "
    "motion muscle museum network neuron notion novel number object ocean office orbit organ oxygen packet paint paper "
    "patent pattern planet plasma poem policy portrait pressure prism profit protein pump puzzle radio random reactor "
    "recipe region rhythm river rocket route salary sample satellite scale school season sensor sequence shadow signal "
    "silver socket sodium solar spectrum station statute stomach storm strategy summit surface symbol syntax system "
    "table target tariff temple tensor theory thread timber tissue token torque tower trade treaty tunnel turbine "
    "union vaccine valley vector vessel village virus volcano voltage wagon warrant weather window winter witness zone"
)
WORDS = tuple(_LISTED.split())
#: The first letter of a script's part that letters are moved to, and how far apart they lie.
SCRIPTS = {"cyrillic": (0x430, 1), "arabic": (0x627, 1), "han": (0x4E10, 37)}


def vectors(log: Log, frames: Array) -> pl.Series:
    """Unit vectors: about the centre of a topic, or closely about that of a frame."""
    draw, width = log.random, log.how.width
    noise = 1.0 / np.sqrt(width)
    topics = draw.standard_normal((300, width)) * noise
    centres = draw.standard_normal((len(log.spreads), width)) * noise
    spreads = np.asarray(log.spreads)
    made = np.empty((len(frames), width), np.float32)
    for start in range(0, len(frames), 65_536):
        at = frames[start : start + 65_536]
        of_frame = at >= 0
        base = np.where(of_frame[:, None], centres[np.maximum(at, 0)], 0.7 * topics[np.maximum(-1 - at, 0)])
        far = np.where(of_frame, spreads[np.maximum(at, 0)], 0.75)
        points = base + far[:, None] * noise * draw.standard_normal((len(at), width))
        made[start : start + 65_536] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return pl.Series(made, dtype=pl.Array(pl.Float32, width))


def texts(log: Log, frames: Array) -> pl.Series:
    """An opening, the frame's own sentences, and words of the case; the more of these, the wider the frame."""
    draw, words = log.random, np.array(WORDS, object)
    own = [" ".join(words[draw.integers(len(words), size=draw.integers(12, 45))]) for _ in log.spreads]
    opening = draw.integers(len(OPENINGS), size=len(log.spreads))
    some = draw.integers(len(words), size=(300, 40))
    made = []
    for frame in frames:
        if frame < 0:
            made.append(" ".join(words[draw.choice(some[-1 - frame], draw.integers(6, 40))]))
            continue
        filled = words[draw.integers(len(words), size=int(40 * log.spreads[frame] * draw.random()))]
        made.append(f"{OPENINGS[opening[frame]]}: {own[frame]} {' '.join(filled)}")
    return pl.Series([written(text, log.how.script) for text in made])


def written(text: str, script: str) -> str:
    """The text in another script, letter by letter."""
    if script not in SCRIPTS:
        return text
    first, apart = SCRIPTS[script]
    return "".join(chr(first + (ord(c) - 97) * apart) if "a" <= c <= "z" else c for c in text.lower())
