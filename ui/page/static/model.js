// Forms of the model tab: what stands in them goes with the event that they send to the server.
//   form[data-send="event"]          submitted            select[data-tell="event"]      changed
//   button[data-submit="event"]      of a form            input[data-upload="event"]     a file
//   [data-drop="event"]              a file is dropped    button[data-jump="component"]
//   button[data-pick="component"] data-model="…"          chooses that model there
{
  // Boxes with a value of their own are a list under their name, others are true or false.
  function valuesOf(form) {
    const values = {};
    for (const field of form?.elements ?? []) {
      if (!field.name || field.disabled || field.type === "file") continue;
      if (field.type === "checkbox" && field.hasAttribute("value")) {
        values[field.name] ??= [];
        if (field.checked) values[field.name].push(field.value);
      } else if (field.type === "checkbox") values[field.name] = field.checked;
      else if (field.type !== "radio" || field.checked) values[field.name] = field.value;
    }
    return values;
  }

  const tell = (element, event, more = {}) =>
    componentOf(element).trigger(event, { ...valuesOf(element.closest("form")), ...more });

  async function sendFile(element, event, file) {
    if (!file) return;
    let path = ""; // of one that is too large
    if (file.size <= MAX_BYTES) {
      const sent = await componentOf(element).upload(file).catch(() => ({ path: "not sent" }));
      path = sent.path;
    }
    tell(element, event, { path });
  }

  function jump(place) {
    const part = document.getElementById(place);
    part.scrollIntoView({ behavior: still.matches ? "auto" : "smooth" });
    $("h2", part)?.focus({ preventScroll: true });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-send]");
    if (!form) return;
    event.preventDefault();
    tell(form, form.dataset.send);
  });
  document.addEventListener("change", (event) => {
    const { tell: name, upload } = event.target.dataset;
    if (name) tell(event.target, name);
    if (upload) {
      sendFile(event.target, upload, event.target.files[0]);
      event.target.value = "";
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const data = button?.dataset ?? {};
    if ("submit" in data) tell(button, data.submit, { place: Number(data.place) });
    else if ("jump" in data) jump(data.jump);
    else if ("pick" in data) {
      const select = $(`#${data.pick} select[name=model]`);
      if (select && select.value !== data.model) {
        select.value = data.model;
        select.dispatchEvent(new Event("change", { bubbles: true }));
      }
      jump(data.pick);
    }
  });

  const zoneOf = (event) =>
    event.dataTransfer?.types.includes("Files") ? event.target.closest?.("[data-drop]") : null;
  document.addEventListener("dragover", (event) => {
    if (zoneOf(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    sendFile(zone, zone.dataset.drop, [...event.dataTransfer.files].find(isImage));
  });
}
