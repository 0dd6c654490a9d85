"""How pages look: light or dark as the reader has it, on a telephone and on a desk."""

STYLE = """
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --ink: #1c1e21; --soft: #5d6470;
 --line: #dfe2e6; --accent: #1f5fbf; --mark: #fff4d6; --grid: #e6e8eb; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --card: #1d2026; --ink: #e6e8eb;
 --soft: #a0a7b3; --line: #343943; --accent: #82b1ff; --mark: #3d3516; --grid: #2c313a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
 font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 36px 0 12px; }
h3 { font-size: .95rem; margin: 0 0 6px; overflow-wrap: anywhere; }
p { margin: 6px 0; max-width: 46em; overflow-wrap: anywhere; }
a { color: var(--accent); }
.soft, figcaption { color: var(--soft); font-size: .875rem; }
.note { background: var(--mark); border-radius: 6px; padding: 8px 12px; max-width: none; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0 0; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
 padding: 8px 14px; }
.tiles dt { color: var(--soft); font-size: .8rem; }
.tiles dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.grid { display: grid; gap: 14px; align-items: start;
 grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); }
.large { grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); }
.small { grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 10px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
 padding: 10px; min-width: 0; }
figure img { display: block; width: 100%; height: auto; background: #fff; border-radius: 4px; }
.pixels { image-rendering: pixelated; }
.small figure { padding: 6px; }
figcaption { margin-top: 6px; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
svg .rule { stroke: var(--grid); stroke-width: 1; }
svg .edge { stroke: var(--line); stroke-width: 1; }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px;
 background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .9rem;
 font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px; border-bottom: 1px solid var(--line);
 vertical-align: top; }
tr:last-child td, tr:last-child th { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; min-width: 9em; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.word { overflow-wrap: anywhere; min-width: 6.5em; }
mark { background: var(--mark); color: inherit; padding: 0 3px; border-radius: 3px; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px;
 margin: 0; font: .85rem/1.5 ui-monospace, "Liberation Mono", monospace; white-space: pre-wrap;
 overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--accent); margin: 10px 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0 0 12px;
 padding: 0; font-size: .9rem; }
.legend svg { display: inline-block; width: 34px; height: 12px; margin-right: 7px; }
.legend li { overflow-wrap: anywhere; }
"""
