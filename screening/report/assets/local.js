// Where the ions are and how they jump, at a temperature that is chosen; and the variables of the hopping equation.
function localPicture(detail, row) {
  const host = el("div", { class: "grid two" });
  const paint = (i) => paintLocal(host, detail.local[i], row);
  const buttons = detail.local.map((one, i) => el("button", { type: "button", "aria-pressed": String(i === 0), on: { click() {
    buttons.forEach((b, j) => b.setAttribute("aria-pressed", String(i === j)));
    paint(i);
  } } }, `${one.T} K`));
  // After the host is in the page: a chart needs its width.
  queueMicrotask(() => paint(0));
  const seg = el("div", { class: "seg", role: "group", "aria-label": "Temperature" }, buttons);
  seg.style.marginBottom = ".7rem";
  return [seg, host];
}

function paintLocal(host, local, row) {
  const pairs = el("figure", { class: "card" }), sites = el("figure", { class: "card" }), anions = el("figure", { class: "card" });
  const names = local.pairs.r.length > 1 ? Object.keys(local.pairs.of) : [];
  const energies = local.sites.filter((site) => known(site[2]));
  const hold = local.anions.filter((anion) => known(anion[2]));
  const lags = local.hove.of, distinct = lags.filter((one) => one[2]);
  const self = el("figure", { class: "card" }), others = el("figure", { class: "card" }), stays = el("figure", { class: "card" });
  const turning = el("figure", { class: "card" });
  const timed = local.anions.filter((anion) => known(anion[3]));
  host.replaceChildren(...[names.length && pairs, energies.length && sites, hold.length && anions, timed.length && stays, lags.length && self, distinct.length && others, local.turning && turning, localNumbers(local)].filter(Boolean));
  if (names.length) pairFigure(pairs, local, names, row);
  if (energies.length) siteFigure(sites, local, energies, row);
  if (hold.length) anionFigure(anions, local, hold, row);
  if (local.turning) turningFigure(turning, local, row);
  if (timed.length) residenceFigure(stays, local, timed, row);
  if (lags.length) vanHoveFigure(self, local, lags.map(([lag, own]) => [lag, own]), row, "self");
  if (distinct.length) vanHoveFigure(others, local, distinct.map(([lag, , other]) => [lag, other]), row, "distinct");
}

function residenceFigure(figure, local, timed, row) {
  const points = timed.map(([name, , , time, error], i) => ({ x: time, y: timed.length - i, left: known(error) ? time - error : null, right: known(error) ? time + error : null, tip: `${name}: ${withError(time, error)} ps` }));
  chart(figure, {
    title: "Residence time near anions", name: `${row.id}_${local.T}K_residence`, height: Math.max(200, 120 + 34 * timed.length),
    describe: `Mean time of ${ionOf(row)} near one anion at ${local.T} kelvin: ${timed.map(([name, , , time, error]) => `${name} ${withError(time, error)} ps`).join(", ")}.`,
    caption: "Mean time near one anion before the next, with its standard error. Similar times on all kinds mean that none traps the ion.",
    x: { label: "residence time (ps)", domain: rangeOf([0, ...points.flatMap((p) => [p.x, p.right])], false, 0.08) },
    y: { label: "", left: 110, domain: [0.4, timed.length + 0.6], ticks: timed.map(([name], i) => [timed.length - i, name.slice(0, 14)]) },
    layers: [{ type: "points", points, color: "var(--c2)", shape: "square", r: 5 }],
    csv: { columns: ["anion", "time_share", "relative_hold", "residence_ps", "residence_error_ps"], rows: timed },
  });
}

function turningFigure(figure, local, row) {
  const { t, p1, p2, n, tau } = local.turning, curves = [["⟨P₁⟩", p1, null], ["⟨P₂⟩", p2, "6 3"]];
  chart(figure, {
    title: "Rotation of anion groups", name: `${row.id}_${local.T}K_turning`, height: 270,
    describe: `Correlation of the directions of ${n} bonds of anion groups at ${local.T} kelvin; after ${num(t[t.length - 1])} picoseconds ⟨P₁⟩ is ${num(p1[p1.length - 1])}.`,
    caption: known(tau[0]) ? `Autocorrelation of ${n} bond directions; ⟨P₂⟩ falls below 1/e after ${withError(...tau)} ps.` : `Autocorrelation of ${n} bond directions; it does not decay within the run: the groups librate.`,
    legend: curves.map(([label, , dash], i) => ({ label, color: color(i), line: true, dash })),
    x: { label: "time (ps)", domain: [0, t[t.length - 1] || 1] },
    y: { label: "correlation", domain: [Math.min(0, ...p1, ...p2), 1.04] },
    layers: curves.map(([, y, dash], i) => ({ type: "line", color: color(i), dash, points: t.map((x, k) => [x, y[k]]).filter((p) => p.every(known)) })),
    csv: { columns: ["lag_ps", "p1", "p2"], rows: t.map((x, k) => [x, p1[k], p2[k]]) },
  });
}

