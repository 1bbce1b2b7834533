// The table of students: columns that sort, and a field that finds. Without this it is whole, in
// pages when it is long: then its first page holds the others as data, and they are shown here.
(function () {
  "use strict";
  const table = document.getElementById("students");
  if (!table) return;
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const links = [...document.querySelectorAll(".pages a")];
  const data = document.getElementById("rows");

  function made(name, className, ...inside) {
    const item = document.createElement(name);
    if (className) item.className = className;
    item.append(...inside);
    return item;
  }

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

  function rowOf([text, nobody, href, score, note, cells], states) {
    const row = made("tr"), link = made("a", "", made("span", "num who", text), made("span", "nobody", nobody));
    link.href = href;
    const head = made("th", "", link);
    head.scope = "row";
    row.append(head, made("td", "num", made("strong", "", score)));
    for (const cell of cells) {
      if (!cell) { row.append(made("td", "c", "–")); continue; }
      const [id, style, word] = states[cell[0]];
      row.append(made("td", "c", made("span", style, icon(id)), made("span", "vh", word + ", "), cell[1]));
    }
    row.append(note ? made("td", "", made("span", "flag", note)) : made("td"));
    return row;
  }

  // What there is to sort and to find: a name, the values of the columns, a row when it is shown.
  function items() {
    if (!data) {
      return [...body.rows].map((row) => ({
        name: row.cells[0].textContent, values: [...row.cells].map((cell) => cell.dataset.v), row: () => row,
      }));
    }
    const {states, rows} = JSON.parse(data.textContent);
    return rows.map((one, i) => ({
      name: one[0] + one[1],
      values: [i + 1, one[3], ...one[5].map((cell) => cell ? cell[1] : "–"), one[4]],
      row: () => rowOf(one, states),
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

  function find() {
    const wanted = field.value.trim().toLowerCase();
    found = wanted ? all.filter((item) => item.name.toLowerCase().includes(wanted)) : all;
    const said = tools.dataset.found.replace("[shown]", found.length).replace("[all]", all.length);
    status.textContent = wanted ? said : "";
    show(0);
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

  const tools = document.getElementById("tools"), field = tools.querySelector("input");
  const status = tools.querySelector("[role=status]");
  field.addEventListener("input", find);
  tools.hidden = false;
})();
