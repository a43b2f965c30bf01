// Two or more candidates side by side: what was seen, lines, surroundings, structures, numbers.
const COMPARED = 6;

function setupPicks() {
  const link = document.getElementById("compare");
  if (!link) return;
  const boxes = [...document.querySelectorAll("#table .pick")];
  const show = () => {
    const ids = boxes.filter((box) => box.checked).map((box) => data.rows[box.closest("tr").dataset.i].id);
    link.hidden = ids.length < 2;
    link.textContent = `Compare ${ids.length}`;
    link.setAttribute("href", "#compare=" + ids.map(encodeURIComponent).join(","));
    for (const box of boxes) box.disabled = !box.checked && ids.length >= COMPARED;
  };
  for (const box of boxes) { box.hidden = false; box.addEventListener("change", show); }
}

function showComparison(view, indices) {
  const rows = indices.map((i) => data.rows[i]), details = indices.map(detailOf);
  const arrhenius = el("figure", { class: "card" }), pairs = el("figure", { class: "card" });
  const structures = rows.map(() => el("figure", { class: "card" }));
  view.replaceChildren(...[
    el("nav", { class: "crumbs", "aria-label": "Candidates" }, el("a", { class: "button", href: "#" }, "← Ranking")),
    el("div", { class: "title" }, el("h1", { tabindex: -1 }, `${rows.length} candidates side by side`)),
    section("Numbers", comparedNumbers(rows, details)),
    section("Diffusion", el("div", { class: "grid two" }, arrhenius, pairs)),
    section("Structures", el("div", { class: "grid two" }, structures)),
  ]);
  arrheniusPlot(arrhenius, rows);
  comparedPairs(pairs, rows, details);
  structures.forEach((figure, i) => {
    if (details[i].structure) structureFigure(figure, details[i].structure, rows[i], details[i].local);
    else emptyFigure(figure, rows[i].label, "There is no structure to show.");
    figure.prepend(el("p", { class: "which" }, el("a", { href: "#c=" + encodeURIComponent(rows[i].id) }, rows[i].label)));
  });
}

function comparedNumbers(rows, details) {
  const temperatures = [...new Set(details.flatMap((detail) => detail.temperatures.map((t) => t.T)))].sort((a, b) => a - b);
  const at = (detail, T) => detail.temperatures.find((t) => t.T === T);
  const lines = [
    ["What was seen", "", (row) => row.seen ? `${data.kinds[row.kind]} ${row.seen}` : data.kinds[row.kind] || row.kind],
    [`Said of ${data.T0} K`, "", (row) => (row.reach ? row.reach.short.replace(/^.*?: /, "") : "–")],
    ...temperatures.map((T) => [`D* at ${T} K`, "cm²/s", (row, detail) => { const t = at(detail, T); return !t ? "–" : known(t.D) ? withError(t.D, t.De) : bounded(t.Dmin, t.Dmax); }]),
    ["Activation energy", "eV", (row) => (row.energy ? withError(...row.energy) : "–")],
    [`Conductivity at ${data.T0} K`, "mS/cm", (row) => (row.said ? `${row.said.value} (${row.said.low} to ${row.said.high})` : row.bound ? bounded(row.lower, row.bound) : "–")],
    ...(rows.some((row) => row.corrected) ? [["without the potential’s bias", "mS/cm", (row) => (row.corrected ? row.corrected.short : "–")]] : []),
    ["Measured", "mS/cm", (row) => (row.measured ? describeMeasured(row) : "–")],
    ["Tier", "", (row) => (known(row.tier) ? String(row.tier) : "–")],
    ["Mixing enthalpy", "meV/atom", (row) => (known(row.dH) ? fixed(row.dH, 1) + (known(row.dHe) ? ` ± ${fixed(row.dHe, 1)}` : "") : "–")],
  ];
  return scrolling("Numbers side by side", "card", el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Quantity"), rows.map((row) => el("th", { scope: "col" }, el("a", { href: "#c=" + encodeURIComponent(row.id) }, row.label))))),
    el("tbody", {}, lines.map(([label, unit, value]) => el("tr", {}, el("th", { scope: "row" }, label, unit && el("small", {}, unit)), rows.map((row, i) => el("td", {}, value(row, details[i]))))))));
}

/** Radial distributions of one kind of neighbour, at the coldest temperature that all of them have. */
function comparedPairs(figure, rows, details, chosen) {
  const locals = details.map((detail) => detail.local.filter((one) => one.pairs.r.length > 1));
  const T = (locals[0] || []).map((one) => one.T).find((t) => locals.every((list) => list.some((one) => one.T === t)));
  const found = locals.map((list) => list.find((one) => one.T === T));
  const names = known(T) ? [...new Set(found.flatMap((one) => Object.keys(one.pairs.of)))] : [];
  const ions = [...new Set(rows.map(ionOf))], moving = ions.join(" or ");
  if (!names.length) { emptyFigure(figure, "Surroundings", "They have no local picture at a common temperature."); return; }
  const name = chosen || names.find((one) => !ions.includes(one)) || names[0];
  const curves = found.map((one, i) => [rows[i], one.pairs.r, (one.pairs.of[name] || {}).g, i]).filter(([, , g]) => g);
  chart(figure, {
    title: `${moving} and ${name} at ${T} K`, name: `${data.campaign}_rdf_${name}`, height: 400,
    controls: el("span", { class: "seg", role: "group", "aria-label": "Neighbour" }, names.map((one) => el("button", { type: "button", "aria-pressed": String(one === name), on: { click() {
      comparedPairs(figure, rows, details, one);
      figure.querySelector('.seg [aria-pressed="true"]').focus();
    } } }, one))),
    describe: `Radial distribution of ${name} about ${moving} at ${T} kelvin in ${curves.map(([row]) => row.label).join("; ")}.`,
    caption: `How ${name} is arranged about ${moving}; 1 is the mean density.`,
    legend: curves.map(([row, , , i]) => ({ label: row.label, formula: row.formula, color: color(i), line: true, dash: i % 2 ? "6 3" : null })),
    x: { label: "distance (Å)", domain: rangeOf(curves.flatMap(([, r]) => r), false, 0.01) },
    y: { label: "g(r)", domain: [0, Math.max(...curves.flatMap(([, , g]) => g).filter(known)) * 1.06 || 1] },
    layers: curves.map(([, r, g, i]) => ({ type: "line", color: color(i), dash: i % 2 ? "6 3" : null, points: r.map((x, k) => [x, g[k]]).filter((p) => p.every(known)) })),
    csv: { columns: ["id", "r_A", "g"], rows: curves.flatMap(([row, r, g]) => r.map((x, k) => [row.id, x, g[k]])) },
  });
}
