// What the page does in the browser. The server draws everything; here clicks become questions,
// and questions become history. A control says by its attributes what it does to the question:
//   data-set='{"field": value}'   data-toggle="field" data-value='value' [data-not="field"]
//   data-field="field" (a select)   data-open="product"   data-step="label" (for the trail)
"use strict";
window.snapshelf = (() => {
  const MAX_BYTES = 10_000_000;
  const TRAIL = 30;
  const narrow = matchMedia("(max-width: 720px)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  let question = {}; // as the server last understood it, with what was changed since
  let number = 0; // of the last question: answers to earlier ones change nothing here
  let shelf = null; // the answer's component: {element, props, trigger, upload}
  let last = null; // what was sent last, to be sent again
  let preview = null; // the address of a photo that is still under way
  let jump = false; // the next answer is about something new: show it from its top

  // -- kept in this browser ------------------------------------------------------------------

  const kept = (name) => {
    try { return localStorage.getItem(`snapshelf-${name}`); } catch { return null; }
  };
  const keep = (name, value) => {
    try { localStorage.setItem(`snapshelf-${name}`, value); } catch { /* private window */ }
  };

  // -- the open tab is in the address: a reload comes back to it ------------------------------

  let tab = new URLSearchParams(location.search).get("tab"); // null: the search

  function withTab(link) {
    const query = new URLSearchParams(link);
    query.delete("tab");
    if (!tab) return query.size ? `?${link}` : location.pathname;
    query.set("tab", tab);
    return `?${query}`;
  }

  document.addEventListener("click", (event) => {
    const opened = event.target.closest("#tabs [role=tab]")?.dataset.tabId;
    if (!opened) return;
    const query = new URLSearchParams(location.search);
    query.delete("tab");
    tab = opened === "search" ? null : opened;
    history.replaceState(history.state, "", withTab(query.toString()));
  });

  // -- questions -----------------------------------------------------------------------------

  const trail = () => history.state?.trail ?? [];
  // What is searched, whatever panel is open: to tell whether two questions have one answer.
  const subject = (asked) => JSON.stringify(
    Object.entries(asked).filter(([name, value]) => name !== "product" && value != null).sort());

  function push(label) {
    const state = { question, trail: [...trail(), label].slice(-TRAIL) };
    // a panel that was open is no step of its own
    if (history.state?.opened) history.replaceState(state, "");
    else history.pushState(state, "");
  }

  function send(name, data) {
    number += 1;
    last = [name, { ...data, number }];
    shelf.trigger(...last);
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

  // -- answers -------------------------------------------------------------------------------

  let focused = null;
  const opened = new Map(); // data-key of a details element → whether it is open

  // The server's words about controls, after the toolkit has patched the document.
  function settle(element) {
    for (const box of $$("input[type=checkbox]", element)) box.checked = box.defaultChecked;
    for (const field of $$("input[type=number]", element)) {
      if (field !== document.activeElement) field.value = field.defaultValue;
    }
    for (const option of $$("option", element)) option.selected = option.defaultSelected;
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

  function adopt(element) {
    const section = $("[data-question]", element);
    if (!section) return;
    const fresh = Number(section.dataset.number) === number;
    if (fresh) {
      question = JSON.parse(section.dataset.question);
      const address = withTab(section.dataset.link);
      history.replaceState({ trail: trail(), ...history.state, question }, "", address);
      if ("drop" in section.dataset) question.photo = undefined;
      showPhoto();
      const words = $("#sf-words");
      if (words && words !== document.activeElement) words.value = question.text ?? "";
      settle(element);
    }
    document.body.classList.toggle("sf-asked", !section.classList.contains("sf-welcome"));
    drawTrail(element);
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

  // -- the photo -----------------------------------------------------------------------------

  const error = (text = "") => {
    const told = $(".sf-photo-error");
    told.textContent = text;
    told.hidden = !text;
  };

  async function upload(file, step) {
    const texts = $(".sf-ask").dataset;
    error();
    if (file.size > MAX_BYTES) return error(texts.tooLarge);
    preview = URL.createObjectURL(file);
    showPhoto();
    try {
      const { path } = await shelf.upload(file);
      photo({ path }, step);
    } catch {
      preview = null;
      showPhoto();
      error(texts.notSent);
    }
  }

  function showPhoto() {
    const frame = $("#photo");
    if (!frame) return;
    const image = $(".sf-stage img", frame);
    const source = question.photo ? `photos/${question.photo}.jpg` : preview;
    if (question.photo && preview) {
      URL.revokeObjectURL(preview);
      preview = null;
    }
    frame.classList.toggle("has-photo", Boolean(source));
    if (source && image.getAttribute("src") !== source) image.src = source;
    if (!source) image.removeAttribute("src");
    showBox(question.crop);
    showSpots();
  }

  const isImage = (file) => !file.type || file.type.startsWith("image/");
  const photoStep = () => $(".sf-stage img").alt;

  function listen(root) {
    root.addEventListener("change", (event) => {
      const input = event.target;
      if (!input.matches("input[data-photo]") || !input.files.length) return;
      upload(input.files[0], photoStep());
      input.value = "";
    });
    $("form.sf-words", root).addEventListener("submit", (event) => {
      event.preventDefault();
      const text = new FormData(event.target).get("text").trim();
      if (text === (question.text ?? "")) return;
      jump = true;
      ask({ text, category: "auto" }, text || $("#sf-words").labels[0].innerText);
    });
    cropping($(".sf-stage", root), $(".sf-box", root));
    camera($("dialog.sf-camera", root), $("[data-camera]", root));
  }

  let dragging = 0;
  addEventListener("dragenter", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    dragging += 1;
    document.body.classList.add("sf-dragging");
  });
  addEventListener("dragleave", () => {
    dragging = Math.max(0, dragging - 1);
    if (!dragging) document.body.classList.remove("sf-dragging");
  });
  addEventListener("dragover", (event) => {
    if (searching() && event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    dragging = 0;
    document.body.classList.remove("sf-dragging");
    const file = [...(event.dataTransfer?.files ?? [])].find(isImage);
    if (!file || !searching()) return;
    event.preventDefault();
    upload(file, photoStep());
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(isImage);
    if (!file || !searching()) return;
    event.preventDefault();
    upload(file, photoStep());
  });
  const searching = () => $("#photo")?.offsetParent != null;

  function camera(dialog, button) {
    const video = $("video", dialog);
    const told = $("p", dialog);
    const end = () => {
      for (const track of video.srcObject?.getTracks() ?? []) track.stop();
      video.srcObject = null;
    };
    button.addEventListener("click", async () => {
      told.hidden = true;
      dialog.showModal();
      try {
        video.srcObject = await navigator.mediaDevices.getUserMedia(
          { video: { facingMode: "environment" } });
      } catch {
        told.textContent = $(".sf-ask").dataset.cameraNone;
        told.hidden = false;
      }
    });
    dialog.addEventListener("close", end);
    $("[data-close]", dialog).addEventListener("click", () => dialog.close());
    $("[data-take]", dialog).addEventListener("click", () => {
      if (!video.videoWidth) return;
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob((blob) => {
        dialog.close();
        upload(new File([blob], "camera.jpg", { type: "image/jpeg" }), photoStep());
      }, "image/jpeg", 0.92);
    });
  }

  // -- a part of the photo -------------------------------------------------------------------

  const LEAST = 0.05; // of a side: less is a slip of the hand
  const clamp = (value, low = 0, high = 1) => Math.min(Math.max(value, low), high);
  let box = null; // [left, top, right, bottom] as fractions of the photo

  function showBox(given) {
    const element = $(".sf-box");
    box = given ? [...given] : null;
    element.hidden = !box;
    $(".sf-stage").classList.toggle("is-cropped", Boolean(box));
    if (!box) return;
    const [left, top, right, bottom] = box.map((one) => `${one * 100}%`);
    Object.assign(element.style, {
      left, top, width: `calc(${right} - ${left})`, height: `calc(${bottom} - ${top})`,
    });
  }

  function crop(step) {
    const rounded = box?.map((one) => Math.round(one * 1000) / 1000) ?? null;
    ask({ crop: rounded, category: "auto" }, step);
  }

  function cropping(stage, element) {
    const label = stage.title;
    const at = (event) => {
      const area = stage.getBoundingClientRect();
      return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    };
    stage.addEventListener("pointerdown", (event) => {
      if (event.button || !question.photo || event.target.closest("button")) return;
      event.preventDefault();
      const before = box;
      const [x, y] = at(event);
      const corner = event.target.dataset?.corner;
      const move = !corner && box && event.target === element;
      const fixed = corner
        ? [corner[1] === "w" ? box[2] : box[0], corner[0] === "n" ? box[3] : box[1]] : [x, y];
      stage.setPointerCapture(event.pointerId);
      const drag = (moved) => {
        const [to, down] = at(moved);
        if (move) {
          const [wide, high] = [before[2] - before[0], before[3] - before[1]];
          const left = clamp(before[0] + to - x, 0, 1 - wide);
          const top = clamp(before[1] + down - y, 0, 1 - high);
          showBox([left, top, left + wide, top + high]);
        } else {
          const [u, v] = [clamp(to), clamp(down)];
          showBox([Math.min(fixed[0], u), Math.min(fixed[1], v),
            Math.max(fixed[0], u), Math.max(fixed[1], v)]);
        }
      };
      const done = () => {
        stage.removeEventListener("pointermove", drag);
        const small = !box || box[2] - box[0] < LEAST || box[3] - box[1] < LEAST;
        if (small) showBox(before);
        else if (JSON.stringify(box) !== JSON.stringify(before)) crop(label);
      };
      stage.addEventListener("pointermove", drag);
      stage.addEventListener("pointerup", done, { once: true });
      stage.addEventListener("pointercancel", () => showBox(before), { once: true });
    });
    let timer = 0;
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        showBox(null);
        crop(label);
        return;
      }
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [dx, dy] = step.map((one) => one * 0.02);
      let [left, top, right, bottom] = box;
      if (event.shiftKey) {
        right = clamp(right + dx, left + LEAST);
        bottom = clamp(bottom + dy, top + LEAST);
      } else {
        const [wide, high] = [right - left, bottom - top];
        left = clamp(left + dx, 0, 1 - wide);
        top = clamp(top + dy, 0, 1 - high);
        [right, bottom] = [left + wide, top + high];
      }
      showBox([left, top, right, bottom]);
      clearTimeout(timer); // one question for a row of key strokes
      timer = setTimeout(() => crop(label), 400);
    });
  }

  // A dot on each suggested part, as its chip below the photo.
  function showSpots() {
    const spots = $(".sf-spots");
    if (!spots) return; // the frame is drawn after this
    const chips = $$(".sf-parts [data-box]").filter((chip) => chip.dataset.box !== "null");
    spots.replaceChildren(...chips.map((chip) => {
      const [left, top, right, bottom] = JSON.parse(chip.dataset.box);
      const spot = document.createElement("button");
      spot.type = "button";
      spot.tabIndex = -1; // its chip is there for the keyboard
      spot.setAttribute("aria-hidden", "true");
      spot.title = chip.innerText.trim();
      Object.assign(spot.style, {
        left: `${(left + right) * 50}%`, top: `${(top + bottom) * 50}%`,
      });
      spot.addEventListener("click", () => chip.click());
      return spot;
    }));
  }

  // -- one product ---------------------------------------------------------------------------

  let panel = null;

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
    shelf.trigger("open", { product });
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

  // -- all clicks and changes ----------------------------------------------------------------

  document.addEventListener("click", (event) => {
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
      ask({ photo: null, crop: null, category: "auto" }, element.innerText.trim());
    } else if ("view" in data) {
      $(".sf-large", panel).src = data.view;
      for (const one of $$("[data-view]", panel)) {
        one.setAttribute("aria-pressed", String(one === element));
      }
    } else if ("trigger" in data) {
      const component = components.get(element.closest(".block.sf-html").id);
      component.trigger(data.trigger, data.value ? JSON.parse(data.value) : {});
    } else if ("again" in data) send(...last);
    else if ("scores" in data) {
      keep("scores", kept("scores") === "1" ? "0" : "1");
      showScores();
    } else if ("share" in data) share(element);
    else if ("back" in data) history.back();
    else if ("theme" in data) {
      keep("theme", document.body.classList.contains("dark") ? "light" : "dark");
      showTheme();
    }
  });

  document.addEventListener("change", (event) => {
    const element = event.target;
    const form = element.closest("form[data-filters]");
    if (form) {
      const label = element.labels?.[0];
      const said = (label?.querySelector("span") ?? label)?.innerText.trim() ?? "";
      const value = element.type === "number" ? ` ${element.value}` : "";
      ask(filtersOf(form), element.type === "checkbox" && !element.checked ? `− ${said}` : said + value);
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

  // -- the toolkit's components, each told here once that it is there -------------------------

  const mounts = {
    head(component) {
      const head = $("[data-lang]", component.element);
      if (!head) return;
      document.documentElement.lang = head.dataset.lang;
      document.title = head.dataset.title;
      document.documentElement.style.setProperty("--sf-looking", JSON.stringify(head.dataset.looking));
      showTheme();
    },
    ask(component) {
      const root = $(".sf-ask", component.element);
      if (!root || root.dataset.listening) return;
      root.dataset.listening = "1";
      listen(root);
      showPhoto();
    },
    narrow(component) {
      if (Number($("[data-number]", component.element)?.dataset.number) === number) {
        settle(component.element);
      }
      unfold(component.element);
      showSpots();
      refocus();
    },
    answer: (component) => adopt(component.element),
    panel: (component) => component.props.value && fillPanel(component.element, component.props),
    other(component) {
      unfold(component.element);
      refocus();
    },
  };

  const components = new Map(); // by the id of their element

  function mount(name, component, watch) {
    components.set(name, component);
    const draw = () => (mounts[name] ?? mounts.other)(component);
    if (name === "answer") {
      shelf = component;
      setTimeout(arrive);
    }
    watch("value", draw);
    draw();
  }

  // The same question once more: the shelf has changed.
  const again = () => { if (shelf && last) send(...last); };

  return { mount, failed, again };
})();
