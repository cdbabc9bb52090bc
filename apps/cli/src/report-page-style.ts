/** The style of the report: light and dark, for a phone, a screen and paper; the colours of the figures. */
export const reportStyle = `
:root { color-scheme: light dark; --ground: #fff; --panel: #f6f6f7; --ink: #222; --muted: #595959; --line: #d9d9dc;
  --link: #0b5cad; --pass: #0a6b4f; --fail: #b3261e; --failed: #fdecea }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #16181c; --panel: #1f2227; --ink: #e8e8e8; --muted: #ababab; --line: #383c43;
    --link: #7cbcff; --pass: #5fd0a8; --fail: #d13438; --failed: #3a1d1f }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1040px; padding: 1.25rem 1rem 4rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: break-word }
h1 { margin: 0 0 .5rem; font-size: 1.7rem; line-height: 1.2 }
h2 { margin: 0 0 .25rem; font-size: 1.25rem; line-height: 1.3 }
p { margin: .5rem 0 }
a { color: var(--link) }
code, pre { font: .88em/1.45 ui-monospace, "DejaVu Sans Mono", monospace }
code { overflow-wrap: anywhere }
pre { margin: .5rem 0; padding: .6rem .8rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line) }
.outcome { padding: .7rem 1rem; border-left: 6px solid var(--pass); background: var(--panel); font-size: 1.1rem }
.outcome.failed { border-color: var(--fail); background: var(--failed) }
.changed { padding: .5rem 1rem; border-left: 6px solid var(--muted); background: var(--panel) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .75rem 0 }
dt { color: var(--muted) }
dd { margin: 0; min-width: 0 }
table { width: 100%; border-collapse: collapse; margin: .75rem 0 }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--muted); font-weight: 600 }
table.summary { table-layout: fixed }
.summary th:nth-child(1) { width: 6.5rem }
.summary th:nth-child(2) { width: 3.6rem }
.summary th:nth-child(6) { width: 6.6rem; text-align: right }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
table.numbers { width: auto; max-width: 100% }
tr.failed { background: var(--failed) }
.verdict { display: inline-block; padding: .05rem .5rem; border: 2px solid var(--pass); border-radius: 4px;
  color: var(--pass); font-weight: 700; white-space: nowrap }
.verdict.failed { border-color: var(--fail); background: var(--fail); color: #fff }
section { margin-top: 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line) }
section.failed { border-top: 6px solid var(--fail) }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .75rem; margin: .75rem 0 }
.beside > div { padding: .5rem .8rem; background: var(--panel); border: 1px solid var(--line) }
.beside b { display: block; color: var(--muted); font-size: .85rem; font-weight: 600 }
.beside .measured { border: 2px solid var(--pass) }
.failed .beside .measured { border-color: var(--fail) }
figure { margin: 1rem 0; border: 1px solid var(--line) }
figure svg { display: block; width: 100%; height: auto }
figure .narrow { display: none }
details { margin: .75rem 0 }
summary { cursor: pointer; color: var(--link) }
footer { margin-top: 3rem; color: var(--muted); font-size: .9rem }
sub { font-size: .72em; line-height: 0 }
table.words td { min-width: 3.5rem }
@media screen and (max-width: 700px) {
  figure .wide { display: none }
  figure .narrow { display: block }
  table.summary, .summary tbody { display: block }
  .summary thead { display: none }
  .summary tr { display: block; padding: .6rem .5rem; border-bottom: 1px solid var(--line) }
  .summary td { display: block; padding: .1rem 0; border: 0 }
  table.words, .words tbody, .words tr, .words td { display: block }
  .words thead, .words td:empty { display: none }
  .words tr { padding: .5rem 0; border-bottom: 1px solid var(--line) }
  .words td { padding: 0; border: 0 }
  .words td:first-child { font-weight: 600 }
  .summary td:first-child { float: right }
  .summary td.number, .summary td.reference { display: none }
}
@media print {
  body { max-width: none; font-size: 10pt }
  figure, .beside, tr, h2 { break-inside: avoid }
  figure svg { width: auto; max-width: 100%; max-height: 15cm; margin: 0 auto }
  .beside { grid-template-columns: repeat(3, 1fr) }
  section { margin-top: 1.2rem }
  h2, h2 + p { break-after: avoid }
  .verdict, tr, .outcome, .beside > div { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  details::details-content { display: block; content-visibility: visible; height: auto }
}
`;
