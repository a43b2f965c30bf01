// The page of one candidate, made when it is opened.
function showCandidate(view, index, detail) {
  const row = data.rows[index];
  const arrhenius = el("figure", { class: "card" }), structure = el("figure", { class: "card" });
  const msds = el("div", { class: "grid three" }), tensor = el("figure", { class: "card" });
  const withMsd = detail.temperatures.filter((t) => t.msd), withTensor = detail.temperatures.filter((t) => t.eigen);
  view.replaceChildren(...[
    !data.own && crumbs(index), heading(row, detail), tiles(row, detail), warnings(row, detail), data.own && document.querySelector(".own"),
    !(data.own && !detail.fit) && el("section", {}, el("h2", { class: "sr" }, data.own ? "Diffusion" : "Diffusion and structure"), el("div", { class: "grid two" }, arrhenius, !data.own && structure)),
    detail.temperatures.length > 0 && section("Verdict at each temperature", verdictList(detail.temperatures)),
    withMsd.length > 0 && section("Mean squared displacement", msdSwitch(msds, withMsd, row), msds),
    withTensor.length > 0 && section("Diffusion tensor", el("div", { class: "grid two" }, tensor, tensorTables(withTensor))),
    detail.temperatures.length > 0 && section("Numbers", numbers(detail.temperatures)),
    detail.runs.length > 0 && section("Molecular dynamics and student", runs(detail.runs)),
    (detail.judged || detail.correction) && section("First principles", detail.judged && judgement(detail.judged), detail.correction && correction(detail.correction)),
    detail.boundary && boundarySection(detail.boundary, row),
    detail.stability.length > 0 && section("Relaxation and stability", stabilityTable(detail.stability)),
    detail.local.length > 0 && section("Local picture", localPicture(detail, row)),
    detail.equation && section("The hopping equation", equationTable(detail.equation)),
    detail.trust && section("Second potential", trustTables(detail.trust)),
    section("Provenance", row.measured && el("p", {}, `Measured values: ${row.measuredBy.map((source) => (/^10\.\d+\//.test(source) ? "doi:" + source : source)).join(", ")}.`), provenance(detail)),
  ].filter(Boolean));
  candidateArrhenius(arrhenius, row, detail);
  if (data.own) arrhenius.classList.add("wide-card");
  else if (detail.structure) structureFigure(structure, detail.structure, row, detail.local);
  else emptyFigure(structure, "Structure", "There is no structure to show: relaxed.json and candidate.json are missing.");
  if (withTensor.length) tensorFigure(tensor, withTensor, row);
}

const section = (title, ...children) => el("section", {}, el("h2", {}, title), children);

function crumbs(index) {
  const link = (i, label, name) => {
    const other = data.rows[i];
    return el("a", { class: "button", href: other ? "#c=" + encodeURIComponent(other.id) : null, "aria-disabled": other ? null : "true", "aria-label": name }, label);
  };
  return el("nav", { class: "crumbs", "aria-label": "Candidates" }, el("a", { class: "button", href: "#" }, "← Ranking"), el("span", { class: "gap" }),
    link(index - 1, "‹ Previous", "Previous candidate in the ranking"), el("span", { class: "dim" }, `${index + 1} of ${data.rows.length}`), link(index + 1, "Next ›", "Next candidate in the ranking"));
}

/** What was seen, and what is said of the temperature asked for. */
function verdictBadges(row) {
  return [badge(row.kind, row.seen && `${data.kinds[row.kind]} ${row.seen}`), row.reach && el("span", { class: "badge reach r-" + row.reach.kind }, row.reach.short)];
}

function reasonOf(row) {
  const cell = document.querySelector(`#table tr[data-i="${data.rows.indexOf(row)}"] .reason`);
  return cell ? cell.textContent : "";
}

function heading(row, detail) {
  const reason = row.sigma ? "" : reasonOf(row);
  return el("div", {}, el("div", { class: "title" }, el("h1", { tabindex: -1 }, data.own ? data.campaign : formulaNodes(row.formula)), verdictBadges(row)),
    !data.own && el("p", { class: "lead" }, [detail.parent && detail.done ? [formulaNodes(detail.parent), `: ${detail.done}. `] : "", el("code", {}, row.id)]),
    reason && el("p", {}, reason));
}

