// A grain boundary or interface beside its crystals. What is not in the numbers stands under each of them.
const SPACE_CHARGE = "Space charge is not in it.";
const SIDES = ["below", "above"];

/** Name of a group of layers, as far as crystals and boundaries are told apart. */
function groupName([crystal, boundary], groups) {
  const two = groups.some(([c]) => c), apart = groups.some(([, b]) => b);
  return [two && `crystal ${SIDES[crystal]}`, apart && `boundary ${boundary + 1}`].filter(Boolean).join(", ") || "layers";
}

/** Groups of layers in their order: [crystal, boundary, layers]. */
function layerGroups(layers) {
  const groups = [];
  layers.forEach((layer, i) => {
    const last = groups[groups.length - 1];
    if (last && last[0] === layer[0] && last[1] === layer[1]) last[2].push([i, layer]);
    else groups.push([layer[0], layer[1], [[i, layer]]]);
  });
  return groups;
}

/** Distance from the boundary; of an interface the lower crystal is on the left. */
const placeOf = ([crystal, , from, to], two) => ((from + to) / 2) * (two && !crystal ? -1 : 1);

function boundarySection(found, row) {
  const density = el("figure", { class: "card" }), mobility = el("figure", { class: "card" }), anions = el("figure", { class: "card" }), pellet = el("figure", { class: "card wide-card" });
  const cold = found.at[0], held = cold && Object.keys(cold.anions).length > 0;
  const parts = [
    el("p", {}, `${found.law[0].toUpperCase()}${found.law.slice(1)}. Beside it: `, found.crystals.map((id, i) => [i ? " and " : "", el("a", { href: "#c=" + encodeURIComponent(id) }, id)]), "."),
    el("div", { class: "warn", role: "note" }, found.notes.map((note) => el("p", {}, note[0].toUpperCase() + note.slice(1) + "."))),
    found.missing.length > 0 && el("ul", { class: "missing" }, found.missing.map((line) => el("li", {}, line))),
    el("div", { class: "grid two" }, found.joined.length > 0 && energyTable(found), found.at.some((at) => at.excess) && excessTable(found), found.at.length > 0 && [density, mobility],
      held && anions, found.barriers.length > 0 && barrierTable(found), found.pellets.length > 0 && pellet),
  ];
  // After the section is in the page: a chart needs its width.
  queueMicrotask(() => {
    if (found.at.length) {
      profileFigure(density, found, row, { title: "Ions by layer", name: "density", label: `${found.mobile} per nm³`, value: 4, error: null });
      profileFigure(mobility, found, row, { title: "D* in the plane by layer", name: "profile", label: "D* (cm²/s)", value: 5, error: 6 });
    }
    if (held) anionProfile(anions, cold, row);
    if (found.pellets.length) pelletFigure(pellet, found, row);
  });
  return section("Boundary", ...parts);
}

