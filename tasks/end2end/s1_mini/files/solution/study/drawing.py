"""The plot: accuracy over mean thinking tokens, a series a method, as SVG with linear axes."""

from __future__ import annotations

from pathlib import Path

from study.measuring import Point

COLOURS = {"truncation": "#1f77b4", "forcing": "#d62728", "class": "#2ca02c"}
LEFT, TOP, WIDTH, HEIGHT = 60, 20, 480, 300
MOST_TOKENS = 25


def place(point: Point) -> tuple[float, float]:
    across, up = float(point.tokens) / MOST_TOKENS, float(point.accuracy)
    return round(LEFT + WIDTH * across, 2), round(TOP + HEIGHT * (1 - up), 2)


def draw(points: list[Point], path: Path) -> None:
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="560" height="390" font-size="12">',
        f'<path d="M{LEFT} {TOP} v{HEIGHT} h{WIDTH}" fill="none" stroke="black"/>',
        f'<text x="{LEFT + WIDTH / 2}" y="365" text-anchor="middle">mean thinking tokens</text>',
        f'<text x="16" y="{TOP + HEIGHT / 2}" transform="rotate(-90 16 {TOP + HEIGHT / 2})">accuracy</text>',
    ]
    for tokens in range(0, MOST_TOKENS + 1, 5):
        x = LEFT + WIDTH * tokens / MOST_TOKENS
        lines.append(f'<text x="{x}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{tokens}</text>')
    for tenth in range(0, 11, 2):
        y = TOP + HEIGHT * (1 - tenth / 10)
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{tenth / 10:g}</text>')
    for number, (method, colour) in enumerate(COLOURS.items()):
        lines.append(f'<text x="70" y="{TOP + 14 + 16 * number}" fill="{colour}">{method}</text>')
        lines.append(f'<g id="{method}" fill="{colour}" fill-opacity="0.7">')
        for point in points:
            if point.setting.method == method:
                x, y = place(point)
                lines.append(f'<circle cx="{x}" cy="{y}" r="4"><title>{point.setting.name}</title></circle>')
        lines.append("</g>")
    path.write_text("\n".join([*lines, "</svg>"]) + "\n")