function coldTile([T, value, error, low, high]) {
  const shown = known(value) ? withError(value, error) : known(low) ? `${num(low)} to ${num(high)}` : "< " + num(high);
  return [`Tracer diffusivity at ${T} K`, shown, "cm²/s", known(value) ? "coldest temperature with a value" : known(low) ? "between two bounds" : "upper bound"];
}

function sigmaTile(row) {
  const label = `Conductivity at ${data.T0} K`;
  if (row.bound) return [label, row.lower ? `${num(row.lower)} to ${num(row.bound)}` : "< " + num(row.bound), "mS/cm", row.lower ? "between two bounds" : "upper bound"];
  if (!row.sigma) return [label, "–", "", "not known"];
  const sub = [known(row.sigma[1]) && `${row.said.low} to ${row.said.high} (${Math.round(100 * data.level)} %, sampling)`,
    row.said.wide && `${num(row.said.wide[0], 1)} to ${num(row.said.wide[1], 1)} with the potential’s typical error`, row.alone && `alone ${num(row.alone)}`, row.source];
  return [label, row.said.value, "mS/cm", sub.filter(Boolean).join("; "), row.reach && row.reach.kind === "far" ? "far" : null];
}

function tiles(row, detail) {
  const fit = detail.fit, enthalpy = new Map(detail.stability.map(([name, , , value]) => [name, value]));
  const tile = (label, value, unit, sub, mark) => el("div", { class: mark }, el("dt", {}, label), el("dd", {}, value, unit && el("small", {}, " " + unit), sub && el("div", { class: "sub" }, sub)));
  const against = enthalpy.get("mixing_reaction") && enthalpy.get("mixing_against") !== "itself" ? ["against ", formulaNodes(enthalpy.get("mixing_reaction"))] : enthalpy.get("mixing_against") === "itself" ? "an end member" : "";
  const dims = [...new Set(detail.temperatures.filter((t) => known(t.dim)).map((t) => t.dim))];
  return el("dl", { class: "tiles" },
    row.cold && tile(...coldTile(row.cold)),
    row.energy ? tile("Activation energy", withError(...row.energy), "eV", fit && known(fit.cold[0]) ? `${withError(...fit.cold)} at the coldest run, with bends` : "") : tile("Activation energy", "–", "", "not known"),
    tile(...sigmaTile(row)),
    row.corrected && tile(`Corrected at ${data.T0} K`, row.corrected.short, "mS/cm", `computed one without the potential’s ${row.corrected.why}`),
    row.measured && tile("Measured", describeMeasured(row), "mS/cm", "this composition; sources below"),
    known(row.tier) && tile("Tier", row.tier, "", known(row.among) ? `among the three best: ${percent(row.among)}; best of all: ${percent(row.best)}` : ""),
    data.own ? null : known(row.dH) ? tile("Mixing enthalpy", fixed(row.dH, 1) + (known(row.dHe) ? ` ± ${fixed(row.dHe, 1)}` : ""), "meV/atom", against) : tile("Mixing enthalpy", "–", "", "not known"),
    tile("Dimensionality", dims.length ? dims.join(" or ") + "D" : "–", "", dims.length > 1 ? "temperatures disagree" : ""));
}

/** Everything that is doubtful about a candidate, each thing once. */
function warnings(row, detail) {
  const lines = [!data.own && row.reach && row.reach.kind === "far" && row.reach.words, detail.cell, row.sigma && reasonOf(row), ...((detail.fit && detail.fit.flags) || [])].filter(Boolean);
  if (detail.shortlisted === false) lines.push("Not shortlisted: there is no molecular dynamics for this candidate.");
  else if (detail.missing.length) lines.push(`Missing or unreadable: ${detail.missing.join(", ")}. The page omits what depends on them.`);
  return lines.length ? el("div", { class: "warn", role: "note" }, lines.map((line) => el("p", {}, line[0].toUpperCase() + line.slice(1) + (line.endsWith(".") ? "" : ".")))) : null;
}

/** The point of a curve at x, straight on a logarithmic axis between its neighbours; none outside of it. */
function between(points, x) {
  const i = points.findIndex(([right], k) => k && points[k - 1][0] <= x && x <= right);
  if (i < 0) return [];
  const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
  return [[x, y0 * (y1 / y0) ** ((x - x0) / (x1 - x0))]];
}

