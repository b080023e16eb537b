"""The passive cues on live people of several data sets, and on printed photos of some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.liveness_rates import Rate, auc, rate_of
from models.detector import Detector
from models.image import decode
from models.liveness.minifasnet import MiniFasNet
from models.liveness.passive import CUE_LIMITS, PassiveLiveness, measure

# Where live people are, how many photos of a set are looked at, and whose they are.
LIVE: Mapping[str, tuple[str, int]] = {
    "spoof": ("genuine/*/*.jpg", 400),
    "poses": ("*/tilt+00_pan[+-][01]?.jpg", 60),
    "portraits": ("*/*.jpg", 120),
    "faces": ("*/*.jpg", 600),
}
ATTACKS = ("attack/*/*.jpg", 400)
WANTED_BPCER = 0.05

Measured: TypeAlias = list[tuple[str, PassiveLiveness]]


@dataclass(frozen=True, slots=True)
class CueRow:
    """One cue, or the score of all.

    false_alarms : by data set, the share of live people's photos beyond the limit; of the score none has one.
    caught : share of the printed photos beyond it.
    auc : live people against their printed photos, inside the one data set that has both.
    apcer, bpcer : there, with a threshold set on the other people for a BPCER of 5 %.
    """

    cue: str
    false_alarms: dict[str, Rate]
    caught: Rate | None
    auc: float
    apcer: Rate
    bpcer: Rate


def measure_cues(folders: Mapping[str, Path], minifasnet: Path | None, console: Console) -> list[CueRow]:
    """`folders`: data sets by name; without "spoof" there is nothing to compare."""
    if "spoof" not in folders:
        return []
    network = MiniFasNet(minifasnet) if minifasnet else None
    live = {
        name: _measured(_some(folder, *LIVE[name]), f"Cues of live people: {name}", network, console)
        for name, folder in folders.items()
    }
    attacks = _measured(_some(folders["spoof"], *ATTACKS), "Cues of prints", network, console)
    cues = [*CUE_LIMITS, "score", *(["minifasnet"] if network else [])]
    return [_row(cue, live, attacks) for cue in cues]


def _some(folder: Path, pattern: str, most: int) -> list[Path]:
    paths = sorted(folder.glob(pattern))
    return paths[:: max(1, len(paths) // most)]


def _measured(paths: Sequence[Path], title: str, network: MiniFasNet | None, console: Console) -> Measured:
    detector, measured = Detector(), []
    for path in track(paths, title, console=console):
        rgb = decode(path.read_bytes())
        for face in detector.find(rgb)[:1]:
            cues = measure(rgb, face)
            if network:
                cues = replace(cues, minifasnet=network.live_probability(rgb, face))
            measured.append((path.parent.name.split("_")[0], cues))
    return measured


def _row(cue: str, live: Mapping[str, Measured], attacks: Measured) -> CueRow:
    genuine, prints = (_suspicion(cue, measured) for measured in (live["spoof"], attacks))
    flagged = cue != "score"
    apcer, bpcer = _left_out(genuine, prints)
    return CueRow(
        cue=cue,
        false_alarms={name: _flag_rate(cue, measured) for name, measured in live.items()} if flagged else {},
        caught=_flag_rate(cue, attacks) if flagged else None,
        auc=auc([value for _, value in prints], [value for _, value in genuine]),
        apcer=apcer,
        bpcer=bpcer,
    )


def _suspicion(cue: str, measured: Measured) -> list[tuple[str, float]]:
    """Whose, and the cue's value, turned so that more is more like a print."""
    if cue == "score":
        return [(person, cues.score) for person, cues in measured]
    usual, limit = CUE_LIMITS.get(cue, (1.0, 0.0))
    return [(person, float(asdict(cues)[cue]) * np.sign(limit - usual)) for person, cues in measured]


def _flag_rate(cue: str, measured: Measured) -> Rate:
    return rate_of([cue in cues.flags for _, cues in measured], [person for person, _ in measured])


def _left_out(genuine: list[tuple[str, float]], prints: list[tuple[str, float]]) -> tuple[Rate, Rate]:
    """APCER and BPCER of each person at the threshold that refuses 5 % of the others."""
    passed: list[tuple[str, bool]] = []
    refused: list[tuple[str, bool]] = []
    for person in sorted({person for person, _ in genuine}):
        others = [value for other, value in genuine if other != person]
        threshold = float(np.quantile(others, 1 - WANTED_BPCER))
        passed += [(person, value <= threshold) for other, value in prints if other == person]
        refused += [(person, value > threshold) for other, value in genuine if other == person]
    return _rate(passed), _rate(refused)


def _rate(events: list[tuple[str, bool]]) -> Rate:
    return rate_of([happened for _, happened in events], [person for person, _ in events])