const HOVE = {
  self: { title: "Van Hove function, self", label: "4πr²Gₛ (1/Å)", what: "how far an ion is from where it was after some time", caption: "Distribution of ion displacements after some time. A peak that persists is a cage; a second peak at the hop distance is jumps." },
  distinct: { title: "Van Hove function, distinct", label: "distinct G / ρ", what: "where other ions are around the place an ion was at before", caption: "Density of other ions around the earlier position of an ion. Growth at 0 means that ions take each other's place." },
};
function vanHoveFigure(figure, local, lags, row, kind) {
  const { title, label, what, caption } = HOVE[kind], r = local.hove.r;
  chart(figure, {
    title, name: `${row.id}_${local.T}K_van_hove_${kind}`, height: 270, caption,
    describe: `${title}, of ${ionOf(row)} at ${local.T} kelvin: ${what}, for ${lags.map(([lag]) => num(lag, 3) + " ps").join(", ")}.`,
    legend: lags.map(([lag], i) => ({ label: `${num(lag, 3)} ps`, color: color(i), line: true, dash: i % 2 ? "6 3" : null })),
    x: { label: "distance (Å)", domain: [0, r[r.length - 1]] },
    y: { label, domain: [0, Math.max(...lags.flatMap(([, y]) => y).filter(known)) * 1.06 || 1] },
    layers: lags.map(([, y], i) => ({ type: "line", color: color(i), dash: i % 2 ? "6 3" : null, points: r.map((x, k) => [x, y[k]]).filter((p) => p.every(known)) })),
    csv: { columns: ["lag_ps", "r_A", kind === "self" ? "self_per_A" : "distinct"], rows: lags.flatMap(([lag, y]) => r.map((x, k) => [lag, x, y[k]])) },
  });
}

/** A coordination number: where the shell ends is worth a tenth at best, whatever the sampling error. */
const neighbours = (n, error) => fixed(n, 1) + (known(error) && error >= 0.05 ? ` ± ${fixed(error, 1)}` : "");

function pairFigure(figure, local, names, row) {
  const shown = names.slice(0, 7);
  const values = shown.flatMap((name) => local.pairs.of[name].g);
  chart(figure, {
    title: `Surroundings of ${ionOf(row)}`, name: `${row.id}_${local.T}K_rdf`, height: 300,
    describe: `Pair distribution functions of ${ionOf(row)} at ${local.T} kelvin with ${shown.join(", ")}.`,
    caption: "First shell: " + shown.map((name) => `${name} ${neighbours(...local.pairs.of[name].n)} within ${num(local.pairs.of[name].shell, 3)} Å`).join("; ") + ".",
    legend: shown.map((name, i) => ({ label: name, color: color(i), line: true, dash: i % 2 ? "6 3" : null })),
    x: { label: "distance (Å)", domain: rangeOf(local.pairs.r, false, 0.01) },
    y: { label: "g(r)", domain: [0, Math.max(...values.filter(known)) * 1.06 || 1] },
    layers: shown.map((name, i) => ({ type: "line", color: color(i), dash: i % 2 ? "6 3" : null, points: local.pairs.r.map((r, k) => [r, local.pairs.of[name].g[k]]).filter((p) => p.every(known)) })),
    csv: { columns: ["pair", "r_A", "g"], rows: shown.flatMap((name) => local.pairs.r.map((r, k) => [name, r, local.pairs.of[name].g[k]])) },
  });
}

function siteFigure(figure, local, energies, row) {
  const kinds = [...new Set(energies.map((site) => site[0]))].slice(0, 12);
  const points = energies.filter((site) => kinds.includes(site[0])).map((site, i) => ({
    // Spread over the row's height, the same way every time, so that sites of one energy can be told apart.
    x: site[2], y: kinds.length - kinds.indexOf(site[0]) + (((i * 7) % 11) / 11 - 0.45) * 0.6,
    tip: `${site[0]}: ${withError(site[2], site[3])} eV, occupied ${fixed(100 * site[1], 0)} % of the time`,
  }));
  chart(figure, {
    title: "Site energies", name: `${row.id}_${local.T}K_sites`, height: Math.max(240, 130 + 34 * kinds.length),
    describe: `Energies of ${energies.length} sites at ${local.T} kelvin from their occupancy, by kind: ${kinds.join(", ")}.`,
    caption: "−kT ln of each site's occupancy relative to the fullest site. Ions pass easily between kinds that overlap. Height within a row has no meaning.",
    x: { label: "site energy (eV)", domain: rangeOf(points.map((p) => p.x), false, 0.06) },
    y: { label: "", left: 110, domain: [0.4, kinds.length + 0.6], ticks: kinds.map((kind, i) => [kinds.length - i, kind.slice(0, 14)]) },
    layers: [{ type: "points", points, color: "var(--c0)", r: 3.4, opacity: 0.8 }],
    csv: { columns: ["kind", "occupancy", "energy_eV", "error_eV"], rows: energies.map((site) => site.slice(0, 4)) },
  });
}

