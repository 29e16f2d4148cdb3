/** Colours, once for light and once for dark; text on its ground has a contrast of at least 4.5 to 1. */
const COLORS = `
:root {
  color-scheme: light dark;
  --page: #f4f6f4; --card: #ffffff; --ink: #16201c; --soft: #53615b; --line: #dbe2de; --sunk: #f0f4f1;
  --accent: #0b6b5c; --accent-soft: #dff1ec; --focus: #0b6b5c;
  --critical: #a80f37; --critical-soft: #fde8ec; --high: #a54607; --high-soft: #fdeddc;
  --medium: #7a5c00; --medium-soft: #faf1cd; --low: #1f6b42; --low-soft: #e2f3e8; --unknown: #55606b; --unknown-soft: #e9edf0;
  --critical-fill: #cf1f4a; --high-fill: #e07b22; --medium-fill: #d8ae1e; --low-fill: #3fa06a; --unknown-fill: #94a1ad;
  --shadow: 0 1px 2px rgb(18 32 27 / 6%), 0 4px 16px rgb(18 32 27 / 5%);
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0d1210; --card: #151c19; --ink: #e8efeb; --soft: #9db0a7; --line: #29332f; --sunk: #101614;
    --accent: #6fd6c0; --accent-soft: #12342d; --focus: #6fd6c0;
    --critical: #ff96ab; --critical-soft: #40131f; --high: #ffb37a; --high-soft: #3b2210;
    --medium: #f0d264; --medium-soft: #352c0a; --low: #84d8a6; --low-soft: #12301f; --unknown: #b3c0cb; --unknown-soft: #232c33;
    --critical-fill: #e5405f; --high-fill: #e08a3c; --medium-fill: #cfae2e; --low-fill: #3f9a68; --unknown-fill: #5f6d78;
    --shadow: none;
  }
}`

const PAGE = `
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main, header.top, footer { max-width: 1180px; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3, p { margin: 0; }
h2 { font-size: 1.15rem; letter-spacing: -0.01em; }
h3 { font-size: .75rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin-bottom: .5rem; }
code, .mono { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
section { margin-top: 2.25rem; }
section > h2 { display: flex; align-items: baseline; gap: .6rem; margin-bottom: .75rem; }
section > h2 small { font-weight: 400; font-size: .85rem; color: var(--soft); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 6px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .4rem .8rem; z-index: 2; }

header.top { padding-top: 2rem; }
.brand { display: flex; align-items: center; gap: .55rem; font-weight: 600; color: var(--accent); }
.brand svg { width: 22px; height: 22px; }
.brand span { color: var(--soft); font-weight: 400; }
h1 { margin-top: 1.1rem; font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; letter-spacing: -0.02em; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: .5rem; color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-top: 1rem; padding-bottom: .9rem; border-bottom: 1px solid var(--line); }
nav a { color: var(--accent); text-decoration: none; }
nav a:hover { text-decoration: underline; }

.banner { margin-top: 1.25rem; padding: .8rem 1rem; border-radius: 10px; background: var(--high-soft); border: 1px solid var(--high-fill); }
.banner strong { color: var(--high); }
.banner ul { margin: .4rem 0 0; padding-left: 1.2rem; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: .75rem; margin-top: 1.25rem; }
.tile { appearance: none; text-align: left; font: inherit; color: inherit; padding: .85rem 1rem; border-radius: 12px; background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--tone); box-shadow: var(--shadow); }
button.tile { cursor: pointer; }
button.tile:hover { border-color: var(--tone); }
.tile[aria-pressed="true"] { background: var(--tone-soft); border-color: var(--tone); }
.tile b { display: block; font-size: 1.9rem; line-height: 1.15; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile span { color: var(--tone-text); font-weight: 600; }
.tile small { display: block; color: var(--soft); }
.bar { display: block; width: 100%; height: 8px; margin-top: .9rem; border-radius: 4px; overflow: hidden; }
.Critical { --tone: var(--critical-fill); --tone-text: var(--critical); --tone-soft: var(--critical-soft); }
.High { --tone: var(--high-fill); --tone-text: var(--high); --tone-soft: var(--high-soft); }
.Medium { --tone: var(--medium-fill); --tone-text: var(--medium); --tone-soft: var(--medium-soft); }
.Low { --tone: var(--low-fill); --tone-text: var(--low); --tone-soft: var(--low-soft); }
.Unknown { --tone: var(--unknown-fill); --tone-text: var(--unknown); --tone-soft: var(--unknown-soft); }
.bar rect { fill: var(--tone); }
.pill { display: inline-block; padding: .08rem .6rem; border-radius: 99px; font-size: .8rem; font-weight: 600; white-space: nowrap; color: var(--tone-text); background: var(--tone-soft); }
.tag { display: inline-block; padding: .05rem .45rem; border: 1px solid var(--line); border-radius: 6px; font-size: .78rem; color: var(--soft); white-space: nowrap; }
.tag.past { border-style: dashed; }
`

