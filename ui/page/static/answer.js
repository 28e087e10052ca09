// An answer arrives: the browser learns how its question was understood.

let focused = null;
const opened = new Map(); // data-key of a details element → whether it is open

// Controls show the question as it is here: an answer to an earlier one may arrive in between,
// and the toolkit patches the document place by place.
function settle(element) {
  for (const box of $$("input[type=checkbox]", element)) {
    const there = "attribute" in box.dataset ? question.attributes?.[box.name] : question[box.name];
    box.checked = box.name === "available" ? Boolean(there) : (there ?? []).includes(box.value);
  }
  for (const field of $$("input[type=number]", element)) {
    if (field !== document.activeElement) field.value = question[field.name] ?? "";
  }
  for (const select of $$("select[data-field]", element)) {
    select.value = question[select.dataset.field] ?? select.options[0].value;
  }
}

function unfold(element) {
  for (const details of $$("details[data-key]", element)) {
    const first = details.dataset.key === "filters" ? !narrow.matches
      : "openAtFirst" in details.dataset;
    details.open = opened.get(details.dataset.key) ?? first;
  }
}

function refocus() {
  if (!focused || document.activeElement?.dataset?.key === focused) return;
  $(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// What may pass is asked again: after 5 s, 10 s, at last every half minute.
let tries = 0;

function persist(section) {
  tries = "passing" in section.dataset ? tries + 1 : 0;
  if (!tries) return;
  const mine = number;
  setTimeout(() => mine === number && send("ask", { question }), Math.min(5 * tries, 30) * 1000);
}

function adopt(element) {
  const section = $("[data-question]", element);
  if (!section) return;
  const answered = Number(section.dataset.number);
  if (answered === flying) landed();
  const fresh = answered === number;
  if (fresh) {
    question = JSON.parse(section.dataset.question);
    history.replaceState(
      { trail: trail(), ...history.state, question }, "", withTab(section.dataset.link));
    if ("drop" in section.dataset) question.photo = undefined;
    persist(section);
    if (question.photo && preview) previews.set(question.photo, preview);
    preview = null;
    showPhoto();
    const words = $("#sf-words");
    if (words && words !== document.activeElement) words.value = question.text ?? "";
  }
  settle(element);
  document.body.classList.toggle("sf-asked", !section.classList.contains("sf-welcome"));
  drawTrail(element);
  unfold(element);
  showScores();
  refocus();
  if (fresh && jump) {
    jump = false;
    const target = narrow.matches ? section : document.body;
    if (narrow.matches || scrollY > 200) {
      setTimeout(() => target.scrollIntoView({ behavior: still.matches ? "auto" : "smooth" }), 60);
    }
  }
  if (fresh && question.product && !panel?.open) openPanel(question.product);
}

function drawTrail(element) {
  const place = $(".sf-trail", element);
  if (!place) return;
  const steps = [place.dataset.start, ...trail()];
  place.hidden = steps.length < 2;
  const shown = steps.slice(-5);
  const items = shown.map((label, index) => {
    const item = document.createElement("li");
    const back = index - shown.length + 1;
    const step = document.createElement(back ? "button" : "span");
    step.textContent = label;
    if (back) {
      step.type = "button";
      step.addEventListener("click", () => history.go(back));
    } else step.setAttribute("aria-current", "step");
    item.append(step);
    return item;
  });
  $("ol", place).replaceChildren(...items);
}

function showScores() {
  const on = kept("scores") === "1";
  document.body.classList.toggle("sf-scored", on);
  for (const button of $$("[data-scores]")) button.setAttribute("aria-pressed", String(on));
}

function failed() {
  landed();
  const told = $("template[data-failed]");
  if (told) shelf.props.value = told.innerHTML;
}

async function share(button) {
  const told = $(".sf-shared");
  told.hidden = false;
  try {
    await navigator.clipboard.writeText(location.href);
    told.textContent = button.dataset.done;
  } catch {
    // no clipboard without https: the link itself, to be copied by hand
    const field = document.createElement("input");
    Object.assign(field, { readOnly: true, value: location.href });
    field.setAttribute("aria-label", button.dataset.here);
    told.replaceChildren(button.dataset.here, field);
    field.select();
  }
}
