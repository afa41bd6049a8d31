"""Keeps what was measured, and shows it as the tables of the documentation."""

import json
import os
import platform
import statistics
import subprocess
import time

from processes import PYTHON, ROOT, SHOAL

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def machine():
    """The facts that a figure is worth nothing without."""
    model = platform.machine()
    with open("/proc/cpuinfo") as facts:
        for line in facts:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB of memory, Linux {platform.release()}"


def versions():
    code = ("from importlib.metadata import version; "
            "print(f'hf {version(\"huggingface_hub\")} with hf_xet {version(\"hf_xet\")}')")
    words = [_output([SHOAL, "--version"]), _output([PYTHON, "-c", code]), _output(["curl", "--version"])]
    try:
        from server import nginx

        words.append(subprocess.run([nginx(), "-v"], capture_output=True, text=True).stderr.split(": ")[1].strip())
    except Exception:
        words.append("no nginx")
    return ", ".join(" ".join(word.split()[:5 if word.startswith("hf") else 2]) for word in words)


def commit():
    """The commit of the checkout; what was measured may have been built from more than that."""
    name = _output(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"])
    changed = subprocess.run(["git", "-C", ROOT, "diff", "--quiet", "HEAD", "--", "Sources", "Package.swift"])
    return name + (" with changes" if changed.returncode else "")


def _output(command):
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return lines[0] if lines else ""


class Results:
    """One file for each row, so that rows can be measured at different times."""

    def __init__(self, path, size):
        self.path, self.size = path, size

    def save(self, name, row, seconds):
        self.path.mkdir(parents=True, exist_ok=True)
        record = row | {
            "size": self.size, "machine": machine(), "versions": versions(), "commit": commit(),
            "date": time.strftime("%Y-%m-%d", time.gmtime()), "seconds": round(seconds, 1)}
        (self.path / f"{name}.json").write_text(json.dumps(record, indent=1))
        return record

    def load(self, names):
        """What was measured of the named rows with this size on this machine."""
        rows = {}
        for name in names:
            file = self.path / f"{name}.json"
            if file.exists():
                row = json.loads(file.read_text())
                if row["size"] == self.size and row["machine"] == machine():
                    rows[name] = row
        return rows


def _ratio(values):
    """The median of pairwise ratios, with their span when it is wide."""
    ratios = [ours / theirs for ours, theirs in values if theirs > 0]
    if not ratios:
        return ""
    middle = statistics.median(ratios)
    wide = min(ratios) < 0.75 * middle or max(ratios) > 1.25 * middle
    span = f" ({min(ratios):.2f}–{max(ratios):.2f})" if wide and len(ratios) > 1 else ""
    return f" = **{middle:.3f}**{span}" if middle < 0.1 else f" = **{middle:.2f}**{span}"


def _number(value):
    return f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def _cell(pairs, name, scale=1, form=_number):
    values = [[side[name] / scale for side in pair] for pair in pairs]
    ours, theirs = (statistics.median(pair[side] for pair in values) for side in (0, 1))
    return f"{form(ours)} / {form(theirs)}{_ratio(values)}"


def _whole(value):
    return f"{value:.0f}"


def _besides(entry):
    ours, theirs = (statistics.median(pair[side] for pair in entry["values"]) for side in (0, 1))
    form = (lambda value: f"{value:.1f}") if entry["unit"] else _whole
    ratio = f" = **{ours / theirs:.3f}**" if entry["unit"] and theirs >= 1 else ""
    return f"{entry['what']} {form(ours)} / {form(theirs)}{' ' + entry['unit'] if entry['unit'] else ''}{ratio}"


def line(name, row):
    """A row of its table in Markdown."""
    if row["table"] == "growth":
        return "\n".join(_growth_line(name, row, work) for work in row["results"])
    if row["table"] == "travel":
        return "\n".join(f"| {work} | {ours:.1f} | {theirs:.1f} | `{name}` |" for work, ours, theirs in row["works"])
    if row["table"] == "swarm":
        return _swarm_line(name, row)
    scale = row["gibibytes"] or 1
    cells = [_cell(row["pairs"], "cpu", scale), _cell(row["pairs"], "wall", scale), _cell(row["pairs"], "rss", 1, _whole)]
    work = row["work"] + ("" if row["gibibytes"] else " ¹")
    if row["table"] in ("program", "library"):
        cells.append("; ".join(map(_besides, row["besides"])) or "–")
        return f"| {work} | {' | '.join(cells)} | `{row['command']}` | `{name}` |"
    if row["table"] in ("peers", "torrents"):
        besides = "; ".join(map(_besides, row["besides"])) or "–"
        return f"| {work} | {' | '.join(cells)} | {besides} | `{name}` |"
    peaks = [ours["rss"] for ours, _ in row["pairs"]]
    cells[2] += f"; first and last run of the hub {peaks[0]:.0f}, {peaks[-1]:.0f}"
    return f"| {work} | {' | '.join(cells)} | `{name}` |"


def _swarm_line(name, row):
    """The slowest node counts; the median of the runs, and their span."""
    walls = [max(pull["wall"] for pull in run["pulls"]) for run in row["runs"]]
    copies = [run["copies"] for run in row["runs"]]
    pulls = [pull for run in row["runs"] for pull in run["pulls"]]
    wall = statistics.median(walls)
    ratio = f"{row['bound']:.1f} | **{wall / row['bound']:.2f}**" if row["bound"] else "– | –"
    return (
        f"| {row['work']} | {wall:.1f}{_span(walls, '.1f')} | {ratio} | "
        f"**{statistics.median(copies):.2f}**{_span(copies, '.2f')} | "
        f"{statistics.median(pull['cpu'] for pull in pulls):.1f} | {max(pull['rss'] for pull in pulls):.0f} | "
        f"`{name}` |")


def _span(values, form):
    return f" ({min(values):{form}}–{max(values):{form}})" if len(values) > 1 else ""


def _growth_line(name, row, work):
    runs, amounts = row["results"][work], row["amounts"]
    start = 1 if row.get("without_start") else 0
    costs = []
    for index in range(start, len(amounts)):
        if start:
            amount = amounts[index] - amounts[0]
            costs.append([(run["cpu"] - first["cpu"]) / amount for run, first in zip(runs[index], runs[0])])
        else:
            costs.append([run["cpu"] / amounts[index] for run in runs[index]])
    growth = statistics.median(last / first for first, last in zip(costs[0], costs[-1]))
    memory = " / ".join(_whole(statistics.median(run["rss"] for run in size)) for size in runs[start:])
    sizes = " / ".join(row["sizes"][start:])
    figures = " / ".join(_number(statistics.median(cost)) for cost in costs)
    return f"| {work}, {row['work']} | {sizes} | {figures} per {row['unit']} | **{growth:.2f}** | {memory} | `{name}` |"


TABLES = {
    "program": """## Shoal and hf

Each cell: Shoal / hf = the median of the pairwise ratios; below 1 is less than hf needs. Processor and wall time are
seconds per GiB of files.

| work | CPU seconds per GiB | wall seconds per GiB | peak memory, MiB | besides | command | row |
|---|---|---|---|---|---|---|""",
    "library": """## Shoal and hf_xet alone

The same with the library that moves hf's bytes, called with what it has to know: it lists no files, and makes no commit.

| work | CPU seconds per GiB | wall seconds per GiB | peak memory, MiB | besides | command | row |
|---|---|---|---|---|---|---|""",
    "travel": """## Bytes that travel

MiB through a counting proxy.

| work | Shoal | hf | row |
|---|---|---|---|""",
    "server": """## The hub and nginx

The hub / nginx on the same files under the same load, per GiB sent or received. nginx sends with `sendfile`; what it
takes it only writes, while the hub decodes and hashes every chunk and answers when the bytes are durable.

| work | CPU seconds per GiB | wall seconds per GiB | peak memory, MiB | row |
|---|---|---|---|---|""",
    "peers": """## One peer, and none

Both sides on loopback, in turn; each cell is ours / theirs = the median of the pairwise ratios. Beside zest, processor
time is the leecher's and the seeder's together, peak memory the leecher's; zest checks nothing of what it gets.

| work | CPU seconds per GiB | wall seconds per GiB | peak memory, MiB | besides | row |
|---|---|---|---|---|---|""",
    "swarm": """## The swarm

Nodes are network namespaces joined by a bridge, their links `tc tbf`; a process on each pulls, all begin at the same
moment. Time is that of the slowest. The bound is what no way of distributing can beat (Kumar and Ross); TCP's and IP's
headers, which take 5 % of a link, are not taken off. Copies are what the hub's link, or the seeder's, has sent, by the
size of the file. Every file is compared afterwards. Among 100 Mbit/s the file is random bytes: they compress nowhere,
so a hub sends as many as a peer.

| swarm | seconds | bound | seconds by bound | copies from the source | CPU seconds of a node | peak memory of a node, MiB | row |
|---|---|---|---|---|---|---|---|""",
    "torrents": """## Torrents

Shoal / libtorrent 2.1.1 alone, called from Python, on the same torrent for both versions. Who gives is libtorrent for both
sides. Shoal also checks every file's SHA-256 and Xet hash against the signed manifest, and makes that manifest.

| work | CPU seconds per GiB | wall seconds per GiB | peak memory, MiB | besides | row |
|---|---|---|---|---|---|""",
    "growth": """## Growth

Shoal alone, CPU seconds; of many files without what a run with one file costs. Growth is the last figure by the first.

| work | size | CPU seconds | growth | peak memory, MiB | row |
|---|---|---|---|---|---|""",
}


def tables(rows):
    parts = []
    for table, head in TABLES.items():
        lines = [line(name, row) for name, row in rows.items() if row["table"] == table]
        if lines:
            note = "\n\n¹ Seconds of a whole run, not per GiB." if any(" ¹ |" in line for line in lines) else ""
            parts.append(head + "\n" + "\n".join(lines) + note)
    facts = sorted({(row["date"], row["commit"], row["versions"]) for row in rows.values()})
    where = "\n".join(f"- {date}, commit {commit}: {versions}" for date, commit, versions in facts)
    parts.append(f"## Machine and versions\n\n{machine()}.\n\n{where}")
    return "\n\n".join(parts)


def write(path, text):
    document = path.read_text()
    head, begin, rest = document.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path} does not have the lines {BEGIN} and {END}")
    path.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}")