function anionFigure(figure, local, hold, row) {
  const points = hold.map(([name, share, value], i) => ({ x: value, y: hold.length - i, tip: `${name}: ${num(value)} times its share, ${fixed(100 * share, 0)} % of the time` }));
  chart(figure, {
    title: "Which anions hold the ion", name: `${row.id}_${local.T}K_anions`, height: Math.max(200, 120 + 34 * hold.length),
    describe: `Time of ${ionOf(row)} near each kind of anion relative to the anion's number: ${hold.map(([name, , value]) => `${name} ${num(value)}`).join(", ")}.`,
    caption: "Time near an anion over what its number would give: 1 for all means that none traps the ion.",
    x: { label: "relative hold", domain: rangeOf([0, 1, ...hold.map((anion) => anion[2])], false, 0.08) },
    y: { label: "", left: 110, domain: [0.4, hold.length + 0.6], ticks: hold.map(([name], i) => [hold.length - i, name.slice(0, 14)]) },
    layers: [{ type: "vline", x: 1 }, { type: "points", points, color: "var(--c1)", shape: "diamond", r: 5 }],
    csv: { columns: ["anion", "time_share", "relative_hold", "residence_ps", "residence_error_ps"], rows: local.anions },
  });
}

function localNumbers(local) {
  const lines = local.scalars.map(([label, value, error, unit]) => [el("dt", {}, label), el("dd", {}, withError(value, error), unit ? " " + unit : "")]);
  if (local.barriers.some(([x]) => known(x))) lines.push([el("dt", {}, "Percolation barriers, easiest first"), el("dd", {}, local.barriers.map(([x, error]) => (known(x) ? withError(x, error) : "none")).join(", ") + " eV")]);
  const jumps = local.jumps.length > 0 && scrolling("Most frequent jumps", "", el("table", {}, el("caption", { class: "sr" }, "Most frequent jumps"),
    el("thead", {}, el("tr", {}, ["Jump", "a (Å)", "count", "rate (1/ps per ion)"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, local.jumps.map(([from, to, distance, count, rate, error, within]) => el("tr", {}, el("th", { scope: "row" }, `${from} → ${to}` + (typeof within === "boolean" ? (within ? ", in a cage" : ", between cages") : "")), el("td", {}, num(distance, 3)), el("td", {}, String(count)), el("td", {}, withError(rate, error)))))));
  const named = local.named.length > 0 && [scrolling("Jumps between the parent's sites", "", el("table", {}, el("caption", { class: "sr" }, "Jumps between the parent's sites, both ways together"),
    el("thead", {}, el("tr", {}, ["Between", "a (Å)", "count", "rate (1/ps per ion)"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, local.named.map(([a, b, distance, count, rate, error]) => el("tr", {}, el("th", { scope: "row" }, `${a} ↔ ${b}`), el("td", {}, num(distance, 3)), el("td", {}, String(count)), el("td", {}, withError(rate, error))))))),
    el("p", { class: "note" }, "Places have the name of the parent’s nearest site (within 1.5 Å); both ways together.")];
  return el("div", { class: "card" }, el("h3", {}, "Jumps"), el("dl", { class: "kv" }, lines), named, jumps);
}

function equationTable(equation) {
  const rows = [...equation.variables, ["c", "carrier density", equation.density, null, "cm⁻³"], ["q", "charge", equation.charge, null, "e"]];
  return [
    el("p", {}, "σ = (1/6) (f / H", el("sub", {}, "R"), ") (c q² / kT) a² ν₀ exp(ΔS / k) exp(−ΔH / kT), every variable from the simulation",
      equation.missing.length ? `; unknown: ${equation.missing.join(", ")}.` : "."),
    el("div", { class: "grid two" },
      scrolling("Variables of the hopping equation", "card", el("table", {}, el("thead", {}, el("tr", {}, ["Variable", "Value", "Unit"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, rows.map(([symbol, name, value, error, unit]) => el("tr", {}, el("th", { scope: "row" }, el("i", {}, symbol.split("_").map((part, i) => (i ? el("sub", {}, part) : part))), " " + name), el("td", {}, withError(value, error)), el("td", {}, unit)))))),
      equation.check.length > 0 && scrolling("Conductivity from the equation and from the MD", "card tensors", el("h3", {}, "Conductivity (mS/cm)"), el("table", {},
        el("thead", {}, el("tr", {}, ["Temperature", "from the equation", "from the MD (collective)"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, equation.check.map(([T, value, error, direct, directError]) => el("tr", {}, el("th", { scope: "row" }, `${T} K`), el("td", {}, withError(value, error)), el("td", {}, withError(direct, directError)))))))),
  ];
}