function profileFigure(figure, found, row, { title, name, label, value, error }) {
  const two = found.at.some((at) => at.layers.some(([crystal]) => crystal)), layers = [], legend = [], rows = [], values = [];
  const places = found.at.flatMap((at) => at.layers.map((layer) => placeOf(layer, two)));
  found.at.forEach((at, t) => {
    const groups = layerGroups(at.layers);
    groups.forEach(([crystal, boundary, own], g) => {
      const points = own.map(([, layer]) => ({ x: placeOf(layer, two), y: layer[value], lo: error && layer[value] - layer[error], hi: error && layer[value] + layer[error],
        tip: `${at.T} K, ${num(layer[2])} to ${num(layer[3])} Å${groups.length > 1 ? ", " + groupName([crystal, boundary], groups) : ""}: ${withError(layer[value], error && layer[error])}` })).filter((p) => known(p.y) && p.y > 0);
      layers.push({ type: "points", points, color: color(t), shape: SHAPE_ORDER[boundary] });
      values.push(...points.flatMap((p) => [p.y, error && p.lo > 0 ? p.lo : null, p.hi]));
      if (error) values.push(...points.map((p) => p.y * 0.8));
      rows.push(...own.map(([, layer]) => [at.T, ...layer]));
    });
    if (error) at.crystals.forEach(([d, e], side) => {
      const span = two ? (side ? [0, Math.max(...places) + 2] : [Math.min(...places) - 2, 0]) : [0, Math.max(...places) + 2];
      if (!(d > 0)) return;
      layers.unshift({ type: "band", color: color(t), points: span.map((x) => [x, Math.max(d - e, d / 10), d + e]) }, { type: "line", color: color(t), dash: "6 3", width: 1.4, points: span.map((x) => [x, d]) });
      values.push(d);
    });
    legend.push({ label: `${at.T} K`, color: color(t), shape: "circle" });
  });
  if (!values.some((value) => value > 0)) { emptyFigure(figure, title, `No layer has a value. ${SPACE_CHARGE}`); return; }
  const apart = found.at.some((at) => at.layers.some(([, boundary]) => boundary));
  if (apart) legend.push({ label: "second boundary", color: "var(--soft)", shape: SHAPE_ORDER[1] });
  if (error && found.at.some((at) => at.crystals.length)) legend.push({ label: two ? "crystals" : "crystal", color: "var(--soft)", line: true, dash: "6 3" });
  if (two) layers.push({ type: "vline", x: 0 });
  chart(figure, {
    title, name: `${row.id}_${name}`, height: 300, layers, legend,
    describe: `${title} of ${row.label}: ${found.at.map((at) => `at ${at.T} kelvin ${at.layers.map((layer) => num(layer[value])).join(", ")}`).join("; ")}, nearest the boundary first${two ? ", the lower crystal before the upper one" : ""}.`,
    caption: `${error ? "Jumps attributed to layers, with standard errors; a layer where no ion moved measurably has no point." : "Mobile ions by volume of each layer."} ${SPACE_CHARGE}`,
    x: { label: two ? "distance from the interface (Å), lower crystal on the left" : "distance from the boundary (Å)", domain: rangeOf(two ? places : [0, ...places], false, 0.06) },
    y: error ? { label, log: true, domain: rangeOf(values, true, 0.1) } : { label, domain: [0, Math.max(...values.filter(known)) * 1.15 || 1] },
    csv: { columns: ["temperature_K", "crystal", "boundary", "from_A", "to_A", "ions_per_nm3", "tracer_cm2_s", "tracer_error_cm2_s"], rows },
  });
}

function anionProfile(figure, at, row) {
  const two = at.layers.some(([crystal]) => crystal), names = Object.keys(at.anions), groups = layerGroups(at.layers);
  const all = names.flatMap((name) => at.anions[name].map(([n]) => n));
  chart(figure, {
    title: `Anions around ${ionOf(row)} by layer`, name: `${row.id}_${at.T}K_anions_by_layer`, height: 300,
    describe: `Anions around the ion at ${at.T} kelvin by layer: ${names.map((name) => `${name} ${at.anions[name].map(([n]) => num(n)).join(", ")}`).join("; ")}.`,
    caption: `What holds the ion: anions within 1.25 of the sum of ionic radii at ${at.T} K; S(P) is sulphur bonded to phosphorus. ${SPACE_CHARGE}`,
    legend: names.map((name, i) => ({ label: name, color: color(i), shape: SHAPE_ORDER[i % 5] })),
    x: { label: two ? "distance from the interface (Å), lower crystal on the left" : "distance from the boundary (Å)", domain: rangeOf([...(two ? [] : [0]), ...at.layers.map((layer) => placeOf(layer, two))], false, 0.06) },
    y: { label: "anions", domain: [0, Math.max(...all.filter(known)) * 1.15 || 1] },
    layers: names.flatMap((name, i) => groups.map(([, , own]) => ({ type: "points", color: color(i), shape: SHAPE_ORDER[i % 5],
      points: own.filter(([k]) => known(at.anions[name][k][0])).map(([k, layer]) => ({ x: placeOf(layer, two), y: at.anions[name][k][0], lo: at.anions[name][k][0] - (at.anions[name][k][1] || 0), hi: at.anions[name][k][0] + (at.anions[name][k][1] || 0), tip: `${name}: ${withError(...at.anions[name][k])}` })) }))),
    csv: { columns: ["anion", "crystal", "boundary", "from_A", "to_A", "number", "error"], rows: names.flatMap((name) => at.layers.map((layer, k) => [name, ...layer.slice(0, 4), ...at.anions[name][k]])) },
  });
}

const captioned = (title, head, rows, note, reasons = []) => scrolling(title, "card", el("h3", {}, title), el("table", {},
  el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
  el("tbody", {}, rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), rest.map((value) => el("td", {}, value)))))), reasons.map((line) => el("p", {}, line)), el("p", { class: "note" }, note));

const energyTable = (found) => captioned("Energy", ["Way of joining", "energy (J/m²)", "separation (J/m²)"], found.joined.map(([energy, error, work, workError], i) => [String(i + 1), withError(energy, error), withError(work, workError)]),
  "Over the crystals beside it, mean of both boundaries of the cell; the error is how far searches for the ions’ places differ. Separation: the work that pulls the grains apart as they are. Surfaces that relax need less, so that the work of adhesion is below it. " + SPACE_CHARGE,
  found.joined.flatMap(([, , , , why], i) => (why ? [`Way ${i + 1}: ${why}.`] : [])));

