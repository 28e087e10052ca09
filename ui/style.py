"""The page's own style sheet and the few lines of script that turn clicks into questions."""

# A drawn icon in the page itself: no file to ship, no request to make.
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='8' fill='%23a84b2c'/%3E"
    "%3Cpath d='M7 22.5h18M9.5 22.5v-9h5v9M17.5 22.5v-6h5v6' "
    "fill='none' stroke='%23fff' stroke-width='2.4' stroke-linecap='round' "
    "stroke-linejoin='round'/%3E%3Ccircle cx='20' cy='10.5' r='2.6' fill='none' stroke='%23fff' "
    "stroke-width='2.2'/%3E%3C/svg%3E"
)
HEAD = (
    f'<link rel="icon" href="{_ICON}">'
    '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">'
)

# One listener for all chips and tiles: they are drawn anew with every answer, it stays. On a
# narrow screen the answer starts below the fold, so a first answer is brought into view.
ON_LOAD = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button || button.disabled) return;
  if (button.dataset.choice) trigger('pick', {choice: button.dataset.choice});
  if (button.dataset.example) trigger('example', {place: Number(button.dataset.example)});
});
let shown = false;
watch('value', () => {
  const answer = element.querySelector('.sf-answer, .sf-notice');
  if (answer && !shown && window.innerWidth < 720) {
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    // after the layout: the menus above the answer appear together with it
    setTimeout(() => element.querySelector('.sf-answer, .sf-notice')?.scrollIntoView(
      {behavior: still ? 'auto' : 'smooth', block: 'start'}), 120);
  }
  shown = answer !== null;
});
"""

# A photo that cannot be searched leaves the frame, so that the next one can go in.
DROP_BAD_PHOTO = "photo => document.querySelector('#answer .sf-notice[data-drop]') ? null : photo"

_PAGE = """
:root { --sf-accent: #a84b2c; --sf-soft: #f8e5da; --sf-edge: #e8dfd2; --sf-ink: #2a2420;
  --sf-dim: #675c52; --sf-card: #fffdfa; --sf-well: #f1eae0; --sf-lift: 0 1px 2px #2e140e0d,
  0 8px 24px #2e140e0f; --sf-serif: ui-serif, "Iowan Old Style", Palatino, Georgia, serif; }
.dark { --sf-accent: #e6a98b; --sf-soft: #43291d; --sf-edge: #3d362f; --sf-ink: #f3ece2;
  --sf-dim: #b8ab9d; --sf-card: #231f1b; --sf-well: #2d2823; --sf-lift: 0 1px 2px #0006; }
.gradio-container { max-width: 1360px !important; padding: 0 !important; }
.gradio-container > main, .gradio-container main.fillable { padding: 0 32px 56px !important;
  max-width: none !important; }
.gradio-container footer { display: none !important; }
#head, #answer, #examples { border: 0; background: none; padding: 0; box-shadow: none;
  overflow: visible; color: var(--sf-ink); }
:where(#head, #answer, #examples) * { box-sizing: border-box; margin: 0; }
#head, #head .html-container, #answer, #answer .html-container, #examples,
#examples .html-container { padding: 0; }
#head .pending, #answer .pending, #examples .pending { opacity: 1; }
#answer > .wrap, #head > .wrap, #examples > .wrap { display: none !important; }
#desk { gap: 36px; align-items: flex-start; }
#ask { position: sticky; top: 0; gap: 20px; max-width: 356px; max-height: 100vh; overflow-y: auto;
  scrollbar-width: thin; padding: 14px 8px 20px; margin: -14px -8px 0;
  flex-wrap: nowrap; }
#ask > * { flex-shrink: 0; }
#photo { border-radius: 20px; box-shadow: var(--sf-lift); }
#refine { border-radius: 18px; overflow: visible; }
.dark #results { --neutral-200: #4a423b; }
#refine > .form { border-radius: 18px; }
.sf-sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
_HEAD = """
.sf-head { display: flex; align-items: center; gap: 14px; padding: 26px 0 10px; }
#head .sf-mark { width: 46px; height: 46px; flex: none; } #head .sf-mark, #head .sf-mark * {
  color: var(--sf-accent); }
.sf-head h1 { font: 600 27px/1.1 var(--sf-serif); letter-spacing: -.01em; color: var(--sf-ink); }
.sf-head p { font-size: 14px; color: var(--sf-dim); }
.sf-head .sf-size { margin-left: auto; }
.sf-examples h2 { font-size: 13px; font-weight: 600; color: var(--sf-dim); margin-bottom: 10px; }
.sf-examples > div { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px; }
.sf-examples.is-many > div { grid-template-columns: repeat(4, 1fr); gap: 8px; }
.sf-examples button { all: unset; cursor: pointer; border-radius: 14px; text-align: center;
  min-width: 0; }
.sf-examples img { width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; display: block;
  border-radius: 14px; border: 1px solid var(--sf-edge); background: var(--sf-card);
  transition: transform .18s, box-shadow .18s; }
.sf-examples button:hover img { transform: translateY(-2px); box-shadow: var(--sf-lift); }
.sf-examples span { display: block; margin-top: 5px; font-size: 12px; color: var(--sf-dim);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sf-welcome { padding: 34px 0 0; max-width: 760px; }
.sf-welcome h2 { font: 600 40px/1.12 var(--sf-serif); letter-spacing: -.02em; }
.sf-welcome > p { font-size: 18px; color: var(--sf-dim); margin-top: 10px; }
.sf-steps { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(3, 1fr);
  gap: 14px; counter-reset: step; margin-top: 30px; }
.sf-steps li { counter-increment: step; background: var(--sf-card); border: 1px solid
  var(--sf-edge); border-radius: 18px; padding: 18px; }
.sf-steps li::before { content: counter(step); display: grid; place-items: center; width: 28px;
  height: 28px; border-radius: 50%; background: var(--sf-soft); color: var(--sf-accent);
  font-weight: 700; font-size: 14px; margin-bottom: 12px; }
.sf-steps b { display: block; font-size: 16px; } .sf-steps span { font-size: 14px;
  line-height: 1.5; color: var(--sf-dim); }
.sf-welcome h3 { font-size: 13px; font-weight: 600; color: var(--sf-dim);
  margin: 30px 0 10px; }
.sf-shelf { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 8px; }
.sf-shelf li { padding: 5px 12px; border-radius: 99px; background: var(--sf-well);
  font-size: 14px; } .sf-shelf span { color: var(--sf-dim); font-size: 12px; }
"""
_ANSWER = """
.sf-answer { padding-top: 14px; }
.sf-status h2, .sf-notice h2 { font: 600 28px/1.2 var(--sf-serif); letter-spacing: -.015em;
  overflow-wrap: anywhere; }
.sf-status p { margin-top: 6px; font-size: 15px; color: var(--sf-dim); overflow-wrap: anywhere; }
.sf-note { white-space: nowrap; }
.sf-tips { margin-top: 10px; padding: 12px 16px 12px 34px; border-radius: 14px;
  background: var(--sf-soft); font-size: 15px; line-height: 1.55; max-width: 640px; }
.sf-chips { display: flex; flex-wrap: wrap; gap: 8px; padding: 18px 0 20px; }
.sf-chip { all: unset; position: relative; display: inline-flex; align-items: center; gap: 8px;
  min-height: 40px; padding: 0 16px; border-radius: 99px; border: 1px solid var(--sf-edge);
  background: var(--sf-card); font-size: 14px; cursor: pointer; overflow: hidden;
  max-width: 100%; transition: border-color .15s; }
.sf-chip span { overflow-wrap: anywhere; } .sf-chip b { color: var(--sf-dim); font-weight: 600;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.sf-chip span, .sf-chip b { position: relative; z-index: 1; }
.sf-chip i { position: absolute; left: 0; top: 0; bottom: 0; width: var(--share);
  background: var(--sf-accent); opacity: .16; }
.sf-chip em { position: relative; z-index: 1; flex: none; width: 8px; height: 8px;
  border-radius: 50%; background: currentColor; }
.sf-chip:hover { border-color: var(--sf-accent); }
.sf-chip.is-searched { background: var(--sf-soft); border-color: var(--sf-accent); }
.sf-chip[aria-pressed=true] { background: var(--sf-accent); border-color: var(--sf-accent);
  color: var(--sf-card); font-weight: 600; }
.sf-chip[aria-pressed=true] b { color: inherit; }
.sf-chip[aria-pressed=true] i { background: var(--sf-card); opacity: .22; }
.sf-chip[disabled] { cursor: default; border-style: dashed; color: var(--sf-dim); }
.sf-chip:focus-visible, .sf-examples button:focus-visible, .sf-card a:focus-visible {
  outline: 3px solid var(--sf-accent); outline-offset: 2px; }
.sf-notice { margin-top: 14px; padding: 26px 28px; border-radius: 20px; background: var(--sf-soft);
  max-width: 640px; } .sf-notice p { margin-top: 8px; line-height: 1.55;
  overflow-wrap: anywhere; } .sf-notice .sf-detail { font-size: 13px; color: var(--sf-dim); }
.sf-empty { padding: 34px; text-align: center; border: 1px dashed var(--sf-edge);
  border-radius: 20px; color: var(--sf-dim); }
"""
_CARDS = """
.sf-cards { list-style: none; padding: 0; display: grid; gap: 18px;
  grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); transition: opacity .2s; }
.sf-card { position: relative; display: flex; flex-direction: column; background: var(--sf-card);
  border: 1px solid var(--sf-edge); border-radius: 18px; overflow: hidden; min-width: 0;
  transition: transform .18s, box-shadow .18s; }
.sf-card:hover { transform: translateY(-3px); box-shadow: var(--sf-lift); }
.sf-pic { aspect-ratio: 1; background: #fff; display: grid; place-items: center;
  overflow: hidden; }
.sf-pic img { width: 100%; height: 100%; object-fit: contain; }
.dark .sf-pic { background: #e9e4dd; } .dark .sf-pic img { filter: brightness(.94); }
.sf-nopic { width: 100%; height: 100%; display: grid; place-content: center; justify-items: center;
  gap: 6px; background: var(--sf-well); color: var(--sf-dim); font-size: 12px; }
.sf-nopic svg { width: 44px; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linejoin: round; }
.sf-text { padding: 13px 15px 12px; display: flex; flex-direction: column; flex: 1; }
.sf-brand { font-size: 12px; color: var(--sf-dim); overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.sf-card h3 { font-size: 15px; font-weight: 600; line-height: 1.35; overflow: hidden;
  display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
  overflow-wrap: anywhere; }
.sf-card a { color: inherit; text-decoration: none; }
.sf-card a::after { content: ""; position: absolute; inset: 0; }
.sf-card a:hover { color: var(--sf-accent); }
.sf-price { margin-top: 6px; font-size: 16px; font-weight: 700; overflow-wrap: anywhere; }
.sf-match { align-self: flex-start; margin-bottom: 7px; padding: 2px 9px; border-radius: 99px;
  background: var(--sf-well); font-size: 12px; font-weight: 600; }
.sf-else { margin: 28px 0 14px; padding-top: 16px; border-top: 1px solid var(--sf-edge);
  font-size: 14px; color: var(--sf-dim); }
.sf-fine { display: flex; justify-content: space-between; gap: 8px; margin-top: auto;
  padding-top: 10px; font-size: 12px; color: var(--sf-dim); }
.sf-fine > span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sf-score { font-variant-numeric: tabular-nums; position: relative; z-index: 1; }
.sf-out { position: absolute; top: 10px; left: 10px; padding: 3px 10px; border-radius: 99px;
  background: var(--sf-ink); color: var(--sf-card); font-size: 12px; font-weight: 600; }
.pending .sf-cards, .pending .sf-chips, .pending .sf-welcome, .pending .sf-notice {
  opacity: .45; }
#answer .pending::after { content: "Looking through the shelf…"; position: fixed; z-index: 50;
  top: 14px; left: 50%; transform: translateX(-50%); padding: 7px 18px; border-radius: 99px;
  background: var(--sf-ink); color: var(--sf-card); font-size: 14px; font-weight: 600;
  animation: sf-in .2s .25s both; }
@keyframes sf-in { from { opacity: 0; } }
#answer .pending::before {
  content: ""; position: fixed; top: 0; left: 0; right: 0; height: 3px; z-index: 50;
  background: linear-gradient(90deg, transparent, var(--sf-accent), transparent) 0 0 / 40% 100%
  no-repeat; animation: sf-run 1.1s linear infinite; }
@keyframes sf-run { from { background-position: -70% 0; } to { background-position: 170% 0; } }
"""
_NARROW = """
@media (max-width: 900px) { #ask { max-width: 300px; } #desk { gap: 24px; } }
@media (max-width: 720px) {
  .gradio-container > main, .gradio-container main.fillable { padding: 0 16px 40px !important; }
  #desk { gap: 18px; } #ask { position: static; max-width: none;
    max-height: none; overflow: visible; padding: 0; margin: 0; }
  #ask, #shelf { min-width: 100% !important; }
  .sf-head { padding: 16px 0 6px; } .sf-head .sf-size { display: none; }
  .sf-chip { min-height: 38px; padding: 0 13px; font-size: 13px; } .sf-chips { gap: 6px; }
  .sf-examples > div { display: flex; overflow-x: auto; padding: 3px 0; }
  .sf-examples button { flex: 0 0 84px; }
  .sf-welcome { padding-top: 8px; } .sf-welcome h2 { font-size: 30px; }
  #photo { height: 230px !important; }
  .sf-steps { grid-template-columns: 1fr; gap: 8px; margin-top: 20px; }
  .sf-steps li { display: grid; grid-template-columns: 28px 1fr; column-gap: 14px; padding: 12px; }
  .sf-steps li::before { grid-row: span 2; margin: 0; align-self: center; }
  .sf-status h2, .sf-notice h2 { font-size: 23px; }
  .sf-cards { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
  .sf-text { padding: 10px 11px; } .sf-card h3 { font-size: 14px; }
}
@media (prefers-reduced-motion: reduce) {
  .sf-card, .sf-examples img { transition: none; } .sf-card:hover { transform: none; }
  #answer .pending::before { animation-duration: 4s; }
}
"""
CSS = _PAGE + _HEAD + _ANSWER + _CARDS + _NARROW
