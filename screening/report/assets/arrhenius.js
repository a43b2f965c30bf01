// The Arrhenius plot of the whole campaign: as far as the runs go, or on to the temperature asked for.
const K_EV = 8.617333262e-5;
const NAMED = 7;
const lnD = ([ln0, energy], T) => Math.exp(ln0 - energy / (K_EV * T));

/** Temperatures that people know, and those that were run, between the hottest and the coldest. */
const ROUND_K = [200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000, 1200, 1500, 2000];
function temperatureTicks(list) {
  const low = Math.min(...list), high = Math.max(...list);
  const shown = new Set([...list, ...ROUND_K.filter((T) => low < T && T < high && !list.some((known) => Math.abs(1000 / known - 1000 / T) < 0.04))]);
  return { label: "temperature (K)", ticks: [...shown].map((T) => [1000 / T, String(Math.round(T))]) };
}

// What can stand on the axis: heading, name, and the factor from D* at a temperature.
const QUANTITY = {
  D: { label: "D* (cm²/s)", button: "D*", unit: "cm²/s", name: "D*", factor: () => 1 },
  sigma: { label: "σ from D* (mS/cm)", button: "σ", unit: "mS/cm", name: "σ", factor: (row, T) => row.k / T },
  sigmaT: { label: "σT from D* (K mS/cm)", button: "σT", unit: "K mS/cm", name: "σT", factor: (row) => row.k },
};

const scaled = (x, by) => (known(x) ? x * by : null);
function pointsOf(row, quantity = QUANTITY.D) {
  return row.points.map(([T, D, e]) => {
    const by = quantity.factor(row, T);
    return { x: 1000 / T, y: D * by, lo: known(e) ? (D - e) * by : null, hi: known(e) ? (D + e) * by : null,
      id: row.id, tip: `${row.label}\n${T} K: ${quantity.name} = ${withError(D * by, scaled(e, by))} ${quantity.unit}` };
  });
}
function limitsOf(row, quantity = QUANTITY.D, aside = 0) {
  return row.bounds.map(([T, D]) => ({ x: 1000 / T + aside, y: D * quantity.factor(row, T), limit: true, id: row.id,
    tip: `${row.label}\n${T} K: ${quantity.name} < ${num(D * quantity.factor(row, T))} ${quantity.unit}` }));
}
// A bar between two bounds, without a point: nothing in between is likelier.
function bracketsOf(row, quantity = QUANTITY.D, aside = 0) {
  return row.brackets.map(([T, lo, hi]) => {
    const by = quantity.factor(row, T);
    return { x: 1000 / T + aside, y: Math.sqrt(lo * hi) * by, lo: lo * by, hi: hi * by, bar: true, id: row.id,
      tip: `${row.label}\n${T} K: ${quantity.name} from ${num(lo * by)} to ${num(hi * by)} ${quantity.unit}` };
  });
}
const lineOf = (row, quantity, ends) => ends.map((T) => [1000 / T, lnD(row.line, T) * quantity.factor(row, T)]);

/** Buttons for what stands on the axis. */
const quantityButtons = (button) => el("span", { class: "seg", role: "group", "aria-label": "Quantity" }, Object.entries(QUANTITY).map(([key, one]) => button("of", key, one.button)));

/** Candidates that get a colour of their own: the best ones that have anything to draw. */
function namedRows(rows) {
  return rows.length <= NAMED ? rows : rows.slice(0, NAMED - 1);
}

/** Marks at the temperature asked for: value with its interval, and pale the one with the error of the potential. */
function targetLayers(row, i, n, quantity, step, measured) {
  const layers = [], x = 1000 / data.T0 + (i - (n - 1) / 2) * step, by = quantity.factor(row, data.T0);
  if (row.at0) {
    const [D, lo, hi, pale, wide] = row.at0.map((value) => scaled(value, by));
    const tip = `${row.label}\n${data.T0} K, extrapolated: ${quantity.name} ${num(D, 1)} (${num(lo, 1)} to ${num(hi, 1)}) ${quantity.unit}${row.reach ? "\n" + row.reach.short : ""}`;
    if (known(pale)) layers.push({ type: "points", color: color(i), opacity: 0.35, points: [{ x, y: D, lo: pale, hi: wide, bar: true, quiet: true }] });
    layers.push({ type: "points", color: color(i), hollow: isFar(row), r: 4, shape: SHAPE_ORDER[i % 5], points: [{ x, y: D, lo, hi, id: row.id, tip }] });
  }
  if (measured && row.measured) {
    const [lo, hi] = row.measured.map((value) => value * (quantity === QUANTITY.sigmaT ? data.T0 : 1));
    layers.push({ type: "points", color: "var(--ink)", shape: "star", r: 5, points: [{ x: x + step / 3, y: Math.sqrt(lo * hi), lo, hi, id: row.id, tip: `${row.label}\nmeasured ${describeMeasured(row)} mS/cm` }] });
  }
  return layers;
}

