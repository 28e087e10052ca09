// The map of the index: drawn from a file that the server has made, looked at with mouse, fingers
// or arrow keys. Each point: [x, y, place among the categories or -1, id, title, price, currency,
// sha256 of its thumbnail or null], x and y in [-1, 1].
{
  const MOST = 16; // times, at which it is looked at most closely
  const REACH = { mouse: 14, touch: 26 }; // pixels within which a point is meant
  const MARGIN = 24;
  const LONG = 1.8; // times as wide as high, at most: more would tear apart what is near
  const PORTRAITS = 120; // so few that they are shown as their pictures
  const SIDE = 46; // of such a picture, pixels
  const GREY = "x";

  // As in templates/model_map.html.jinja, around the origin, some 4 units to each side.
  const SHAPES = [
    new Path2D("M4.4 0a4.4 4.4 0 1 1-8.8 0a4.4 4.4 0 1 1 8.8 0z"),
    new Path2D("M-4-4h8v8h-8z"),
    new Path2D("M0-5L5 4H-5z"),
    new Path2D("M0-5.6L5.6 0 0 5.6-5.6 0z"),
    new Path2D("M0 5L-5-4H5z"),
    new Path2D("M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3z"),
  ];

  class Chart {
    constructor(frame) {
      this.frame = frame;
      this.stage = $(".sf-map-stage", frame);
      this.canvas = $("canvas", frame);
      this.card = $(".sf-map-card", frame);
      this.points = [];
      this.marked = new Set(); // categories that stand out; none: all do
      this.current = null;
      this.pictures = new Map(); // that were shown, by sha256
      this.whole();
      this.listen();
    }

    async load(link, made) {
      this.made = made;
      try {
        const answer = await fetch(link);
        if (!answer.ok) throw new Error(answer.status);
        const { points, categories } = await answer.json();
        Object.assign(this, { points, categories });
      } catch {
        $("[data-said]", this.frame).textContent = this.frame.dataset.failed;
        $("[data-said]", this.frame).classList.remove("sf-sr");
      }
      this.frame.dataset.points = this.points.length;
      this.draw();
    }

    whole() {
      Object.assign(this, { zoom: 1, left: 0, top: 0 });
    }

    // -- from the map to the screen, CSS pixels ----------------------------------------------

    get scales() {
      const [wide, high] = [this.canvas.clientWidth / 2 - MARGIN, this.canvas.clientHeight / 2 - MARGIN];
      return [Math.min(wide, high * LONG) * this.zoom, Math.min(high, wide * LONG) * this.zoom];
    }

    place([x, y]) {
      const { clientWidth, clientHeight } = this.canvas;
      const [wide, high] = this.scales;
      return [clientWidth / 2 + x * wide + this.left, clientHeight / 2 + y * high + this.top];
    }

    // Closer or farther, while what is at (x, y) stays there.
    zoomTo(zoom, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
      const to = Math.min(Math.max(zoom, 1), MOST);
      const times = to / this.zoom;
      const [wide, high] = [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
      this.left = x - wide - (x - wide - this.left) * times;
      this.top = y - high - (y - high - this.top) * times;
      this.zoom = to;
      if (to === 1) this.whole();
      // zoomed out, a finger scrolls the page past the map
      this.stage.classList.toggle("is-close", to > 1);
      this.draw();
    }

    pan(dx, dy) {
      const [wide, high] = this.scales;
      this.left = clamp(this.left + dx, -wide, wide);
      this.top = clamp(this.top + dy, -high, high);
      this.draw();
    }

    // -- drawing -----------------------------------------------------------------------------

    markOf(place) {
      const { color = GREY, shape = 0 } =
        $(`[data-highlight="${place}"]`, this.frame)?.dataset ?? {};
      return { color, shape: SHAPES[shape] };
    }

    stands(point) {
      return !this.marked.size || this.marked.has(point[2]);
    }

    draw() {
      const ratio = devicePixelRatio || 1;
      const { clientWidth: wide, clientHeight: high } = this.canvas;
      if (!wide) return;
      Object.assign(this.canvas, { width: wide * ratio, height: high * ratio });
      const pen = this.canvas.getContext("2d");
      const style = getComputedStyle(this.stage);
      const colors = new Map();
      const seen = this.points.map((point) => [point, ...this.place(point)]).filter(
        ([, x, y]) => x > -SIDE && y > -SIDE && x < wide + SIDE && y < high + SIDE);
      const close = this.zoom > 1 && seen.length <= PORTRAITS;
      // where they are crowded they are smaller; closer, there is room again
      const room = clamp(Math.sqrt(wide * high / (this.points.length || 1)) / 26, 0.5, 0.8);
      const size = Math.min(room * this.zoom ** 0.35, 1.6);
      for (const front of [false, true]) {
        for (const [point, x, y] of seen) {
          if (this.stands(point) !== front) continue;
          const mark = this.markOf(point[2]);
          if (!colors.has(mark.color)) colors.set(mark.color, style.getPropertyValue(`--sf-map-${mark.color}`));
          pen.setTransform(ratio, 0, 0, ratio, x * ratio, y * ratio);
          pen.globalAlpha = front ? 0.88 : 0.13;
          pen.fillStyle = colors.get(mark.color);
          if (close && point[7]) this.portrait(pen, point);
          else {
            pen.scale(size, size);
            pen.fill(mark.shape);
          }
        }
      }
      this.showCurrent(pen, style, ratio, close ? SIDE / 2 + 6 : 6 * size + 4);
    }

    // The picture itself, in a frame of its category's colour.
    portrait(pen, point) {
      const image = this.pictures.get(point[7]) ?? new Image();
      if (!image.src) {
        image.addEventListener("load", () => this.draw());
        image.src = `thumbs/${point[7]}.jpg`;
        this.pictures.set(point[7], image);
      }
      pen.fillRect(-SIDE / 2 - 3, -SIDE / 2 - 3, SIDE + 6, SIDE + 6);
      if (!image.naturalWidth) return;
      const least = Math.min(image.naturalWidth, image.naturalHeight);
      pen.drawImage(image, (image.naturalWidth - least) / 2, (image.naturalHeight - least) / 2,
        least, least, -SIDE / 2, -SIDE / 2, SIDE, SIDE);
    }

    showCurrent(pen, style, ratio, radius) {
      if (!this.current) return;
      const [x, y] = this.place(this.current);
      pen.setTransform(ratio, 0, 0, ratio, x * ratio, y * ratio);
      pen.globalAlpha = 1;
      pen.lineWidth = 2.5;
      pen.strokeStyle = style.getPropertyValue("--sf-ink");
      pen.beginPath();
      pen.arc(0, 0, radius, 0, 7);
      pen.stroke();
      this.placeCard(x, y, radius);
    }

    // -- one product -------------------------------------------------------------------------

    choose(point, { said = false, touch = false } = {}) {
      if (point === this.current) return;
      this.current = point;
      this.card.hidden = !point;
      this.card.classList.toggle("is-touched", touch);
      this.stage.classList.toggle("is-over", Boolean(point));
      if (point) this.fillCard(point);
      if (point && said) {
        $("[data-said]", this.frame).textContent = this.words(point).filter(Boolean).join(", ");
      }
      this.draw();
    }

    words([, , place, , title, price, currency]) {
      const category = place < 0 ? this.frame.dataset.none : this.categories[place];
      return [title, category, price == null ? "" : money(price, currency)];
    }

    fillCard(point) {
      const [title, category, price] = this.words(point);
      const [image, text] = this.card.children;
      this.card.href = `?like=${encodeURIComponent(point[3])}`;
      image.hidden = !point[7];
      if (point[7]) image.src = `thumbs/${point[7]}.jpg`;
      [text.children[0].textContent, text.children[1].textContent] = [title, category];
      text.children[2].textContent = price;
    }

    placeCard(x, y, radius) {
      const { offsetWidth: wide, offsetHeight: high } = this.card;
      const room = this.stage;
      const left = clamp(x - wide / 2, 6, Math.max(room.clientWidth - wide - 6, 6));
      const far = radius + 8;
      this.card.style.translate = `${left}px ${y < high + far ? y + far : y - high - far}px`;
    }

    nearest(x, y, reach) {
      let [best, least] = [null, reach * reach];
      for (const point of this.points) {
        if (!this.stands(point)) continue;
        const [u, v] = this.place(point);
        const far = (u - x) ** 2 + (v - y) ** 2;
        if (far < least) [best, least] = [point, far];
      }
      return best;
    }

    // The next one in a direction: near, and not too far to the side.
    step(dx, dy) {
      if (!this.current) {
        const middle = [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
        return this.choose(this.nearest(...middle, Infinity), { said: true });
      }
      const [x, y] = this.place(this.current);
      let [best, least] = [this.current, Infinity];
      for (const point of this.points) {
        if (point === this.current || !this.stands(point)) continue;
        const [u, v] = this.place(point);
        const along = (u - x) * dx + (v - y) * dy;
        const aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
        if (along <= 0 || aside > along) continue;
        if (along + 2 * aside < least) [best, least] = [point, along + 2 * aside];
      }
      this.choose(best, { said: true });
      this.keepInView();
    }

    keepInView() {
      const [x, y] = this.place(this.current);
      const { clientWidth: wide, clientHeight: high } = this.canvas;
      const by = [clamp(x, 40, wide - 40) - x, clamp(y, 40, high - 40) - y];
      if (by[0] || by[1]) this.pan(...by);
    }

    open(apart) {
      if (!this.current) return;
      if (apart) window.open(this.card.href, "_blank", "noopener");
      else location.assign(this.card.href);
    }

    // -- what people do ----------------------------------------------------------------------

    listen() {
      const { stage, frame } = this;
      const at = (event) => {
        const area = this.canvas.getBoundingClientRect();
        return [event.clientX - area.left, event.clientY - area.top];
      };
      stage.addEventListener("wheel", (event) => {
        const to = this.zoom * Math.exp(-event.deltaY * 0.0016);
        if (this.zoom === 1 && to < 1) return; // the page scrolls on
        event.preventDefault();
        this.zoomTo(to, ...at(event));
      }, { passive: false });
      stage.addEventListener("keydown", (event) => this.key(event));
      stage.addEventListener("click", (event) => {
        if (event.target.closest(".sf-map-card") || this.dragged) return;
        if (this.touched) return;
        this.choose(this.nearest(...at(event), REACH.mouse));
        this.open(event.ctrlKey || event.metaKey);
      });
      stage.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse" && !stage.matches(":focus-visible")) this.choose(null);
      });
      this.fingers(at);
      frame.addEventListener("click", (event) => {
        const { zoom, highlight } = event.target.closest("button")?.dataset ?? {};
        if (zoom === "all") this.zoomTo(1);
        else if (zoom) this.zoomTo(this.zoom * (zoom === "in" ? 1.6 : 1 / 1.6));
        if (highlight) this.toggle(Number(highlight), event.target.closest("button"));
      });
      new ResizeObserver(() => this.draw()).observe(stage);
      new MutationObserver(() => this.draw()).observe(document.body, { attributeFilter: ["class"] });
    }

    key(event) {
      const step = {
        ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
      }[event.key];
      const zoom = { "+": 1.6, "=": 1.6, "-": 1 / 1.6 }[event.key];
      if (step) this.step(...step);
      else if (zoom) this.zoomTo(this.zoom * zoom);
      else if (event.key === "0") this.zoomTo(1);
      else if (event.key === "Enter") this.open(event.ctrlKey || event.metaKey);
      else if (event.key === "Escape") this.choose(null);
      else return;
      event.preventDefault();
    }

    // One finger, or the mouse, moves what is looked at closely; two change how closely.
    fingers(at) {
      const { stage } = this;
      const down = new Map();
      let apart = 0;
      const spread = () => {
        const [[a, b], [c, d]] = [...down.values()];
        return [Math.hypot(a - c, b - d) || 1, (a + c) / 2, (b + d) / 2];
      };
      stage.addEventListener("pointerdown", (event) => {
        if (event.target.closest(".sf-map-card")) return;
        this.touched = event.pointerType !== "mouse";
        if (!down.size) this.dragged = false;
        down.set(event.pointerId, at(event));
        if (down.size === 2) [apart] = spread();
      });
      stage.addEventListener("pointermove", (event) => {
        const before = down.get(event.pointerId);
        const now = at(event);
        if (!before) {
          // a browser says that a resting mouse moved, too, when the page scrolled under it: that
          // takes no product away from the keyboard
          const moved = event.pointerType === "mouse" && (event.movementX || event.movementY);
          if (moved) this.choose(this.nearest(...now, REACH.mouse));
          return;
        }
        const by = [now[0] - before[0], now[1] - before[1]];
        if (down.size === 1 && Math.hypot(...by) < 4 && !this.dragged) return;
        down.set(event.pointerId, now);
        this.dragged = true;
        if (down.size === 1 && this.zoom > 1) this.pan(...by);
        if (down.size === 2) {
          const [wide, x, y] = spread();
          this.zoomTo(this.zoom * wide / apart, x, y);
          apart = wide;
        }
      });
      const up = (event) => {
        const tapped = down.delete(event.pointerId) && this.touched && !this.dragged;
        if (tapped && event.type === "pointerup") {
          this.choose(this.nearest(...at(event), REACH.touch), { said: true, touch: true });
        }
      };
      for (const name of ["pointerup", "pointercancel"]) addEventListener(name, up);
    }

    toggle(place, button) {
      const on = !this.marked.delete(place);
      if (on) this.marked.add(place);
      button.setAttribute("aria-pressed", String(on));
      if (this.current && !this.stands(this.current)) this.choose(null);
      this.draw();
    }
  }

  function money(price, currency) {
    try {
      return new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency }).format(price);
    } catch {
      return [price, currency].filter((one) => one != null).join(" "); // no currency that exists
    }
  }

  const charts = new WeakMap(); // by the frame's canvas, which the toolkit keeps or replaces
  mounts["model-map"] = (component) => {
    mounts.other(component);
    const frame = $("[data-map]", component.element);
    if (!frame) return;
    const canvas = $("canvas", frame);
    if (!charts.has(canvas)) charts.set(canvas, new Chart(frame));
    const chart = charts.get(canvas);
    const { map, made } = frame.dataset;
    if (chart.made !== map + made) chart.load(map, map + made);
    else chart.draw();
  };
}
