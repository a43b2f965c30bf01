// Stability, conductivity and mixing enthalpy of the whole campaign.
const LISTED = 24;
function describeSigma(row) {
  if (row.said) return `σ ${row.said.value} (${row.said.low} to ${row.said.high}) mS/cm${row.reach ? "\n" + row.reach.short : ""}`;
  return row.bound ? `σ < ${num(row.bound)} mS/cm` : "σ not known";
}

/** Measured conductivities of a row's composition: one, or the lowest and the highest. */
const describeMeasured = (row) => (row.measured[0] === row.measured[1] ? num(row.measured[0]) : `${num(row.measured[0])} to ${num(row.measured[1])}`);

const isFar = (row) => Boolean(row.reach && row.reach.kind === "far");

/** A row's name: its formula, and what was changed where others have the same. */
const shortLabel = (row, length) => (row.label.length > length ? row.label.slice(0, length - 1) + "…" : row.label);

// What a candidate costs, by either measure: heading of the axis, short name, column of the saved table.
const COSTS = {
  dH: ["mixing enthalpy ΔH (meV/atom)", "mixing enthalpy", "mixing_enthalpy_meV_atom"],
  hull: ["energy above the hull (meV/atom)", "hull distance", "hull_distance_meV_atom"],
};

function paretoOverview(rows, by = "dH") {
  const figure = document.getElementById("fig-pareto"), [axis, cost, column] = COSTS[by];
  const resolved = rows.filter((row) => row.sigma && known(row[by])), bounded = rows.filter((row) => row.bound && known(row[by]));
  if (!resolved.length && !bounded.length) { emptyFigure(figure, "Stability and conductivity", "No candidate has both a mixing enthalpy and a conductivity or a bound."); return; }
  // Best first by enthalpy: each one that conducts better than all cheaper ones is on the front.
  const front = [];
  for (const row of [...resolved].sort((a, b) => a[by] - b[by] || b.sigma[0] - a.sigma[0])) {
    if (!front.length || row.sigma[0] > front[front.length - 1].sigma[0]) front.push(row);
  }
  const many = resolved.length > 40, measured = many ? [] : [...resolved, ...bounded].filter((row) => row.measured);
  const mark = (row) => ({ x: row[by], y: row.sigma[0], lo: many ? null : row.sigma[1], hi: many ? null : row.sigma[2], id: row.id,
    tip: `${row.label}\n${describeSigma(row)}\n${cost} ${fixed(row[by], 1)} meV/atom` });
  const pale = (list) => ({ type: "points", color: "var(--c-rest)", opacity: 0.35, points: many ? [] : list.filter((row) => row.said && row.said.wide).map((row) => ({ x: row[by], y: row.sigma[0], lo: row.said.wide[0], hi: row.said.wide[1], bar: true, quiet: true })) });
  const steps = front.flatMap((row, i) => (i ? [[row[by], front[i - 1].sigma[0]], [row[by], row.sigma[0]]] : [[row[by], row.sigma[0]]]));
  const dominated = resolved.filter((row) => !front.includes(row));
  const wide = resolved.some((row) => row.said && row.said.wide) && !many;
  const xs = rangeOf([...resolved, ...bounded].map((row) => row[by]), false, 0.12);
  const labelled = front.slice(-6).reverse();
  chart(figure, {
    title: "Stability against conductivity", name: data.campaign + "_pareto", height: Math.min(460, Math.max(330, mixingHeight(rows))),
    describe: `Pareto view of ${resolved.length} resolved candidates and ${bounded.length} upper bounds: conductivity at ${data.T0} K against ${cost}. On the front: ${front.map((r) => r.label).slice(0, 12).join("; ") || "none"}.`,
    caption: "Up and to the left is better. The line joins the Pareto front: no candidate beats these in both. Arrows are upper bounds." + (wide ? " Pale bars hold the typical error of the potential too." : "") + (resolved.some(isFar) ? ` Hollow: ${data.T0} K is far from the runs.` : ""),
    legend: [...(front.length ? [{ label: "Pareto front", color: "var(--c0)", shape: "circle", line: true }] : []),
      ...(dominated.length ? [{ label: "other resolved", color: "var(--c-rest)", shape: "circle" }] : []),
      ...(measured.length ? [{ label: "measured", color: "var(--ink)", shape: "star" }] : []),
      ...(bounded.length ? [{ label: "upper bound", color: "var(--c4)", limit: true }] : [])],
    x: { label: axis, domain: xs },
    y: { label: `σ at ${data.T0} K (mS/cm)`, log: true, domain: rangeOf([...resolved.flatMap((r) => (many ? [r.sigma[0]] : [...r.sigma, ...((r.said && r.said.wide) || [])])), ...measured.flatMap((r) => r.measured), ...bounded.flatMap((r) => [r.bound, r.bound / 2])], true, 0.1) },
    layers: [
      ...(by === "dH" && known(data.limit) && data.limit < xs[1] ? [{ type: "vline", x: data.limit, label: "shortlist limit" }] : []),
      pale(resolved),
      { type: "line", points: steps, color: "var(--c0)", width: 1.5, opacity: 0.6 },
      { type: "points", color: "var(--c4)", opacity: many ? 0.6 : 1, points: bounded.map((row) => ({ x: row[by], y: row.bound, limit: true, id: row.id, tip: `${row.label}\n${describeSigma(row)}\n${cost} ${fixed(row[by], 1)} meV/atom` })) },
      { type: "points", color: "var(--ink)", shape: "star", r: 5, opacity: 0.9, points: measured.map((row) => ({ x: row[by], y: Math.sqrt(row.measured[0] * row.measured[1]), lo: row.measured[0], hi: row.measured[1], id: row.id, tip: `${row.label}\nmeasured ${describeMeasured(row)} mS/cm` })) },
      ...[false, true].flatMap((far) => [
        { type: "points", color: "var(--c-rest)", hollow: far, points: dominated.filter((row) => isFar(row) === far).map(mark), r: many ? 3 : 4.5 },
        { type: "points", color: "var(--c0)", hollow: far, points: front.filter((row) => isFar(row) === far).map(mark), r: 5 }]),
      ...labelled.map((row) => { const right = row[by] > (xs[0] + xs[1]) / 2; return { type: "text", x: row[by], y: row.sigma[0], label: shortLabel(row, 34), formula: row.formula.length, anchor: right ? "end" : "start", dx: right ? -8 : 8, unclipped: true }; }),
    ],
    csv: { columns: ["id", "candidate", column, "conductivity_estimate_mS_cm", "low_mS_cm", "high_mS_cm", "upper_bound_mS_cm", "measured_low_mS_cm", "measured_high_mS_cm", "on_front"],
      rows: [...resolved.map((r) => [r.id, r.label, r[by], ...r.sigma, null, ...(r.measured || [null, null]), front.includes(r)]), ...bounded.map((r) => [r.id, r.label, r[by], null, null, null, r.bound, ...(r.measured || [null, null]), false])] },
  });
  if (rows.some((row) => known(row.hull))) figure.append(el("div", { class: "seg", role: "group", "aria-label": "Measure of stability" },
    Object.entries(COSTS).map(([key, [, name]]) => el("button", { type: "button", "aria-pressed": String(key === by), on: { click() {
      paretoOverview(rows, key);
      // The figure is drawn anew: the button that has the focus is another one now.
      figure.querySelector('[aria-pressed="true"]').focus();
    } } }, name))));
}

