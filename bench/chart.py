"""Bars of ratios, as SVG."""

from __future__ import annotations

from html import escape

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 720, 190, 70, 56, 26, 16
INK, MUTED, GRID, FILL = "#1f2328", "#59636e", "#d1d9e0", "#2f6f9f"


def bars(title: str, subtitle: str, ratios: dict[str, float]) -> str:
    """One bar for each ratio, from zero, and a line at 1."""
    scale = (WIDTH - LEFT - RIGHT) / max(*ratios.values(), 1.0)
    bottom = TOP + ROW * len(ratios)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom + 28}" '
        f'viewBox="0 0 {WIDTH} {bottom + 28}" font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        _text(16, 24, title, INK, 'font-weight="bold" font-size="15"'),
        _text(16, 43, subtitle, MUTED),
    ]
    for row, (label, ratio) in enumerate(ratios.items()):
        top = TOP + ROW * row + (ROW - BAR) // 2
        end = LEFT + ratio * scale
        parts += [
            _text(LEFT - 10, top + BAR - 3, label, INK, 'text-anchor="end"'),
            f'<rect x="{LEFT}" y="{top}" width="{end - LEFT:.1f}" height="{BAR}" rx="2" '
            f'fill="{FILL}"/>',
            _text(end + 6, top + BAR - 3, f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}", INK),
        ]
    one = LEFT + scale
    parts += [
        f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{TOP}" y2="{bottom}" stroke="{INK}" '
        'stroke-dasharray="3 3"/>',
        f'<line x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{bottom}" stroke="{GRID}"/>',
        _text(one, bottom + 17, "h2fast = 1", MUTED, 'text-anchor="middle"'),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, text: str, color: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="{color}" {attributes}>{escape(text)}</text>'
