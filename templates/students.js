// The pages for staff: names that are copied, and the table of students with columns that sort, a
// field that finds and addresses that filter. Without this the table is whole, in pages when it is
// long: then its first page holds the others as data, and they are shown here.
(function () {
  "use strict";

  function made(name, className, ...inside) {
    const item = document.createElement(name);
    if (className) item.className = className;
    item.append(...inside);
    return item;
  }

  // Copies the names in a folded field at one click; where a browser does not let it, shows them.
  for (const fold of document.querySelectorAll("details.copy")) {
    const word = fold.querySelector("summary").textContent, field = fold.querySelector("textarea");
    const button = made("button", "copy hid", word);
    button.type = "button";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        button.textContent = fold.dataset.done;
        setTimeout(() => { button.textContent = word; }, 2000);
      } catch {
        fold.hidden = false;
        fold.open = true;
        field.select();
      }
    });
    fold.before(button);
    fold.hidden = true;
  }
  for (const item of document.querySelectorAll(".js")) item.hidden = false;

  const table = document.getElementById("students");
  if (!table) return;
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const links = [...document.querySelectorAll(".pages a")];
  const data = document.getElementById("rows");
  const labels = JSON.parse(document.getElementById("labels").textContent);

  function icon(id) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg"), use = document.createElementNS(space, "use");
    for (const [name, value] of [["class", "ic"], ["aria-hidden", "true"], ["focusable", "false"]]) {
      svg.setAttribute(name, value);
    }
    use.setAttribute("href", "#" + id);
    svg.append(use);
    return svg;
  }

  function sign(id, className) {
    return made("span", className, icon(id));
  }

  function rowOf([text, nobody, href, number, score, notes, cells, filters], states, kinds) {
    const row = made("tr"), said = made("td", "note"), link = made("a", "", made("span", "who", text), made("span", "nobody", nobody));
    link.href = href;
    const head = made("th", "", link);
    head.scope = "row";
    row.dataset.f = filters;
    for (const note of notes) {
      const [id, style, word] = kinds[note];
      said.append(made("span", "st " + style, icon(id), made("span", "", word)));
    }
    row.append(head, said, made("td", "num", made("strong", "", score)));
    for (const cell of cells) {
      if (!cell) { row.append(made("td", "c", "–")); continue; }
      const [id, style, word] = states[cell[0]];
      row.append(made("td", "c", sign(id, style), made("span", "vh", word + ", "), cell[1]));
    }
    return row;
  }

  // What there is to sort and to find: a name, the values of the columns, what it is filtered by,
  // and a row when it is shown.
  function items() {
    if (!data) {
      return [...body.rows].map((row) => ({
        name: row.cells[0].textContent, values: [...row.cells].map((cell) => cell.dataset.v),
        filters: row.dataset.f.split(" "), row: () => row,
      }));
    }
    const {states, kinds, rows} = JSON.parse(data.textContent);
    return rows.map((one) => ({
      name: one[0] + one[1],
      values: [
        one[3], one[5].map((note) => kinds[note][2]).join(""), one[4],
        ...one[6].map((cell) => cell ? cell[1] : "–"),
      ],
      filters: one[7].split(" "),
      row: () => rowOf(one, states, kinds),
    }));
  }

  const all = items(), most = links.length ? body.rows.length : all.length;
  let found = all, current = 0;

  function show(page) {
    current = page;
    body.replaceChildren(...found.slice(page * most, (page + 1) * most).map((item) => item.row()));
    links.forEach((link, i) => {
      const number = Number(link.textContent) - 1;
      link.hidden = number > 0 && number * most >= found.length;
      if (number === page) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }

  // Numbers by size, what is no number after them, in the order of the alphabet.
  function compare(a, b) {
    const x = parseFloat(a), y = parseFloat(b);
    if (isNaN(x) && isNaN(y)) return a === b ? 0 : !a ? 1 : !b ? -1 : a < b ? -1 : 1;
    return isNaN(x) ? 1 : isNaN(y) ? -1 : x - y;
  }

  // Letters without their accents, so that muller finds Müller.
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function find() {
    const wanted = plain(field.value.trim());
    const named = all.filter((item) => plain(item.name).includes(wanted));
    found = named.filter((item) => !chosen || item.filters.includes(chosen));
    const hidden = wanted ? named.length - found.length : 0;
    const said = tools.dataset.found.replace("[shown]", found.length).replace("[all]", all.length);
    status.textContent = (chosen ? said + ": " + labels[chosen] : wanted ? said : "")
      + (hidden ? " (" + tools.dataset.else.replace("[n]", hidden) + ")" : "");
    more.hidden = !chosen;
    show(0);
  }

  // Shows whom the end of the page's address names, and goes there unless that was chosen there.
  function filter() {
    const id = location.hash.slice(1);
    if (!Object.hasOwn(labels, id)) return;
    chosen = id === "all" ? "" : id;
    for (const chip of chips) {
      if (chip.hash === "#" + (chosen || "all")) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
    find();
    if (isAtHome) return;
    tools.closest("section").scrollIntoView();
    table.parentElement.focus({preventScroll: true});
  }

  function sort(head) {
    const isUp = head.getAttribute("aria-sort") !== "ascending", column = head.cellIndex;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    all.sort((a, b) => (isUp ? 1 : -1) * compare(a.values[column], b.values[column]));
    find();
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.className = "sort";
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(Number(link.textContent) - 1);
    });
  }

  const tools = document.getElementById("tools"), more = tools.querySelector("p a");
  const chips = [...tools.querySelectorAll(".chips a")], field = tools.querySelector("input");
  const status = tools.querySelector("[role=status]");
  let chosen = "", isAtHome = false;
  field.addEventListener("input", find);
  tools.hidden = false;
  chips[0].setAttribute("aria-current", "true");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    isAtHome = !!link && tools.contains(link);
    if (link && link.hash && link.hash === location.hash) filter();
  });
  addEventListener("hashchange", filter);
  addEventListener("load", () => setTimeout(filter));  // after the browser has gone to the address
})();
