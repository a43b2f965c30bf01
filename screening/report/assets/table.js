/** Whether a row is in a group: "ion:Li", "parent:Li3PS4", or "", which is all. */
function isIn(group, row) {
  const at = group.indexOf(":");
  return at < 0 || row[group.slice(0, at)] === group.slice(at + 1);
}

// Sorting and filtering. Rows are the ones the file came with; a thousand are moved, never made anew.
function setupTable() {
  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0], rows = [...body.rows];
  const first = 25, filter = document.getElementById("filter"), group = document.getElementById("group"), note = document.getElementById("table-note");
  const chips = [...document.querySelectorAll(".chip")];
  const texts = rows.map((row, i) => (row.textContent + " " + data.rows[i].id).toLowerCase());
  let order = rows, all = rows.length <= first;

  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.kind));
    const wanted = group ? group.value : "";
    const filtered = words.length > 0 || kinds.size < chips.length || wanted !== "";
    let matching = 0, shown = 0;
    for (const row of order) {
      const text = texts[row.dataset.i];
      const match = isIn(wanted, data.rows[row.dataset.i]) && kinds.has(row.dataset.kind) && words.every((word) => text.includes(word));
      if (match) matching++;
      const visible = match && (all || shown < first);
      if (visible) shown++;
      row.hidden = !visible;
    }
    document.getElementById("more-line").hidden = shown === matching;
    document.getElementById("more").textContent = `Show all ${matching}`;
    document.getElementById("none-left").hidden = matching > 0;
    table.hidden = matching === 0;
    note.textContent = filtered ? `${matching} of ${rows.length} candidates match` : "";
  };

  const sort = (header) => {
    const column = Number(header.dataset.sort);
    const before = header.getAttribute("aria-sort");
    const down = before ? before === "ascending" : header.dataset.first === "down";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    // Lines between tiers make sense in the order of the ranking only.
    table.toggleAttribute("data-ranked", column === 0 && !down);
    const keys = new Map(rows.map((row) => {
      const value = row.cells[column].dataset.v;
      return [row, value === "" ? null : "text" in header.dataset ? value : Number(value)];
    }));
    const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b);
    order = [...rows].sort((p, q) => {
      const a = keys.get(p), b = keys.get(q);
      // What is not known comes last in either direction.
      if (a === null || b === null) return (a === null) - (b === null) || p.dataset.i - q.dataset.i;
      return (down ? -1 : 1) * compare(a, b) || p.dataset.i - q.dataset.i;
    });
    body.append(...order);
    show();
  };

  for (const header of table.tHead.rows[0].cells) {
    const axis = header.querySelector(".axis");
    const button = el("button", { type: "button", on: { click: () => sort(header) } }, [...header.childNodes].filter((node) => node !== axis));
    header.prepend(button);
  }
  filter.addEventListener("input", show);
  if (group) group.addEventListener("change", () => { show(); drawOverview(data.rows.filter((row) => isIn(group.value, row))); });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      show();
    });
  }
  document.getElementById("more").addEventListener("click", () => { all = true; show(); });
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("a, input") && !String(getSelection())) open(data.rows[row.dataset.i].id);
  });
  // Paper shows everything that matches.
  addEventListener("beforeprint", () => { all = true; show(); });
  document.getElementById("tools").hidden = false;
}
