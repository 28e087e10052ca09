// The catalog tab in the browser: files on their way, columns that are chosen, and what a new shelf
// means for the search. Clicks with data-trigger are page.js's.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const parts = new Map(); // the tab's components by name
  let ran = false; // an ingest was seen running
  let stale = false; // and has ended: what the search tab shows may be of the shelf before

  // -- a file on its way ---------------------------------------------------------------------

  const zone = () => $("[data-deliver]");
  const shown = () => zone()?.offsetParent != null;

  function tell(text, share = null) {
    const [going, wrong] = [$(".sf-sending", zone()), $(".sf-wrong", zone())];
    going.hidden = share === null;
    wrong.hidden = share !== null || !text;
    (share === null ? wrong : $("span", going)).textContent = text;
    if (share !== null) $("progress", going).value = share;
  }

  function send(file) {
    const texts = zone().dataset;
    if (file.size > Number(texts.most)) return tell(texts.tooLarge);
    const told = texts.sending.replace("%", file.name);
    const request = new XMLHttpRequest();
    request.open("POST", `manage/catalogs?name=${encodeURIComponent(file.name)}`);
    request.upload.addEventListener("progress", (event) => tell(told, event.loaded / event.total));
    request.addEventListener("error", () => tell(texts.notSent));
    request.addEventListener("load", () => {
      const why = { 403: texts.notLetIn, 413: texts.tooLarge, 507: texts.notKept }[request.status];
      if (request.status !== 200) return tell(why ?? texts.notSent);
      tell(texts.looking, 1);
      parts.get("catalog-deliver").trigger("look", { upload: JSON.parse(request.response).token });
    });
    tell(told, 0);
    request.send(file);
  }

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("input[data-catalog]") && input.files.length) {
      send(input.files[0]);
      input.value = "";
    } else if ("column" in input.dataset) {
      const mapping = Object.fromEntries($$("select[data-column]", input.closest("section"))
        .filter((one) => one.value).map((one) => [one.dataset.column, one.value]));
      const { draft } = input.closest("[data-draft]").dataset;
      parts.get("catalog-draft").trigger("mapped", { draft, mapping });
    }
  });
  addEventListener("dragover", (event) => {
    if (!shown() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone().classList.add("is-over");
  });
  addEventListener("dragleave", () => zone()?.classList.remove("is-over"));
  addEventListener("drop", (event) => {
    if (!shown()) return;
    zone().classList.remove("is-over");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    send(file);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-start]")) return;
    event.preventDefault();
    parts.get("catalog-draft").trigger("bring", {
      draft: form.closest("[data-draft]").dataset.draft,
      prune: form.elements.prune.checked,
      most: form.elements.most.valueAsNumber,
      retry: form.elements.retry?.checked ?? false,
    });
  });

  // -- the shelf has changed -----------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("#tabs [role=tab]");
    if (!tab || !stale || tab !== $("#tabs [role=tab]")) return;
    stale = false;
    // an answer stays until somebody asks again
    if ($("#answer .sf-notice, #answer .sf-welcome")) snapshelf.again();
  });

  // -- when a part has been drawn ------------------------------------------------------------

  function focus(element, selector) {
    const target = $(selector, element);
    if (!target) return;
    target.focus({ preventScroll: true });
    target.closest("section").scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  const drawn = {
    "catalog-stock"(element) {
      const [told, head] = [$("[data-size]", element)?.dataset.size, $(".sf-head .sf-size")];
      if (told && head) head.textContent = told;
    },
    "catalog-draft"(element) {
      if (zone()) tell("");
      if ($("section", element) && !element.contains(document.activeElement)) focus(element, "h2");
    },
    "catalog-sheet": (element) => {
      if (!element.contains(document.activeElement)) focus(element, "h3");
    },
    "catalog-contract": (element) => focus(element, "h3"),
    "catalog-intake"(element) {
      const state = $("[data-state]", element)?.dataset.state;
      if (ran && state !== "running") stale = true;
      if (!ran && state === "running") focus(element, "h3");
      ran = state === "running";
    },
  };

  const { mount } = snapshelf;
  snapshelf.mount = (name, component, watch) => {
    mount(name, component, watch);
    if (!name.startsWith("catalog-")) return;
    parts.set(name, component);
    watch("value", () => drawn[name]?.(component.element));
  };
})();