function arrheniusPlot(figure, candidates, chosen = {}) {
  const rows = candidates.filter((row) => row.points.length || row.bounds.length || row.brackets.length);
  if (!rows.length) { emptyFigure(figure, "Arrhenius plot", "No temperature of any candidate has a diffusivity or a bound."); return; }
  const all = rows.flatMap((row) => [...row.points, ...row.bounds, ...row.brackets]), temperatures = all.map((p) => p[0]);
  const low = Math.min(...temperatures), hottest = Math.max(...temperatures), beyond = data.T0 < low || data.T0 > hottest;
  // Where it is far, what was seen fills the plot until the rest is asked for.
  const { of = "D", far = beyond && !rows.some(isFar) } = chosen, quantity = QUANTITY[of];
  const able = rows.filter((row) => of === "D" || known(row.k));
  const named = namedRows(able), rest = able.filter((row) => !named.includes(row)), crowd = rest.length > 60;
  const cold = far ? Math.min(low, data.T0) : low, hot = far ? Math.max(hottest, data.T0) : hottest;
  const step = 0.018 * (1000 / cold - 1000 / hot), measured = far && of !== "D";
  const layers = far ? [{ type: "vline", x: 1000 / data.T0 }] : [];
  if (rest.length) {
    // Hundreds would otherwise be one grey block: thinner, and without their error bars.
    layers.push({ type: "lines", color: "var(--c-rest)", opacity: crowd ? 0.3 : 0.45, width: crowd ? 0.5 : 1, lines: rest.filter((r) => r.line).map((r) => lineOf(r, quantity, [hot, cold])) });
    layers.push({ type: "points", color: "var(--c-rest)", r: crowd ? 1.6 : 2.6, opacity: crowd ? 0.5 : 0.8, points: rest.flatMap((row) => pointsOf(row, quantity).map((p) => (crowd ? { ...p, lo: null } : p))) });
    layers.push({ type: "points", color: "var(--c-rest)", opacity: crowd ? 0.35 : 0.8, points: rest.flatMap((row) => [...limitsOf(row, quantity), ...bracketsOf(row, quantity)]) });
  }
  named.forEach((row, i) => {
    if (row.line) {
      layers.push({ type: "line", color: color(i), points: lineOf(row, quantity, [hottest, low]) });
      if (far) layers.push({ type: "line", color: color(i), dash: "5 5", width: 1.6, points: lineOf(row, quantity, [low, cold]) });
    }
    layers.push({ type: "points", color: color(i), shape: SHAPE_ORDER[i % 5], points: pointsOf(row, quantity) });
    // Bars of one temperature would cover each other: they stand side by side.
    const aside = 0.5 * step * (i - (named.length - 1) / 2);
    layers.push({ type: "points", color: color(i), points: [...limitsOf(row, quantity, aside), ...bracketsOf(row, quantity, aside)] });
    if (far) layers.push(...targetLayers(row, i, named.length, quantity, step, measured));
  });
  const legend = named.map((row, i) => ({ label: row.label, formula: row.formula, color: color(i), ...(row.points.length ? { shape: SHAPE_ORDER[i % 5], line: Boolean(row.line) } : row.brackets.length ? { bar: true } : { limit: true }) }));
  if (rest.length) legend.push({ label: `${rest.length} others`, color: "var(--c-rest)", shape: "circle" });
  if (measured && named.some((row) => row.measured)) legend.push({ label: "measured", color: "var(--ink)", shape: "star" });
  const drawn = layers.flatMap((layer) => [...(layer.points || []), ...(layer.lines || []).flat()]);
  const heights = drawn.flatMap((p) => (Array.isArray(p) ? [p[1]] : [p.y, p.lo, p.hi, p.limit ? p.y / 2 : null]));
  const button = (group, value, text) => el("button", { type: "button", "aria-pressed": String((group === "of" ? of : far) === value), on: { click() {
    arrheniusPlot(figure, candidates, { of, far, [group]: value });
    // The figure is drawn anew: the button that has the focus is another one now.
    [...figure.querySelectorAll(".seg button")].find((b) => b.textContent === text).focus();
  } } }, text);
  const controls = el("span", { class: "segs" },
    rows.some((row) => known(row.k)) && quantityButtons(button),
    beyond && el("span", { class: "seg", role: "group", "aria-label": "Temperatures" }, button("far", false, "as run"), button("far", true, `to ${data.T0} K`)));
  chart(figure, {
    title: of === "D" ? "Tracer diffusivity against temperature" : "Conductivity against temperature", name: data.campaign + "_arrhenius", height: 400, legend, layers, controls,
    describe: `Arrhenius plot of ${able.length} candidates: ${quantity.label} on a logarithmic axis against 1000 over temperature. The ranking table holds the values.`,
    caption: `Points with standard errors; arrows are upper bounds, bars without a point lie between two bounds; both stand a little aside of their temperature where several would cover each other. Lines are fits${far ? `, dashed where extrapolated. At ${data.T0} K each candidate stands beside the others, with the interval of its own line; pale: with the potential’s typical error` : ""}${of === "D" ? "" : "; σ as if ions moved independently (Nernst–Einstein)"}${rest.length ? "; the best-ranked candidates are coloured" : ""}.`,
    x: { label: "1000 / T (1/K)", domain: rangeOf([1000 / hot, 1000 / cold + (far ? (named.length / 2) * step : 0)], false, 0.04) },
    y: { label: quantity.label, log: true, domain: rangeOf(heights, true, 0.06) },
    top: temperatureTicks(far ? [...temperatures, data.T0] : temperatures),
    csv: { columns: ["id", "candidate", "temperature_K", "tracer_diffusivity_cm2_s", "standard_error_cm2_s", "lower_bound_cm2_s", "upper_bound_cm2_s"],
      rows: rows.flatMap((r) => [...r.points.map(([T, D, e]) => [r.id, r.label, T, D, e, null, null]), ...r.bounds.map(([T, D]) => [r.id, r.label, T, null, null, null, D]), ...r.brackets.map(([T, lo, hi]) => [r.id, r.label, T, null, null, lo, hi])]) },
  });
}