function candidateArrhenius(figure, row, detail, chosen = {}) {
  const { of = "D", far = true } = chosen, quantity = QUANTITY[of], curve = detail.fit && detail.fit.curve;
  if (!row.points.length && !row.bounds.length && !row.brackets.length) { emptyFigure(figure, "Arrhenius line", "No temperature has a diffusivity or an upper bound."); return; }
  const temperatures = [...row.points, ...row.bounds, ...row.brackets].map((p) => p[0]), placed = [...row.points, ...row.brackets];
  const coldest = Math.min(...(placed.length ? placed.map((p) => p[0]) : temperatures));
  const beyond = data.T0 < Math.min(...temperatures) || data.T0 > Math.max(...temperatures), shown = far ? [...temperatures, data.T0] : temperatures;
  const layers = [{ type: "vline", x: 1000 / data.T0 }], along = (y) => (curve ? curve.x.map((x, i) => y[i] * quantity.factor(row, 1000 / x)) : []);
  const [low, high] = curve ? [along(curve.lo), along(curve.hi)] : [[], []];
  if (curve) {
    const middle = along(curve.y), points = curve.x.map((x, i) => [x, middle[i]]), split = 1000 / coldest;
    layers.push({ type: "band", color: "var(--c0)", points: curve.x.map((x, i) => [x, low[i], high[i]]) });
    const edge = between(points, split);
    layers.push({ type: "line", color: "var(--c0)", points: [...points.filter(([x]) => x <= split), ...edge] });
    layers.push({ type: "line", color: "var(--c0)", dash: "5 5", width: 1.6, points: [...edge, ...points.filter(([x]) => x > split)] });
  }
  const seen = pointsOf(row, quantity), bounds = [...limitsOf(row, quantity), ...bracketsOf(row, quantity)];
  layers.push({ type: "points", color: "var(--c0)", r: 5, points: seen.map((p) => ({ ...p, id: null })) });
  layers.push({ type: "points", color: "var(--c4)", points: bounds.map((p) => ({ ...p, id: null })) });
  const button = (group, value, text) => el("button", { type: "button", "aria-pressed": String((group === "of" ? of : far) === value), on: { click() {
    candidateArrhenius(figure, row, detail, { of, far, [group]: value });
    [...figure.querySelectorAll(".seg button")].find((b) => b.textContent === text).focus();
  } } }, text);
  chart(figure, {
    controls: el("span", { class: "segs" }, known(row.k) && quantityButtons(button),
      curve && beyond && el("span", { class: "seg", role: "group", "aria-label": "Temperatures" }, button("far", false, "as run"), button("far", true, `to ${data.T0} K`))),
    title: "Arrhenius line", name: row.id + "_arrhenius", height: 360, layers,
    describe: `Arrhenius plot of ${row.label}, ${quantity.label}: ${[...seen, ...bounds].map((p) => p.tip.split("\n")[1]).join("; ")}.`,
    caption: curve ? `${quantity.name} on a logarithmic axis over 1/T, dashed where extrapolated, with the ${Math.round(100 * detail.fit.level)} % band of all shapes that the points allow${known(detail.fit.straight) ? ` (probability of one barrier ${num(detail.fit.straight)})` : ""}; straight line: χ² = ${num(detail.fit.chi2)}, ${detail.fit.dof} degree${detail.fit.dof === 1 ? "" : "s"} of freedom.${of === "D" ? "" : " σ as if ions moved independently (Nernst–Einstein)."}` : "No line: too few temperatures are resolved.",
    legend: [...(row.points.length ? [{ label: `${quantity.name} ± standard error`, color: "var(--c0)", shape: "circle" }] : []), ...(row.bounds.length ? [{ label: "upper bound", color: "var(--c4)", limit: true }] : []), ...(row.brackets.length ? [{ label: "between two bounds", color: "var(--c4)", bar: true }] : []), ...(curve ? [{ label: "fit and band", color: "var(--c0)", line: true, fill: true }] : [])],
    x: { label: "1000 / T (1/K)", domain: rangeOf(shown.map((T) => 1000 / T), false, 0.05) },
    y: { label: quantity.label, log: true, domain: rangeOf([...[...seen, ...bounds].flatMap((p) => [p.y, p.lo, p.hi, p.limit ? p.y / 2 : null]), ...(curve && far ? [...low, ...high] : [])], true) },
    top: temperatureTicks(shown),
    csv: { columns: ["temperature_K", "tracer_diffusivity_cm2_s", "standard_error_cm2_s", "lower_bound_cm2_s", "upper_bound_cm2_s"],
      rows: [...row.points.map((p) => [...p, null, null]), ...row.bounds.map(([T, D]) => [T, null, null, null, D]), ...row.brackets.map(([T, lo, hi]) => [T, null, null, lo, hi])] },
  });
}

