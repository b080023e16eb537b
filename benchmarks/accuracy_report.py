"""What benchmarks/accuracy.py found: tables, JSON and a plot."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy_rates import CURVE_FMRS, FMRS, WANTED_FPIR, Result
from models.calibration import SHIPPED_FMR, Proportion

# Told apart by dashes and by width, not by colour alone.
LINES: dict[str, dict[str, Any]] = {
    "face_recognition": {"color": "#b2182b", "linestyle": (0, (1, 1.2)), "linewidth": 2.0},
    "dlib": {"color": "#e08214", "linestyle": (0, (6, 2, 1, 2)), "linewidth": 1.6},
    "SFace": {"color": "#4393c3", "linestyle": (0, (5, 2)), "linewidth": 1.6},
    "SFace + dlib": {"color": "#053061", "linestyle": "-", "linewidth": 2.2},
    "SFace + dlib, AS-norm": {"color": "#555555", "linestyle": "-", "linewidth": 1.0},
}


def print_tables(results: Sequence[Result], console: Console) -> None:
    verification = Table(title="Verification: TAR at FMR [95 % interval], rates at the threshold in use")
    verification.add_column("method")
    verification.add_column("photos", justify="right")
    for rate in FMRS:
        verification.add_column(f"{rate:.0e}", justify="right")
    verification.add_column("threshold", justify="right")
    verification.add_column("FMR", justify="right")
    verification.add_column("FNMR", justify="right")
    verification.add_column(f"FMR {SHIPPED_FMR:.0e} set on\nother people", justify="right")
    for result in results:
        v = result.verification
        rates = [
            f"{t.value:.4f}\n{i.low:.3f}-{i.high:.3f}" for t, i in zip(v.tar, v.tar_interval, strict=True)
        ]
        rates += [""] * (len(FMRS) - len(rates))
        threshold = "" if v.threshold is None else f"{abs(v.threshold):.3f}"
        split = v.split_half
        verification.add_row(
            result.method,
            str(result.enrolment_photos),
            *rates,
            threshold,
            "" if v.fmr is None else f"{v.fmr.value:.1e}",
            _percent(v.fnmr),
            f"{split.mean:.1e}\n{split.low:.1e}-{split.high:.1e}",
        )
    console.print(verification)
    searches = Table(
        title="Identification: at the threshold in use, and at the threshold for the FPIR wanted"
    )
    for column in (
        "method",
        "photos",
        "gallery",
        "FPIR",
        "expected",
        "FNIR",
        f"FNIR at FPIR {WANTED_FPIR:.0%}",
    ):
        searches.add_column(column, justify="left" if column == "method" else "right")
    for result in results:
        for found in result.identification:
            searches.add_row(
                result.method,
                str(result.enrolment_photos),
                f"{found.gallery_size:,}",
                _percent(found.fpir),
                "" if found.fpir_expected is None else f"{found.fpir_expected:.2%}",
                _percent(found.fnir),
                _percent(found.fnir_at_wanted_fpir),
            )
    console.print(searches)


def write_json(
    results: Sequence[Result], photos: int, people: int, machine: dict[str, str | int], path: Path
) -> None:
    report = {
        "benchmark": "accuracy",
        "machine": machine,
        "photos": photos,
        "people": people,
        "fmrs": FMRS,
        "curve_fmrs": [float(f"{rate:.3e}") for rate in CURVE_FMRS],
        "results": [asdict(result) for result in results],
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


def draw(results: Sequence[Result], path: Path) -> None:
    """DET curves, one panel for each number of enrolment photos."""
    counts = sorted({result.enrolment_photos for result in results})
    # Text stays text, and the same results give the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hadir", "font.size": 10}):
        figure = Figure(figsize=(10, 4.8), layout="constrained")
        panels = figure.subplots(1, len(counts), sharey=True, squeeze=False)[0]
        for panel, count in zip(panels, counts, strict=True):
            for result in results:
                if result.enrolment_photos == count:
                    _draw_curve(panel, result)
            panel.set(
                xscale="log",
                yscale="log",
                xlim=(1e-5, 1e-2),
                ylim=(1e-3, 1),
                xlabel="FMR: impostors accepted",
                title=f"{count} enrolment photo{'s' if count > 1 else ''}",
            )
            panel.yaxis.set_major_formatter(
                FuncFormatter(lambda rate, _: f"{rate:.3%}".rstrip("0%").rstrip(".") + " %")
            )
            panel.grid(which="major", color="#cccccc", linewidth=0.6)
        panels[0].set_ylabel("FNMR: genuine refused")
        handles = panels[0].get_legend_handles_labels()[0]
        dot = Line2D([], [], marker="o", linestyle="", color="black", label="at the threshold in use")
        figure.legend(
            handles=[*handles, dot], loc="outside lower center", ncols=3, frameon=False, handlelength=4
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})


def _draw_curve(panel: Any, result: Result) -> None:
    v = result.verification
    panel.plot(CURVE_FMRS, v.curve_fnmr, label=result.method, **LINES[result.method])
    if v.fmr is not None and v.fnmr is not None:
        panel.plot(
            v.fmr.value, v.fnmr.value, "o", color=LINES[result.method]["color"], markersize=6, zorder=3
        )


def _percent(rate: Proportion | None) -> str:
    return "" if rate is None else f"{rate.value:.3%}"
