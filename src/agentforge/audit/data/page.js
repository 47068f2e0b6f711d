"use strict";
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (name, words, ...inside) => {
  const made = document.createElement(name);
  if (words) made.textContent = words;
  made.append(...inside);
  return made;
};
const button = (words, act) => {
  const made = make("button", words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
};
const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const FEW = 40;
const HINT = matchMedia("(hover: none)").matches ? "Tap a box to look closer." : "Arrow keys move, Enter zooms in, Escape goes back.";
document.documentElement.classList.add("js");

function tabs(list) {
  const links = all("a", list);
  const panels = links.map((link) => document.querySelector(link.hash));
  const choose = (at, focus) => {
    links.forEach((link, each) => {
      link.setAttribute("aria-selected", each === at);
      link.tabIndex = each === at ? 0 : -1;
      panels[each].hidden = each !== at;
    });
    if (focus) links[at].focus();
  };
  const asked = () => panels.findIndex((panel) => location.hash && panel.contains(document.getElementById(location.hash.slice(1))));
  list.setAttribute("role", "tablist");
  links.forEach((link, at) => {
    link.setAttribute("role", "tab");
    link.setAttribute("aria-controls", panels[at].id);
    panels[at].setAttribute("role", "tabpanel");
    panels[at].setAttribute("aria-labelledby", link.id);
    panels[at].removeAttribute("aria-label");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(at, true);
    });
    link.addEventListener("keydown", (event) => {
      const end = links.length;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + end, Home: 0, End: end - 1, " ": at }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(to % end, true);
    });
  });
  addEventListener("hashchange", () => asked() >= 0 && choose(asked()));
  choose(Math.max(asked(), 0));
}

function treemap(section, show) {
  const map = section.querySelector(".map");
  const detail = section.querySelector(".detail");
  const cells = all(".cell", map);
  const items = all(".legend li", section);
  const entry = (group) => items.find((item) => item.dataset.group === group.id);
  let zoomed = null;
  let chosen = null;

  const reach = (cell) => {
    if (chosen) chosen.tabIndex = -1;
    chosen = cell;
    cell.tabIndex = 0;
  };
  const hint = () => {
    detail.replaceChildren(zoomed ? button("Show all", () => zoom(null)) : HINT);
  };
  const tell = (cell) => {
    const row = document.getElementById("r" + cell.id);
    const [name, category, tokens, share, bytes, known, at] = [...row.cells].map((each) => each.textContent);
    detail.replaceChildren(make("b", name), ` ${category}: ${tokens} tokens (${known}), ${share} of all, ${bytes} bytes`);
    if (zoomed) detail.append(" ", button("Show all", () => zoom(null)));
    const where = make("span", at);
    where.className = "at";
    detail.append(where);
    items.forEach((item) => item.classList.toggle("lit", item.dataset.group === cell.parentNode.id));
  };
  const zoom = (group, focus) => {
    all(".on", map).forEach((each) => each.classList.remove("on"));
    map.classList.toggle("zoomed", Boolean(group));
    const from = zoomed;
    zoomed = group;
    if (group) for (const each of [group, group.closest(".region")]) each.classList.add("on");
    items.forEach((item) => item.querySelector("button").setAttribute("aria-pressed", Boolean(group) && item.dataset.group === group.id));
    reach(group && chosen.parentNode !== group ? group.firstChild : chosen);
    if (focus) chosen.focus();
    else hint();
    if (!group && from && detail.contains(document.activeElement)) chosen.focus();
  };
  const open = (cell) => {
    reach(cell);
    if (zoomed) show(document.getElementById("r" + cell.id));
    else zoom(cell.parentNode, true);
  };
  const beside = (cell, [x, y]) => {
    const from = cell.getBoundingClientRect();
    const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
    const [left, top] = middle(from);
    let best = null;
    let least = Infinity;
    for (const other of zoomed ? all(".cell", zoomed) : cells) {
      const box = other.getBoundingClientRect();
      const ahead = x ? (x > 0 ? box.left - from.right : from.left - box.right) : y > 0 ? box.top - from.bottom : from.top - box.bottom;
      if (other === cell || ahead < -2) continue;
      const [l, t] = middle(box);
      const aside = x ? Math.max(0, box.top - top, top - box.bottom) : Math.max(0, box.left - left, left - box.right);
      const far = ahead + 3 * aside + (x ? Math.abs(t - top) : Math.abs(l - left)) / 50;
      if (far < least) [best, least] = [other, far];
    }
    return best;
  };

  cells.forEach((cell) => {
    const row = document.getElementById("r" + cell.id);
    cell.setAttribute("role", "button");
    cell.setAttribute("aria-label", [0, 1, 2, 3, 6].map((at) => row.cells[at].textContent).join(", "));
    cell.tabIndex = -1;
  });
  items.forEach((item) => {
    const name = item.querySelector(".name");
    const group = document.getElementById(item.dataset.group);
    name.replaceChildren(button(name.textContent, () => zoom(zoomed === group ? null : group)));
    name.firstChild.setAttribute("aria-pressed", "false");
  });
  map.addEventListener("click", (event) => event.target.closest(".cell") && open(event.target.closest(".cell")));
  map.addEventListener("mouseover", (event) => event.target.closest(".cell") && tell(event.target.closest(".cell")));
  map.addEventListener("mouseleave", () => (map.contains(document.activeElement) ? tell(document.activeElement) : hint()));
  map.addEventListener("focusin", (event) => {
    reach(event.target);
    tell(event.target);
  });
  map.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (event.key === "Enter" || event.key === " ") open(cell);
    else if (STEPS[event.key]) beside(cell, STEPS[event.key])?.focus();
    else if (event.key === "Home" || event.key === "End") all(".cell", cell.parentNode).at(event.key === "Home" ? 0 : -1).focus();
    else return;
    event.preventDefault();
  });
  section.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !zoomed) return;
    const inside = map.contains(document.activeElement);
    zoom(null, inside);
  });
  reach(cells[0]);
  hint();
}