const SECRETS = `
.controls { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-bottom: .75rem; }
.controls input, .controls select, .controls button { font: inherit; color: inherit; padding: .45rem .7rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.controls input { flex: 1 1 240px; min-width: 0; }
.controls select { max-width: 220px; }
.controls button { cursor: pointer; color: var(--accent); }
.controls ::placeholder { color: var(--soft); opacity: 1; }
#count { color: var(--soft); margin-left: auto; font-variant-numeric: tabular-nums; }

.grid { display: grid; grid-template-columns: 84px minmax(0, 1.15fr) minmax(0, 1.3fr) minmax(0, .85fr) minmax(0, 1.25fr) 14px; gap: 0 1rem; align-items: start; }
.heads { padding: .5rem 1rem; font-size: .75rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); border-bottom: 1px solid var(--line); }
details.secret { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 74px; }
details.secret:last-of-type { border-bottom: 0; }
details.secret summary { list-style: none; cursor: pointer; padding: .7rem 1rem; border-radius: 12px; }
details.secret summary::-webkit-details-marker { display: none; }
details.secret summary:hover { background: var(--sunk); }
details.secret[open] > summary { background: var(--sunk); border-radius: 12px 12px 0 0; }
details.secret summary b { font-weight: 600; }
.chevron { color: var(--soft); transition: transform .12s; justify-self: end; }
details[open] > summary .chevron { transform: rotate(90deg); }
@media (prefers-reduced-motion: reduce) { .chevron { transition: none; } html { scroll-behavior: auto; } }
.cell div { overflow-wrap: anywhere; }
.cell .sub { color: var(--soft); font-size: .87rem; }
.why { font-size: .87rem; color: var(--soft); }
.why.good { color: var(--low); }
.known { display: flex; gap: 3px; padding-top: .35rem; }
.known i { width: 11px; height: 11px; border-radius: 3px; background: var(--tone); }
.known i.none { background: none; border: 1.5px dashed var(--unknown-fill); }
.label { display: none; }

.inside { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 1.5rem 2rem; padding: 1rem 1.1rem 1.4rem; border-top: 1px solid var(--line); }
.factors, .places, .plain { list-style: none; margin: 0; padding: 0; }
.factors li { display: grid; grid-template-columns: 92px minmax(0, 1fr); gap: .1rem .8rem; overflow-wrap: anywhere; padding: .35rem 0; border-bottom: 1px solid var(--line); }
.factors li:last-child { border-bottom: 0; }
.factors b { font-weight: 600; display: block; }
.factors .pill { justify-self: start; align-self: start; }
.factors .none .pill { background: none; outline: 1.5px dashed var(--unknown-fill); outline-offset: -1.5px; }
.places > li { padding: .6rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--sunk); }
.places > li + li { margin-top: .5rem; }
.tags { display: flex; flex-wrap: wrap; gap: .3rem; margin-top: .35rem; }
.uses { margin: .45rem 0 0; padding: 0; list-style: none; font-size: .9rem; }
.uses li { padding-left: 1.1rem; position: relative; overflow-wrap: anywhere; }
.uses li::before { content: "→"; position: absolute; left: 0; color: var(--soft); }
.plain li { padding: .25rem 0; overflow-wrap: anywhere; }
.inside > div > * + h3 { margin-top: 1.1rem; }
#nothing { padding: 2rem 1rem; text-align: center; color: var(--soft); }
`

const TABLES = `
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .55rem 1rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
tr:last-child td { border-bottom: 0; }
th { font-size: .75rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td .sub { color: var(--soft); font-size: .87rem; }
td button { appearance: none; font: inherit; font-weight: 600; text-align: left; color: var(--accent); background: none; border: 0; padding: 0; cursor: pointer; }
td button:hover { text-decoration: underline; }
.state { font-weight: 600; white-space: nowrap; }
.state.complete { color: var(--low); } .state.partial { color: var(--medium); } .state.denied, .state.failed { color: var(--critical); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 1rem; }
.legend { padding: 1.1rem 1.25rem; }
.legend dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1rem; align-items: baseline; }
.legend dd { margin: 0; color: var(--soft); }
footer { margin-top: 2.5rem; padding-bottom: 3rem; color: var(--soft); font-size: .85rem; }
`

const NARROW = `
@media (max-width: 860px) {
  main, header.top, footer { padding-left: 1rem; padding-right: 1rem; }
  header.top { padding-top: 1.25rem; }
  .heads { display: none; }
  .grid { grid-template-columns: minmax(0, 1fr) auto; gap: .25rem .75rem; }
  .grid > .cell { grid-column: 1 / -1; }
  .grid > .chevron { grid-row: 1; grid-column: 2; }
  .grid > .cell.first { grid-row: 1; grid-column: 1; }
  .label { display: inline; color: var(--soft); font-size: .8rem; margin-right: .35rem; }
  .known { padding-top: .2rem; }
  .inside { grid-template-columns: minmax(0, 1fr); }
  #count { margin-left: 0; }
}
@media (max-width: 520px) {
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .legend dl { grid-template-columns: 1fr; gap: .1rem; }
  .legend dd { margin-bottom: .6rem; }
}
@media print {
  :root { --page: #fff; --shadow: none; }
  body { font-size: 10.5pt; }
  main, header.top, footer { max-width: none; padding-left: 0; padding-right: 0; }
  nav, .controls, .chevron, .skip { display: none; }
  details.secret { content-visibility: visible; break-inside: avoid; }
  .pill, .tile, .bar, .known i, .banner { print-color-adjust: exact; }
}
`

/** Everything that the page needs to look as it does; nothing is loaded from anywhere. */
export const STYLE = `${COLORS}${PAGE}${SECRETS}${TABLES}${NARROW}`
