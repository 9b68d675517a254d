// Shows one stop of the run after the other. The page has all of them without this script.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const panels = all(".panel");
  const rows = all(".row");
  const player = document.querySelector(".player");
  const slider = document.getElementById("slider");
  const now = player.querySelector(".now");
  const play = player.querySelector('[data-go="play"]');
  const code = document.querySelector(".code");
  const last = panels.length - 1;
  let at = -1;
  let timer = 0;

  document.documentElement.classList.add("js");
  player.hidden = false;

  // `#step=7`: the stop at which seven steps have been taken, or the next one after.
  const asked = () => {
    const match = /^#step=(\w+)$/.exec(location.hash);
    if (!match) return -1;
    if (match[1] === "end") return last;
    const steps = Number(match[1]);
    const found = panels.findIndex((panel) => Number(panel.dataset.anchor) >= steps);
    return Number.isNaN(steps) ? -1 : found < 0 ? last : found;
  };

  const text = (node) => node.textContent.replace(/\s+/g, " ").trim();

  // Who stands where, beside the model's lines.
  const mark = (panel) => {
    all(".marks > .chip", code).forEach((chip) => chip.remove());
    all("li.did", code).forEach((line) => line.classList.remove("did"));
    const here = new Map();
    for (const { dataset } of all(".person[data-line]", panel)) {
      here.set(dataset.line, [...(here.get(dataset.line) || []), [dataset.badge, dataset.how]]);
    }
    for (const [number, list] of here) {
      const line = document.getElementById("L" + number);
      // There is room for three.
      const shown = list.length > 3 ? [...list.slice(0, 1), ["+" + (list.length - 1), list[1][1]]] : list;
      for (const [badge, how] of line ? shown : []) {
        const chip = document.createElement("b");
        chip.className = "chip " + how;
        chip.textContent = badge;
        line.querySelector(".marks").append(chip);
      }
    }
    const did = all(".did[data-line]", panel).map((it) => document.getElementById("L" + it.dataset.line));
    did.filter(Boolean).forEach((line) => line.classList.add("did"));
    const chip = code.querySelector(".marks > .chip.stuck") || code.querySelector(".marks > .chip");
    const first = did.find(Boolean) || (chip && chip.closest("li"));
    if (first) code.scrollTop = first.offsetTop - code.clientHeight / 2;
  };

  const into = (row) => {
    const box = row.getBoundingClientRect();
    const low = player.getBoundingClientRect().top;
    if (box.top < 0) scrollBy(0, box.top - 60);
    else if (box.bottom > low) scrollBy(0, box.bottom - low + 60);
  };

  const show = (index, { scroll = true, address = true } = {}) => {
    const next = Math.max(0, Math.min(last, index));
    if (next === at) return;
    at = next;
    panels.forEach((panel, number) => panel.classList.toggle("now", number === at));
    rows.forEach((row) => {
      const here = Number(row.dataset.frame) === at;
      row.classList.toggle("now", here);
      row.classList.toggle("past", Number(row.dataset.frame) < at);
      const link = row.querySelector("a");
      if (here) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", text(panels[at].querySelector("h2")));
    now.textContent = panels[at].dataset.said;
    all('[data-go="first"], [data-go="back"]', player).forEach((it) => it.setAttribute("aria-disabled", String(at === 0)));
    all('[data-go="last"], [data-go="on"]', player).forEach((it) => it.setAttribute("aria-disabled", String(at === last)));
    mark(panels[at]);
    if (scroll) {
      const row = rows.find((it) => Number(it.dataset.frame) === at);
      if (row) into(row);
    }
    if (address) history.replaceState(null, "", "#step=" + panels[at].dataset.anchor);
  };

  const halt = () => {
    clearInterval(timer);
    timer = 0;
    play.setAttribute("aria-pressed", "false");
    play.setAttribute("aria-label", "Play");
  };

  const go = {
    first: () => show(0),
    back: () => show(at - 1),
    on: () => show(at + 1),
    last: () => show(last),
    play: () => {
      if (timer) return halt();
      if (at === last) show(0);
      play.setAttribute("aria-pressed", "true");
      play.setAttribute("aria-label", "Pause");
      timer = setInterval(() => (at === last ? halt() : show(at + 1)), 1400);
    },
  };

  player.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.go !== "play") halt();
    go[button.dataset.go]();
  });
  slider.addEventListener("input", () => {
    halt();
    show(Number(slider.value));
  });

  const keys = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", " ": "play" };
  document.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    if (!name || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // The slider has its own keys, a button its own space, and what scrolls sideways its own arrows.
    const target = event.target instanceof Element ? event.target : document.body;
    if (target === slider) return;
    if (event.key === " " && target.closest("button, a, summary")) return;
    if (target !== document.body && target.scrollWidth > target.clientWidth + 1 && target.tabIndex >= 0 && event.key.startsWith("Arrow")) return;
    event.preventDefault();
    if (name !== "play") halt();
    go[name]();
  });

  rows.forEach((row) => {
    row.querySelector("a").addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      halt();
      show(Number(row.dataset.frame), { scroll: false });
    });
  });
  addEventListener("hashchange", () => {
    const index = asked();
    if (index >= 0) show(index, { address: false });
  });

  const index = asked();
  show(index < 0 ? last : index, { scroll: index >= 0, address: false });
})();
