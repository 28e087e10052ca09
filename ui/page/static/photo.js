// How a photo gets in: chosen, dropped, pasted or taken.

const MAX_BYTES = 10_000_000;

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
  const { photo } = question;
  const source = preview ?? (photo ? previews.get(photo) ?? `photos/${photo}.jpg` : null);
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
