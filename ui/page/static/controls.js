// All clicks and changes, wherever they happen, and what this browser remembers.

const kept = (name) => {
  try { return localStorage.getItem(`snapshelf-${name}`); } catch { return null; }
};
const keep = (name, value) => {
  try { localStorage.setItem(`snapshelf-${name}`, value); } catch { /* private window */ }
};

document.addEventListener("click", (event) => {
  const opened = event.target.closest("#tabs [role=tab]")?.dataset.tabId;
  if (opened) {
    tab = opened === "search" ? null : opened;
    history.replaceState(history.state, "", withTab(location.search));
  }
  const element = event.target.closest("button, a");
  if (!element || element.disabled) return;
  const data = element.dataset;
  if ("set" in data || "toggle" in data) {
    const [change, step] = changeOf(element);
    if ("photo" in change || "liked" in change || "disliked" in change) jump = true;
    ask(change, "k" in change ? undefined : step);
  } else if ("open" in data) {
    question = { ...question, product: data.open };
    const query = new URLSearchParams(location.search);
    query.set("product", data.open);
    history.pushState({ ...history.state, question, opened: true }, "", `?${query}`);
    openPanel(data.open);
  } else if ("example" in data) {
    photo({ example: Number(data.example) }, element.innerText.trim() || photoStep());
  } else if ("dropPhoto" in data) {
    ask({ photo: null, crop: null, category: "auto" }, data.step);
  } else if ("view" in data) {
    $(".sf-large", panel).src = data.view;
    for (const one of $$("[data-view]", panel)) {
      one.setAttribute("aria-pressed", String(one === element));
    }
  } else if ("trigger" in data) {
    componentOf(element).trigger(data.trigger, data.value ? JSON.parse(data.value) : {});
  } else if ("again" in data) send(...last);
  else if ("scores" in data) {
    keep("scores", kept("scores") === "1" ? "0" : "1");
    showScores();
  } else if ("share" in data) share(element);
  else if ("toFilters" in data) {
    const filters = $(".sf-filters");
    filters.open = true;
    filters.scrollIntoView({ behavior: still.matches ? "auto" : "smooth" });
    $("summary", filters).focus({ preventScroll: true });
  }
  else if ("back" in data) history.back();
  else if ("theme" in data) {
    keep("theme", document.body.classList.contains("dark") ? "light" : "dark");
    showTheme();
  }
});

function stepOf(field) {
  const label = field.labels[0];
  if (field.type === "checkbox") return (field.checked ? "" : "− ") + $("span", label).innerText;
  const group = $("legend", field.closest("fieldset")).innerText;
  return `${group} ${label.innerText.trim()} ${field.value}`;
}

document.addEventListener("change", (event) => {
  const element = event.target;
  const form = element.closest("form[data-filters]");
  if (form) {
    ask(filtersOf(form), stepOf(element));
  } else if ("field" in element.dataset) {
    ask({ [element.dataset.field]: element.value }, element.selectedOptions[0].innerText.trim());
  } else if ("language" in element.dataset) {
    document.cookie = `snapshelf-language=${element.value}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  }
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-filters]")) event.preventDefault();
});
document.addEventListener("focusin", (event) => {
  focused = event.target.dataset?.key ?? null;
});
document.addEventListener("toggle", (event) => {
  const key = event.target.dataset?.key;
  if (key) opened.set(key, event.target.open);
}, true);
addEventListener("popstate", (event) => {
  if (shelf) travel(event.state);
});

function showTheme() {
  const theme = kept("theme");
  if (theme) document.body.classList.toggle("dark", theme === "dark");
  const button = $("[data-theme]");
  if (!button) return;
  const dark = document.body.classList.contains("dark");
  const next = dark ? button.dataset.light : button.dataset.dark;
  $("span", button).textContent = next;
  button.title = next;
}