const excessTable = (found) => captioned("What one boundary adds", ["T (K)", "G along it (S)", "R across it (Ω cm²)"],
  found.at.filter((at) => at.excess).map((at) => [String(at.T), withError(...at.excess.G), withError(...at.excess.R)]),
  "Over the crystals, without a choice of its width: G below 0 and R above 0 block. " + SPACE_CHARGE,
  found.at.flatMap((at) => (at.excess && at.excess.why ? [`${at.T} K, R: ${at.excess.why}.`] : [])));

const barrierTable = (found) => {
  const two = found.barriers.some(([, crystal]) => crystal), apart = found.barriers.some(([, , boundary]) => boundary);
  return captioned("Activation energies", ["Where", "eV", "points"], found.barriers.map(([what, crystal, boundary, from, to, energy, error, n]) =>
    [what === "layer" ? [`${num(from)} to ${num(to)} Å`, two && `crystal ${SIDES[crystal]}`, apart && `boundary ${boundary + 1}`].filter(Boolean).join(", ") : what, withError(energy, error), String(n)]),
  "Lines through D* in the plane of each layer, and of whole cells. " + SPACE_CHARGE);
};

function pelletFigure(figure, found, row) {
  const two = found.pellets.some((p) => known(p[1])), hot = Math.max(...found.pellets.map((p) => p[0]));
  // Of an interface against its composition at the hottest temperature, a curve for each size; else against size, one for each temperature.
  const shown = two ? found.pellets.filter((p) => p[0] === hot) : found.pellets;
  const keys = [...new Set(shown.map((p) => (two ? p[2] : p[0])))], x = two ? 1 : 2;
  const curves = keys.map((key) => shown.filter((p) => (two ? p[2] : p[0]) === key).sort((a, b) => a[x] - b[x]));
  const values = shown.flatMap(([, , , value, low, high]) => [value, low, high]).filter((value) => value > 0);
  if (!values.length) { emptyFigure(figure, two ? "Composite" : "Pellet", `Nothing conducts measurably. ${SPACE_CHARGE}`); return; }
  // A band that reaches 0 ends below all else.
  const least = Math.min(...values) / 10, open = shown.some((p) => known(p[4]) && !(p[4] > 0));
  chart(figure, {
    title: two ? `Composite at ${hot} K` : "Pellet", name: `${row.id}_pellet`, height: 320,
    describe: `Conductivity against ${two ? "the share of the upper crystal" : "grain size"}: ${curves.map((curve, i) => `${keys[i]} ${two ? "micrometres" : "kelvin"} ${curve.map((p) => num(p[3])).join(", ")}`).join("; ")} millisiemens per centimetre.`,
    caption: `${two ? "Grains of both crystals at random. The band lies between bounds: from a share of 0.145 to 0.855 the better conductor may make paths or not, and it holds both." : "If all boundaries of the pellet were of this one law."} Bands hold 68 %. ${SPACE_CHARGE}`,
    legend: keys.map((key, i) => ({ label: two ? `grains of ${key} µm` : `${key} K`, color: color(i), line: true, fill: true })),
    x: two ? { label: "share of the upper crystal", domain: [0, 1] } : { label: "grain size (µm)", log: true, domain: rangeOf(shown.map((p) => p[2]), true, 0.03) },
    y: { label: "σ (mS/cm)", log: true, domain: rangeOf(open ? [...values, least] : values, true, 0.1) },
    layers: curves.flatMap((curve, i) => [
      { type: "band", color: color(i), points: curve.filter((p) => known(p[4]) && p[5] > 0).map((p) => [p[x], p[4] > 0 ? p[4] : least, p[5]]) },
      { type: "line", color: color(i), points: curve.map((p) => [p[x], p[3]]) },
      { type: "points", color: color(i), r: 3.5, points: curve.map((p) => ({ x: p[x], y: p[3], tip: `${p[0]} K, ${p[2]} µm${two ? `, share ${p[1]}` : ""}: ${num(p[3])} mS/cm${known(p[4]) ? ` (${num(p[4])} to ${num(p[5])})` : ""}` })) },
    ]),
    csv: { columns: ["temperature_K", "share", "grain_um", "value_mS_cm", "low_mS_cm", "high_mS_cm", "near_percolation"], rows: found.pellets },
  });
}
