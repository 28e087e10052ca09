// The toolkit's components, each told here once that it is there.

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
    settle(component.element);
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
// the toolkit gives its class to an inner element, too
const componentOf = (element) => components.get(element.closest(".block.sf-html").id);

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

window.snapshelf = { mount, failed, again };
