// A part of the photo: drawn with the pointer, moved with the arrow keys, or suggested.

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

function crop() {
  const rounded = box?.map((one) => Math.round(one * 1000) / 1000) ?? null;
  const { whole, part } = $(".sf-stage").dataset;
  ask({ crop: rounded, category: "auto" }, rounded ? part : whole);
}

function cropping(stage, element) {
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
      else if (JSON.stringify(box) !== JSON.stringify(before)) crop();
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
      crop();
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
    timer = setTimeout(crop, 400);
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