function parts(section) {
  const table = section.querySelector("table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const [search, own, said] = all("input, output", section);
  const number = (words) => parseFloat(words.replace(/,/g, "")) || 0;
  const rows = [...body.rows].map((row) => {
    const cells = [...row.cells].map((cell) => cell.textContent);
    return { row, cells, sought: cells.join("\n").toLowerCase(), own: !row.classList.contains("fixed") };
  });
  let whole = rows.length <= FEW * 1.5;
  const more = button("", () => {
    whole = true;
    narrow();
  });
  more.className = "more";
  section.append(more);

  const narrow = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const fit = rows.filter((each) => (each.own || !own.checked) && words.every((word) => each.sought.includes(word)));
    const seen = new Set(whole ? fit : fit.slice(0, FEW));
    rows.forEach((each) => (each.row.hidden = !seen.has(each)));
    const tokens = fit.reduce((sum, each) => sum + number(each.cells[2]), 0);
    said.textContent = `${fit.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} parts, ${tokens.toLocaleString("en")} tokens`;
    more.hidden = seen.size === fit.length;
    more.textContent = `Show all ${fit.length.toLocaleString("en")}`;
  };
  const sort = (head) => {
    const at = heads.indexOf(head);
    const numeric = head.classList.contains("number");
    const up = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "descending" : !numeric;
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const order = new Intl.Collator("en", { numeric: true }).compare;
    const compare = numeric ? (one, other) => number(one.cells[at]) - number(other.cells[at]) : (one, other) => order(one.cells[at], other.cells[at]);
    rows.sort((one, other) => (up ? compare(one, other) : compare(other, one)));
    body.append(...rows.map((each) => each.row));
    narrow();
  };
  heads.forEach((head) => head.replaceChildren(button(head.textContent, () => sort(head))));
  search.addEventListener("input", narrow);
  own.addEventListener("change", narrow);
  section.querySelector(".filter").hidden = false;
  narrow();
  return (row) => {
    search.value = "";
    own.checked = false;
    whole = true;
    narrow();
    all("tr.lit", body).forEach((each) => each.classList.remove("lit"));
    row.classList.add("lit");
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  };
}

async function copy(event) {
  const words = event.target.parentNode.querySelector("code");
  let done = "Copied";
  try {
    await navigator.clipboard.writeText(words.textContent);
  } catch {
    // A page opened from a file may not be allowed to: then the text is ready to be copied by hand.
    getSelection().selectAllChildren(words);
    done = "Selected";
  }
  event.target.textContent = done;
  setTimeout(() => (event.target.textContent = "Copy"), 2000);
}

all(".panel").forEach((panel) => {
  const table = panel.querySelector("section.every");
  const show = table && parts(table);
  const where = panel.querySelector("section.where");
  if (where) treemap(where, show);
});
all(".remedy").forEach((remedy) => remedy.append(button("Copy", copy)));
all(".tabs").forEach(tabs);
addEventListener("beforeprint", () => all("details").forEach((each) => (each.open = true)));
