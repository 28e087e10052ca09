// Clicks become questions, and questions become history. The server draws everything; a control
// says by its attributes what it does to the question:
//   data-set='{"field": value}'   data-toggle="field" data-value='value' [data-not="field"]
//   data-field="field" (a select)   data-open="product"   data-step="label" (for the trail)
// All files of this folder share one scope (`scripts` in ui/page/draw.py).

const TRAIL = 30;
// As long as an answer is waited for; the server itself says "busy" before that.
const PATIENCE_MS = 60_000;
const narrow = matchMedia("(max-width: 720px)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

let question = {}; // as the server last understood it, with what was changed since
let number = 0; // of the last question: answers to earlier ones change nothing here
let shelf = null; // the answer's component: {element, props, trigger, upload}
let last = null; // what was sent last, to be sent again
let preview = null; // of a photo that is still under way
const previews = new Map(); // token of a photo → what this browser shows of it, without asking
let jump = false; // the next answer is about something new: show it from its top

// -- the open tab is in the address: a reload comes back to it --------------------------------

let tab = new URLSearchParams(location.search).get("tab"); // null: the search

function withTab(link) {
  const query = new URLSearchParams(link);
  query.delete("tab");
  if (tab) query.set("tab", tab);
  return query.size ? `?${query}` : location.pathname;
}

const trail = () => history.state?.trail ?? [];
// What is searched, whatever panel is open: to tell whether two questions have one answer.
const subject = (asked) => JSON.stringify(
  Object.entries(asked).filter(([name, value]) => name !== "product" && value != null).sort());

function push(label) {
  const before = trail();
  const again = before.at(-1) === label; // the same once more, a frame moved a little: one step
  const state = { question, trail: again ? before : [...before, label].slice(-TRAIL) };
  // a panel that was open is no step of its own either
  if (again || history.state?.opened) history.replaceState(state, "");
  else history.pushState(state, "");
}

// One question of a visitor's is under way at a time; of those that come meanwhile the last one
// follows. (The toolkit's own "always_last" sends what was asked first once more.)
let flying = null; // its number
let waiting = null;

function send(name, data) {
  number += 1;
  last = [name, { ...data, number }];
  if (flying === null) fly(last);
  else waiting = last;
}

function fly(message) {
  const { number: mine } = message[1];
  flying = mine;
  shelf.trigger(...message);
  setTimeout(() => flying === mine && failed(), PATIENCE_MS);
}

function landed() {
  flying = null;
  const next = waiting;
  waiting = null;
  if (next) fly(next);
}

function ask(change, step) {
  const rest = "k" in change ? {} : { k: undefined };
  question = { ...question, product: null, ...rest, ...change };
  closePanel();
  if (step === undefined) history.replaceState({ ...history.state, question }, "");
  else push(step);
  send("ask", { question });
}

function photo(data, step) {
  question = { text: question.text };
  jump = true;
  push(step);
  send("photo", { question, ...data });
}

function arrive() {
  const state = history.state;
  if (state?.question) {
    question = state.question;
    send("ask", { question });
  } else send("ask", { link: location.search.slice(1) });
}

function travel(state) {
  const asked = state?.question ?? {};
  const same = subject(asked) === subject(question);
  question = asked;
  if (question.product) openPanel(question.product);
  else closePanel();
  if (!same) {
    jump = true;
    send("ask", { question });
  }
}

// What an element does to the question: [change, label of the step].
function changeOf(element) {
  const { set, toggle, value, not } = element.dataset;
  const label = element.dataset.step ?? (element.querySelector("span") ?? element).innerText.trim();
  if (set) return [JSON.parse(set), label];
  const one = JSON.parse(value);
  const there = question[toggle] ?? [];
  const change = {
    [toggle]: there.includes(one) ? there.filter((other) => other !== one) : [...there, one],
  };
  if (not) change[not] = (question[not] ?? []).filter((other) => other !== one);
  return [change, label];
}

function filtersOf(form) {
  const change = { brands: [], colors: [], attributes: {}, available: false };
  for (const box of $$("input[type=checkbox]:checked", form)) {
    if (box.name === "available") change.available = true;
    else if ("attribute" in box.dataset) (change.attributes[box.name] ??= []).push(box.value);
    else change[box.name].push(box.value);
  }
  for (const name of ["price_min", "price_max"]) {
    const field = form.elements[name];
    change[name] = field && field.value !== "" ? Number(field.value) : null;
  }
  return change;
}
