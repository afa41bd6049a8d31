#!/usr/bin/env python3
"""Simulates swarms of several sizes (swarm-simulation) and draws time against the bound for the documents.

    swift build -c release --product swarm-simulation
    Benchmarks/swarm.py [NODES...]

Writes docs/images/swarm-simulation.svg and prints the table.
"""
import math
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 64, 16, 24, 48
COLOURS = {"cold": "#1f6feb", "hostile": "#d1242f"}
NAMES = {"cold": "cold start", "hostile": "a quarter lies, an eighth is silent"}


def rows(sizes):
    program = os.path.join(ROOT, ".build/release/swarm-simulation")
    text = subprocess.run([program, *sizes], check=True, capture_output=True, text=True).stdout
    head, *lines = text.strip().split("\n")
    names = head.split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines]


def chart(table):
    most = max(float(row["slowest"]) / float(row["bound"]) for row in table)
    top = max(1.5, math.ceil(most * 4) / 4)
    sizes = [int(row["nodes"]) for row in table]
    low, high = math.log10(min(sizes)), max(math.log10(max(sizes)), math.log10(min(sizes)) + 0.1)

    def x(nodes):
        return LEFT + (math.log10(nodes) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(ratio):
        return HEIGHT - BOTTOM - (ratio - 1) / (top - 1) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    ]
    step = 0.1 if top <= 2 else 0.5
    for index in range(round((top - 1) / step) + 1):
        ratio = 1 + index * step
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(ratio):.1f}" y2="{y(ratio):.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{y(ratio) + 4:.1f}" text-anchor="end">{ratio:.1f}</text>'
        )
    for nodes in sorted(set(sizes)):
        parts.append(
            f'<text x="{x(nodes):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{nodes}</text>'
        )
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">nodes</text>'
        f'<text x="8" y="14">time of the slowest honest node, as a multiple of the bound</text>'
    )
    for place, scenario in enumerate(COLOURS):
        points = [
            (x(int(row["nodes"])), y(float(row["slowest"]) / float(row["bound"])))
            for row in table
            if row["scenario"] == scenario
        ]
        if not points:
            continue
        colour = COLOURS[scenario]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        parts.append(
            f'<text x="{WIDTH - RIGHT}" y="{TOP + 14 + 16 * place}" text-anchor="end" fill="{colour}">'
            f"{NAMES[scenario]}</text>"
        )
    return "\n".join(parts) + "\n</svg>\n"


def main():
    table = rows(sys.argv[1:])
    with open(os.path.join(ROOT, "docs/images/swarm-simulation.svg"), "w") as file:
        file.write(chart(table))
    print("| scenario | nodes | bound | median | slowest | slowest / bound | copies from the origin |")
    print("|---|---|---|---|---|---|---|")
    for row in table:
        ratio = float(row["slowest"]) / float(row["bound"])
        print(
            f"| {row['scenario']} | {row['nodes']} | {row['bound']} s | {row['median']} s | {row['slowest']} s | "
            f"{ratio:.2f} | {row['origin_copies']} |"
        )


if __name__ == "__main__":
    main()