const KIND_MARK = { resolved: ["var(--c0)", "circle", false], upper_bound: ["var(--c4)", "down", false], not_simulated: ["var(--c-rest)", "circle", true] };
const kindMark = (kind) => KIND_MARK[kind] || ["var(--c3)", "diamond", true];

/** Tall enough for a line per name; the figure beside it follows. */
function mixingHeight(rows) {
  const n = rows.filter((row) => known(row.dH)).length;
  return n <= LISTED ? Math.max(200, 90 + 26 * n) : 330;
}

function mixingOverview(candidates) {
  const figure = document.getElementById("fig-mixing");
  const rows = candidates.filter((row) => known(row.dH)).sort((a, b) => a.dH - b.dH);
  if (!rows.length) { emptyFigure(figure, "Mixing enthalpy", "No candidate has a mixing enthalpy."); return; }
  const named = rows.length <= LISTED, top = rows.length;
  const groups = {};
  rows.forEach((row, i) => {
    const name = row.kind in KIND_MARK ? row.kind : "other";
    (groups[name] ||= []).push({ x: row.dH, y: top - i, left: known(row.dHe) ? row.dH - row.dHe : null, right: known(row.dHe) ? row.dH + row.dHe : null, id: row.id,
      tip: `${row.label}\nΔH ${fixed(row.dH, 1)}${known(row.dHe) ? ` ± ${fixed(row.dHe, 1)}` : ""} meV/atom${row.spread ? `, orderings up to ${fixed(row.dH + row.spread, 1)}` : ""}\n${data.kinds[row.kind] || row.kind}` });
  });
  chart(figure, {
    title: "Mixing enthalpy", name: data.campaign + "_mixing", height: mixingHeight(rows),
    describe: `Mixing enthalpies of ${top} candidates from ${fixed(rows[0].dH, 1)} to ${fixed(rows[top - 1].dH, 1)} meV per atom, lowest first.`,
    caption: "Lowest-energy ordering, with the standard error from several starts. No bar: the error is unknown, or the point is an end member. 0 K, without vibrations and entropy.",
    legend: Object.keys(groups).map((kind) => { const [c, shape, hollow] = kindMark(kind); return { label: data.kinds[kind] || "no result", color: c, shape, hollow }; }),
    x: { label: "mixing enthalpy ΔH (meV/atom)", domain: rangeOf([0, ...rows.flatMap((r) => [r.dH - (r.dHe || 0), r.dH + (r.dHe || 0)]), ...(known(data.limit) && data.limit < 2 * rows[top - 1].dH ? [data.limit] : [])], false, 0.07) },
    y: { label: named ? "" : "candidates, lowest first", formulas: named, left: named ? 200 : 62, domain: [0.4, top + 0.6],
      ticks: named ? rows.map((row, i) => [top - i, shortLabel(row, 28), row.formula.length]) : [[top, "1"], [1, String(top)]] },
    layers: [
      ...(known(data.limit) && data.limit < 2 * rows[top - 1].dH ? [{ type: "vline", x: data.limit, label: "shortlist limit" }] : []),
      ...Object.entries(groups).map(([kind, points]) => { const [c, shape, hollow] = kindMark(kind); return { type: "points", color: c, shape, hollow, points, r: named ? 4.8 : 2.6 }; }),
    ],
    csv: { columns: ["id", "candidate", "mixing_enthalpy_meV_atom", "mixing_enthalpy_error_meV_atom", "ordering_spread_meV_atom", "verdict"], rows: rows.map((r) => [r.id, r.label, r.dH, r.dHe, r.spread, r.kind]) },
  });
}

function emptyFigure(figure, title, why) {
  figure.classList.add("empty-card");
  figure.replaceChildren(el("div", { class: "fig-head" }, el("h3", {}, title)), el("p", { class: "note" }, why));
}

/** The figures of the campaign, of all candidates or of one group. */
function drawOverview(rows) {
  if (!document.getElementById("fig-arrhenius")) return;
  arrheniusPlot(document.getElementById("fig-arrhenius"), rows);
  paretoOverview(rows);
  mixingOverview(rows);
}