const verdictList = (list) => el("ul", { class: "verdicts" }, list.map((t) => el("li", {}, el("b", {}, `${t.T} K`), badge(t.verdict), el("span", {}, t.reason))));

function msdSwitch(host, list, row) {
  const figures = list.map(() => el("figure", { class: "card" }));
  host.replaceChildren(...figures);
  const paint = (log) => list.forEach((t, i) => msdFigure(figures[i], t, row, log));
  const buttons = [["logarithmic", true], ["linear", false]].map(([label, log]) => el("button", { type: "button", "aria-pressed": String(log), on: { click(event) {
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === event.currentTarget)));
    paint(log);
  } } }, label));
  // After the host is in the page: a chart needs its width.
  queueMicrotask(() => paint(true));
  const seg = el("div", { class: "seg", role: "group", "aria-label": "Axes" }, buttons);
  seg.style.marginBottom = ".7rem";
  return seg;
}

function msdFigure(figure, t, row, log) {
  const { t: time, m, e, c, f } = t.msd;
  const curves = [["ions", m, "var(--c0)", null, 2.2], ["collective", c, "var(--c2)", "6 3", 1.6], ["framework", f, "var(--c1)", null, 1.8]].filter(([, y]) => y && y.some(known));
  const pairs = (y) => time.map((x, i) => [x, y[i]]).filter(([x, v]) => known(v) && (!log || (v > 0 && x > 0)));
  const layers = t.window ? [{ type: "span", from: t.window[0], to: t.window[1], label: "fitted" }] : [];
  if (m && e) layers.push({ type: "band", color: "var(--c0)", points: time.map((x, i) => [x, log ? Math.max(m[i] - e[i], m[i] * 0.02) : m[i] - e[i], m[i] + e[i]]) });
  for (const [, y, stroke, dash, width] of curves) layers.push({ type: "line", points: pairs(y), color: stroke, dash, width });
  const values = curves.flatMap(([, y]) => y);
  if (log && m) {
    // A line of slope 1 below the end of the curve: what diffusion looks like on these axes.
    const last = m.length - 1;
    layers.push({ type: "line", color: "var(--soft)", dash: "2 4", width: 1.2, points: [[time[last] / 8, m[last] / 8], [time[last], m[last]]].map(([x, y]) => [x, y * 0.45]) });
    layers.push({ type: "text", x: time[last] / 8, y: (m[last] / 8) * 0.45, label: "slope 1", dx: 7, dy: 4 });
  }
  const end = (y) => (y && known(y[y.length - 1]) ? num(y[y.length - 1]) : "not known");
  chart(figure, {
    title: `${t.T} K`, name: `${row.id}_${t.T}K_msd`, height: 270, layers,
    describe: `Mean squared displacement at ${t.T} kelvin: ions reach ${end(m)}, the framework ${end(f)} square Ångström after ${num(time[time.length - 1])} picoseconds. ${t.window ? `Fitted from ${num(t.window[0])} to ${num(t.window[1])} picoseconds.` : "No fit window."}`,
    caption: [t.verdict === "resolved" ? `D* = ${withError(t.D, t.De)} cm²/s` : known(t.Dmin) ? `D* from ${num(t.Dmin)} to ${num(t.Dmax)} cm²/s` : known(t.Dmax) ? `D* < ${num(t.Dmax)} cm²/s` : (data.kinds[t.verdict] || t.verdict), known(t.slope) ? `, log-log slope ${withError(t.slope, t.slopee)}` : ""].join(""),
    legend: curves.map(([label, , stroke, dash]) => ({ label, color: stroke, dash, line: true })),
    x: { label: "lag time (ps)", log, domain: log ? rangeOf(time, true, 0.02) : [0, time[time.length - 1] * 1.02] },
    y: { label: "MSD (Å²)", log, domain: log ? rangeOf(values, true, 0.1) : [0, Math.max(...values.filter(known)) * 1.08 || 1] },
    csv: { columns: ["lag_ps", "tracer_A2", "tracer_error_A2", "collective_A2", "framework_A2"], rows: time.map((x, i) => [x, m && m[i], e && e[i], c && c[i], f && f[i]]) },
  });
}

