#!/usr/bin/env python3
"""Simulates swarms of several sizes with the planner of the real program, and shows them in docs/swarm-plan.md: a
table, and a picture of time against the bound. Named sizes are simulated; the others keep their last figures. A
thousand nodes take four minutes, ten thousand twenty."""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from processes import ROOT
from report import write

PROGRAM = ROOT / ".build/release/swarm-simulation"
SIZES = (10, 30, 100, 300, 1000, 3000, 10000)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 64, 16, 40, 48
COLOURS = {"cold": "#1f6feb", "hostile": "#d1242f"}
NAMES = {"cold": "cold start", "hostile": "a quarter lies, an eighth is silent"}


class Swarms:
    """What was simulated: one file for each size."""

    def __init__(self, path):
        self.path = path

    def simulate(self, size):
        start = time.monotonic()
        text = subprocess.run([PROGRAM, str(size)], check=True, capture_output=True, text=True).stdout
        head, *lines = text.strip().split("\n")
        rows = [dict(zip(head.split("\t"), line.split("\t"))) for line in lines]
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / f"{size}.json").write_text(json.dumps(rows, indent=1))
        print(f"{size} nodes: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    def rows(self):
        """Of all sizes, by scenario."""
        found = [row for file in self.path.glob("*.json") for row in json.loads(file.read_text())]
        return sorted(found, key=lambda row: (row["scenario"], int(row["nodes"])))


def ratio(row):
    return float(row["slowest"]) / float(row["bound"])


class Chart:
    """Time against the bound over the number of nodes."""

    def __init__(self, rows):
        self.rows = rows
        self.top = max(1.5, math.ceil(max(map(ratio, rows)) * 10) / 10)
        sizes = {int(row["nodes"]) for row in rows}
        self.low, self.high = math.log10(min(sizes)), math.log10(max(max(sizes), 2 * min(sizes)))

    def x(self, nodes):
        return LEFT + (math.log10(nodes) - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        return HEIGHT - BOTTOM - (value - 1) / (self.top - 1) * (HEIGHT - TOP - BOTTOM)

    def svg(self):
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
        step = 0.1 if self.top <= 2 else 0.5
        for index in range(round((self.top - 1) / step) + 1):
            value = 1 + index * step
            height = self.y(value)
            parts.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}" stroke="#ddd"/>'
                f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{value:.1f}</text>')
        for nodes in sorted({int(row["nodes"]) for row in self.rows if row["scenario"] == "cold"}):
            parts.append(
                f'<text x="{min(self.x(nodes), WIDTH - 24):.1f}" y="{HEIGHT - BOTTOM + 18}" '
                f'text-anchor="middle">{nodes:,}</text>')
        parts.append(
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">nodes</text>'
            '<text x="8" y="18">time of the slowest honest node, as a multiple of the bound</text>')
        for place, scenario in enumerate(COLOURS):
            parts += self.curve(scenario, TOP + 14 + 16 * place)
        return "\n".join(parts) + "\n</svg>\n"

    def curve(self, scenario, height):
        points = [(self.x(int(row["nodes"])), self.y(ratio(row))) for row in self.rows if row["scenario"] == scenario]
        if not points:
            return []
        colour = COLOURS[scenario]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points),
            f'<text x="{WIDTH - RIGHT - 4}" y="{height}" text-anchor="end" fill="{colour}">{NAMES[scenario]}</text>']


def table(rows):
    lines = [
        "| swarm | nodes | file | median | slowest | slowest / bound | copies from the origin |",
        "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row['scenario']} | {int(row['nodes']):,} | {row['mebibytes']} MiB | {row['median']} s | "
            f"{row['slowest']} s | {ratio(row):.2f} | {row['origin_copies']} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nodes", nargs="*", type=int, help=f"by default {' '.join(map(str, SIZES))}")
    parser.add_argument("--tables", action="store_true", help="simulate nothing, draw what was simulated before")
    parser.add_argument("--results", type=Path, default=ROOT / ".build/benchmarks/simulation")
    options = parser.parse_args()
    swarms = Swarms(options.results)
    if not options.tables:
        # One processor each, what takes longest first.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(swarms.simulate, sorted(options.nodes or SIZES, reverse=True)))
    rows = swarms.rows()
    if not rows:
        sys.exit("nothing was simulated yet")
    (ROOT / "docs/images/swarm-simulation.svg").write_text(Chart(rows).svg())
    write(ROOT / "docs/swarm-plan.md", table(rows))


if __name__ == "__main__":
    main()
