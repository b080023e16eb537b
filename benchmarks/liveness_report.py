"""What benchmarks/liveness.py found: tables, JSON and a plot."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from benchmarks.liveness_left_out import THRESHOLD_BPCER, LeftOut
from benchmarks.liveness_passive import WANTED_BPCER, CueRow
from benchmarks.liveness_rates import Rate, Row
from models.liveness.limits import DEFAULT_LIMITS

TABLE_WIDTH = 150


def print_tables(rows: Sequence[Row], apart: LeftOut, cues: Sequence[CueRow], console: Console) -> None:
    active = Table(
        title="Challenge: attacks accepted (APCER), genuine attempts refused (BPCER), 95 % interval"
    )
    for column in ("attempts of", "data", "people", "attempts", "geometry alone", "all rules", "AUC"):
        active.add_column(column, justify="left" if column in ("attempts of", "data") else "right")
    for row in rows:
        active.add_row(
            ("BPCER " if row.kind == "genuine" else "APCER ") + row.name,
            row.data,
            str(row.people),
            f"{row.attempts:,}",
            percent(row.geometry),
            percent(row.all_rules),
            "" if isnan(row.auc) else f"{row.auc:.4f}",
        )
    console.print(active)
    console.print(
        f"Geometry, each person judged by the depth of the others: BPCER {percent(apart.shipped)}; with the "
        f"threshold too set on the others (BPCER {THRESHOLD_BPCER:.0%} of theirs, {apart.thresholds[0]:.2f} to "
        f"{apart.thresholds[1]:.2f}; in use {DEFAULT_LIMITS.min_evidence}): {percent(apart.own)}; lowest "
        f"evidence of a genuine attempt {apart.lowest_evidence:.2f}"
    )
    if not cues:
        return
    sets = list(cues[0].false_alarms)
    passive = Table(
        title="Passive cues: flags of live people by data set, of prints; and inside one data set"
    )
    passive.add_column("cue")
    for column in (
        *(f"live: {name}" for name in sets),
        "prints",
        "AUC",
        f"APCER at BPCER {WANTED_BPCER:.0%}",
        "BPCER",
    ):
        passive.add_column(column, justify="right")
    for cue in cues:
        passive.add_row(
            cue.cue,
            *(percent(cue.false_alarms[name]) if cue.false_alarms else "" for name in sets),
            percent(cue.caught) if cue.caught else "",
            f"{cue.auc:.3f}",
            percent(cue.apcer),
            percent(cue.bpcer),
        )
    console.print(passive)


def percent(rate: Rate) -> str:
    return f"{100 * rate.value:.2f} % [{100 * rate.interval.low:.1f}, {100 * rate.interval.high:.1f}]"


def write_json(
    rows: Sequence[Row], apart: LeftOut, cues: Sequence[CueRow], machine: dict[str, str | int], path: Path
) -> None:
    report = {
        "benchmark": "liveness",
        "machine": machine,
        "limits": asdict(DEFAULT_LIMITS),
        "challenge": [asdict(row) for row in rows],
        "left_out": asdict(apart),
        "passive": [asdict(cue) for cue in cues],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_plain(report), indent=1) + "\n")


def _plain(value: Any) -> Any:
    """Six digits are more than any of this is sure of, and JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return None if isnan(value) else float(f"{value:.6g}")
    return value


def draw(rows: Sequence[Row], path: Path) -> None:
    """Error rates of every kind of attempt, with their intervals."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hadir", "font.size": 9}):
        figure = Figure(figsize=(10, 0.28 * len(rows) + 1.2), layout="constrained")
        panel = figure.subplots()
        for series, offset, marker, colour in (
            ("geometry", -0.15, "s", "#e08214"),
            ("all_rules", 0.15, "o", "#053061"),
        ):
            rates = [getattr(row, series) for row in rows]
            values = [100 * rate.value for rate in rates]
            spread = [
                [100 * max(rate.value - rate.interval.low, 0) for rate in rates],
                [100 * max(rate.interval.high - rate.value, 0) for rate in rates],
            ]
            panel.errorbar(
                values,
                [at + offset for at in range(len(rows))],
                xerr=spread,
                fmt=marker,
                color=colour,
                markersize=4,
                elinewidth=1,
                label="geometry alone" if series == "geometry" else "all rules",
            )
        panel.set_yticks(
            range(len(rows)),
            [f"{'BPCER' if row.kind == 'genuine' else 'APCER'} {row.name} ({row.data})" for row in rows],
        )
        panel.set_xscale("symlog", linthresh=1)
        panel.set(xlabel="error rate in percent, 95 % interval", xlim=(-0.05, 110))
        panel.invert_yaxis()
        panel.grid(axis="x", color="#cccccc", linewidth=0.6)
        panel.legend(frameon=False, loc="lower right")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