function tensorFigure(figure, list, row) {
  const names = ["smallest", "middle", "largest"];
  const series = [0, 1, 2].map((k) => list.map((t) => ({ x: 1000 / t.T + (k - 1) * 0.008, y: t.eigen[k], lo: t.eigene ? t.eigen[k] - t.eigene[k] : null, hi: t.eigene ? t.eigen[k] + t.eigene[k] : null,
    tip: `${t.T} K, ${names[k]}: ${withError(t.eigen[k], t.eigene && t.eigene[k])} cm²/s` })).filter((p) => known(p.y) && p.y > 0));
  chart(figure, {
    title: "Principal diffusivities", name: row.id + "_tensor", height: 280,
    describe: `Eigenvalues of the diffusion tensor of ${row.label}: ${list.map((t) => `${t.T} K ${t.eigen.map((x) => num(x)).join(", ")}`).join("; ")} square centimetres per second.`,
    caption: "Eigenvalues of the tracer diffusion tensor with standard errors: equal in an isotropic conductor, different in a layered one.",
    legend: names.map((label, k) => ({ label, color: color([5, 3, 0][k]), shape: SHAPE_ORDER[k] })),
    x: { label: "1000 / T (1/K)", domain: rangeOf(list.map((t) => 1000 / t.T), false, 0.15) },
    y: { label: "D (cm²/s)", log: true, domain: rangeOf(series.flat().flatMap((p) => [p.y, p.lo, p.hi]), true, 0.1) },
    top: temperatureTicks(list.map((t) => t.T)),
    layers: series.map((points, k) => ({ type: "points", points, color: color([5, 3, 0][k]), shape: SHAPE_ORDER[k] })),
    csv: { columns: ["temperature_K", "smallest_cm2_s", "middle_cm2_s", "largest_cm2_s"], rows: list.map((t) => [t.T, ...t.eigen]) },
  });
}

function tensorTables(list) {
  const axes = ["x", "y", "z"];
  const usable = list.filter((t) => t.tensor);
  if (!usable.length) return null;
  // One power of ten for a whole tensor: small entries are seen to be small, and nine numbers fit a phone.
  const power = (t) => Math.floor(Math.log10(Math.max(...t.tensor.flat().map(Math.abs)) || 1));
  return el("div", { class: "card tensors" }, el("h3", {}, "Full tensors, Cartesian axes"), el("div", { class: "grid three" }, usable.map((t) => scrolling(`Tensor at ${t.T} K`, "",
    el("table", { class: "matrix" }, el("caption", {}, `${t.T} K, 10${superscript(power(t))} cm²/s`), el("thead", {}, el("tr", {}, el("td", {}), axes.map((a) => el("th", { scope: "col" }, a)))),
      el("tbody", {}, t.tensor.map((line, i) => el("tr", {}, el("th", { scope: "row" }, axes[i]), line.map((x) => el("td", {}, fixed(x / 10 ** power(t), 2)))))))))));
}

const bounded = (low, high) => (known(low) ? `${num(low)} to ${num(high)}` : known(high) ? "< " + num(high) : "–");

