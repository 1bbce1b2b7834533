// The table of students: columns that sort, and a field that finds. Without this it is whole.
(function () {
  "use strict";
  const table = document.getElementById("students");
  if (!table) return;
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];

  // Numbers by size, what is no number after them, in the order of the alphabet.
  function compare(a, b) {
    const x = parseFloat(a), y = parseFloat(b);
    if (isNaN(x) && isNaN(y)) return a === b ? 0 : !a ? 1 : !b ? -1 : a < b ? -1 : 1;
    return isNaN(x) ? 1 : isNaN(y) ? -1 : x - y;
  }

  function sort(head) {
    const isUp = head.getAttribute("aria-sort") !== "ascending", column = head.cellIndex;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const value = (row) => row.cells[column].dataset.v;
    const rows = [...body.rows];
    rows.sort((a, b) => (isUp ? 1 : -1) * compare(value(a), value(b)));
    body.append(...rows);
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.className = "sort";
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }

  const tools = document.getElementById("tools"), field = tools.querySelector("input");
  const status = tools.querySelector("[role=status]"), found = tools.dataset.found;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    const said = found.replace("[shown]", shown).replace("[all]", body.rows.length);
    status.textContent = wanted ? said : "";
  });
  tools.hidden = false;
})();
