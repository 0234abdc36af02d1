"""The picture: whose CPU time it is, before and after, as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bench.demo.participant import VARIANTS
from bench.demo.runs import SIDES, Runs
from bench.demo.sampler import FOUR
from bench.demo.table import cpu, share

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 760, 150, 90, 72, 34, 22
INK, MUTED, REST = "#1f2328", "#59636e", "#d1d9e0"
COLORS = dict(zip(FOUR, ("#2f6f9f", "#6ba3cc", "#e0a458", "#a2573b"), strict=True))

Part = tuple[str, float]  # a color and CPU seconds


def draw(runs: dict[str, Runs]) -> str:
    rows = [(side, variant) for side in SIDES for variant in VARIANTS]
    most = max(cpu(runs[variant], side) for side, variant in rows)
    height = TOP + ROW * len(rows) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        "<title>CPU seconds of hypercorn and httpx</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        _text(16, 26, "CPU seconds for 1000 requests", INK, 'font-weight="bold" font-size="15"'),
        *_legend(),
    ]
    for number, (side, variant) in enumerate(rows):
        top = TOP + ROW * number + (ROW - BAR) // 2
        parts += _bar(runs[variant], side, variant, top, (WIDTH - LEFT - RIGHT) / most)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> Iterator[str]:
    at = 16
    for name, color in (*COLORS.items(), ("everything else", REST)):
        yield f'<rect x="{at}" y="44" width="12" height="12" fill="{color}"/>'
        yield _text(at + 18, 55, name, MUTED)
        at += 42 + 8 * len(name)


def _bar(runs: Runs, side: str, variant: str, top: int, scale: float) -> Iterator[str]:
    total = cpu(runs, side)
    shares = [(COLORS[package], share(runs, side, (package,))) for package in FOUR]
    shares.append((REST, 1 - sum(part for _, part in shares)))
    yield _text(LEFT - 10, top + 16, f"{side}, {variant}", INK, 'text-anchor="end"')
    at = float(LEFT)
    for color, part in shares:
        width = part * total * scale
        yield f'<rect x="{at:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{color}"/>'
        at += width
    yield _text(at + 6, top + 16, f"{total:.2f} s", INK)


def _text(x: float, y: float, text: str, color: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="{color}" {attributes}>{escape(text)}</text>'