const QUANTITIES = [
  ["Tracer diffusivity D*", "cm²/s", (t) => (known(t.D) ? withError(t.D, t.De) : bounded(t.Dmin, t.Dmax))],
  ["Collective diffusivity Dσ", "cm²/s", (t) => (known(t.Ds) ? withError(t.Ds, t.Dse) : "–")],
  ["Haven ratio", "", (t) => withError(t.H, t.He)],
  ["Conductivity, Nernst–Einstein", "mS/cm", (t) => (known(t.s) ? withError(t.s, t.se) : bounded(t.smin, t.smax))],
  ["Conductivity, collective", "mS/cm", (t) => withError(t.sc, t.sce)],
  ["Effective hops", "", (t) => (known(t.hops) ? String(Math.round(t.hops)) : "–")],
  ["Escapes from a neighbourhood", "", (t) => (known(t.esc) ? String(t.esc) : "–")],
  ["Ions that escaped", "%", (t) => (known(t.share) ? fixed(100 * t.share, 0) : "–")],
  ["Log-log slope of the MSD", "", (t) => withError(t.slope, t.slopee)],
  ["Fit window", "ps", (t) => (t.window ? t.window.map((x) => num(x)).join(" to ") : "–")],
  ["Framework MSD at the last lag", "Å²", (t) => num(t.fw)],
  ["Runs", "", (t) => (t.runs ? String(t.runs[0]) : "–")],
  ["Length of each", "ps", (t) => (!t.runs ? "–" : t.runs[1] === t.runs[2] ? num(t.runs[1], 3) : `${num(t.runs[1], 3)} to ${num(t.runs[2], 3)}`)],
  ["Frames, all runs", "", (t) => (t.runs ? String(t.runs[3]) : "–")],
  ["Dimensionality", "", (t) => (known(t.dim) ? t.dim + "D" : "–")],
  ["Mobile ions", "", (t) => (known(t.n) ? String(t.n) : "–")],
  ["Number density", "cm⁻³", (t) => num(t.c, 3)],
  ["Mean temperature of the run", "K", (t) => (known(t.Tmean) ? fixed(t.Tmean, 0) : "–")],
];
function numbers(list) {
  return scrolling("Numbers at each temperature", "card", el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Quantity"), list.map((t) => el("th", { scope: "col" }, `${t.T} K`)))),
    el("tbody", {}, QUANTITIES.map(([label, unit, value]) => el("tr", {}, el("th", { scope: "row" }, label, unit && el("small", {}, unit)), list.map((t) => el("td", {}, value(t))))))));
}

function stabilityTable(list) {
  return el("dl", { class: "kv" }, list.map(([name, label, unit, value]) => {
    const shown = typeof value === "number" ? (Number.isInteger(value) ? String(value) : num(value, 4)) : String(value);
    const nodes = name === "mixing_reaction" || name === "decomposition" ? formulaNodes(shown) : shown.replaceAll("_", " ");
    return [el("dt", {}, label), el("dd", {}, nodes, unit ? " " + unit : "")];
  }));
}

function trustTables(trust) {
  if (!trust.rows.length) return el("p", {}, `${trust.name}: ${trust.why}`);
  const table = (label, heads, lines) => scrolling(label, "card", el("table", {},
    el("thead", {}, el("tr", {}, heads.map(([name, unit]) => el("th", { scope: "col" }, name, unit && el("small", {}, " " + unit))))),
    el("tbody", {}, lines.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), rest.map((x) => el("td", {}, num(x, 3))))))));
  const w = trust.worst;
  return [el("p", {}, `${trust.name} on ${trust.n} frames of the molecular dynamics, against the campaign's potential. A slope below 1 means that ${trust.name} is softer.`),
    table("Forces of two potentials", [["Forces of", ""], ["mean difference", "meV/Å"], ["rms difference", "meV/Å"], ["mean size", "meV/Å"], ["correlation", ""], ["slope", ""]], trust.rows),
    table("Two potentials at each temperature", [["At", ""], ["forces differ by", "meV/Å"], ["energies differ by", "meV/atom"]], trust.temperatures.map(([T, ...rest]) => [`${T} K`, ...rest])),
    el("p", { class: "note" }, `Largest difference: ${w.temperature_K} K at ${w.time_ps} ps, ordering ${w.ordering}, replica ${w.replica}; the forces on one ${w.element} differ by ${num(w.atom_difference_meV_A, 3)} meV/Å. Energies: standard deviation of the difference after subtracting its mean at each temperature.`)];
}

const runs = (rows) => el("dl", { class: "kv card" }, rows.map(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));

function provenance(detail) {
  const made = Object.entries(detail.listed).map(([name, value]) => [el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, String(value))]);
  const origin = (o) => el("div", {}, el("h3", {}, o.of), el("dl", { class: "kv" }, [["from", o.started], ["to", o.ended], ["seed", o.seed], ["potential", o.potential], ["screening", o.screening]]
    .filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]),
    o.inputs.map(([path, sum]) => [el("dt", {}, path), el("dd", {}, el("code", {}, sum))])));
  return [!data.own && el("details", {}, el("summary", {}, "How the candidate was made"), el("dl", { class: "kv" }, made.length ? made : el("dd", {}, "candidates.csv has no row for it."))),
    el("details", {}, el("summary", {}, `Origin of ${detail.provenance.length} record${detail.provenance.length === 1 ? "" : "s"}: times, seeds, SHA-256 of what was read`),
      el("div", { class: "origins" }, detail.provenance.map(origin)))];
}
