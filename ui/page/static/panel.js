// One product, looked at closely.

let panel = null;
let openings = 0;

function panelDialog() {
  if (panel) return panel;
  panel = document.createElement("dialog");
  panel.className = "sf-panel";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "sf-close";
  close.append("×");
  close.addEventListener("click", () => panel.close());
  const content = document.createElement("div");
  panel.append(close, content);
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close();
  });
  panel.addEventListener("close", () => {
    if (!question.product) return;
    question = { ...question, product: null };
    if (history.state?.opened) history.back();
    else history.replaceState({ ...history.state, question }, "", plainLink());
  });
  $(".gradio-container").append(panel);
  return panel;
}

const plainLink = () => {
  const query = new URLSearchParams(location.search);
  query.delete("product");
  return query.size ? `?${query}` : location.pathname;
};

function openPanel(product) {
  const dialog = panelDialog();
  dialog.lastElementChild.replaceChildren();
  dialog.classList.add("is-waiting");
  if (!dialog.open) dialog.showModal();
  // numbered: the same product twice is told twice
  openings += 1;
  shelf.trigger("open", { product, number: openings });
}

function fillPanel(element, props) {
  const dialog = panelDialog();
  dialog.classList.remove("is-waiting");
  dialog.lastElementChild.innerHTML = props.value;
  const texts = $("[data-close]", dialog)?.dataset ?? {};
  $(".sf-close", dialog).setAttribute("aria-label", texts.close ?? "");
  dialog.setAttribute("aria-label", texts.panel ?? "");
  dialog.scrollTop = 0;
  $("h2", dialog)?.focus({ preventScroll: true });
}

function closePanel() {
  if (!panel?.open) return;
  question = { ...question, product: null };
  panel.close();
}
