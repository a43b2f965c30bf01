// What first principles say of potential and student of one candidate.
function judgement(judged) {
  if (!judged.by.length) return el("p", {}, `${judged.name}: ${judged.why}`);
  const known0 = judged.by.filter((one) => one.forces.length), failed = judged.by.filter((one) => !one.forces.length);
  const cost = [`${judged.labels} labels`, known(judged.cpu) && `${num(judged.cpu, 2)} s of processor time each`].filter(Boolean).join(", ");
  const lost = judged.nLost ? ` ${judged.nLost} frame${judged.nLost === 1 ? " has" : "s have"} no label and ${judged.nLost === 1 ? "is" : "are"} left out: ${judged.lost.join("; ")}.` : "";
  return [el("p", {}, `${judged.name} (${judged.about}) on ${judged.n} frames of the molecular dynamics${judged.hops.length ? ` and along ${judged.hops.length} hop${judged.hops.length === 1 ? "" : "s"}` : ""}: ${cost}. A slope below 1 is soft: barriers too low, ions too fast.${lost}`),
    failed.map((one) => el("p", { class: "note" }, `${one.who}: ${one.why}`)),
    known0.length > 0 && judgedForces(known0), known0.length > 0 && judgedRest(known0, judged),
    judged.noHop && el("p", { class: "note" }, `No hop: ${judged.noHop}.`),
    judged.hops.length > 0 && hopTable(judged, known0),
    judged.converged && convergence(judged.converged), judged.doubt && el("p", { class: "note" }, `Doubt: ${judged.doubt}.`)].filter(Boolean);
}

/** How far the labels themselves are converged. */
function convergence(found) {
  const lines = found.steps.map(([name, force, pressure, why]) => [name, known(force) ? num(force, 2) : why, num(pressure, 2)]);
  return [judgedTable("Convergence of first principles", [["Labels with", ""], ["forces change by", "meV/Å"], ["pressure changes by", "GPa"]], lines),
    known(found.error) && el("p", { class: "note" }, `Together ${num(found.error, 2)} meV/Å: what a label may err. A difference of that size says nothing of a potential.`)];
}

/** What came of correcting the student. */
function correction(found) {
  const said = `Correction of the student by ${found.labels} labels of ${found.name}: `;
  const gain = known(found.gain[0]) ? ` On frames that were held out it takes away ${percent(found.gain[0])} of the squared force error (± ${percent(found.gain[1])}).` : "";
  const rows = found.by.length === 2 ? [["all atoms", ...found.by.flatMap((one) => ["–", num(one.force, 3)])],
    ...found.by[0].elements.map(([element], i) => [element, ...found.by.flatMap((one) => [fixed(one.elements[i][1], 2), num(one.elements[i][2], 3)])])] : [];
  return [el("p", {}, said + (found.kept ? "kept." : `not kept, since ${found.why}.`) + gain),
    rows.length > 0 && judgedTable("Student with and without its correction", [["Forces of", ""], ...found.by.flatMap(({ who }) => [[`slope, ${who}`, ""], [`error, ${who}`, "meV/Å"]])], rows)].filter(Boolean);
}

const judgedTable = (label, heads, lines) => el("div", { class: "numbers card", tabindex: 0, role: "region", "aria-label": label }, el("table", {},
  el("thead", {}, el("tr", {}, heads.map(([name, unit]) => el("th", { scope: "col" }, name, unit && el("small", {}, " " + unit))))),
  el("tbody", {}, lines.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first), rest.map((x) => el("td", {}, x)))))));

/** Slope, error and bias of the forces on each element, of one after the other. */
function judgedForces(by) {
  const heads = [["Forces of", ""], ...by.flatMap(({ who }) => [[`slope, ${who}`, ""], [`error, ${who}`, "meV/Å"], [`bias, ${who}`, "meV/Å"]])];
  const lines = by[0].forces.map(([element], i) => [element, ...by.flatMap((one) => { const [, slope, mae, bias] = one.forces[i]; return [fixed(slope, 2), num(mae, 3), num(bias, 2)]; })]);
  return judgedTable("Forces beside first principles", heads, lines);
}

function judgedRest(by, judged) {
  const line = (name, unit, value) => [[name, unit && el("small", {}, " " + unit)], ...by.map(value)];
  return judgedTable("Energies and pressure beside first principles", [["", ""], ...by.map(({ who }) => [who, ""])], [
    line("Energies scatter by", "meV/atom", (one) => num(one.energy, 2)),
    line("Pressure differs by", "GPa", (one) => withError(...one.pressure)),
    judged.hops.length > 0 && line("Energies along hops, error", "meV", (one) => num(one.hopMae, 2)),
    judged.hops.length > 0 && line("Energies along hops, slope", "", (one) => fixed(one.hopSlope, 2)),
  ].filter(Boolean));
}

/** Energies along each hop, image by image, less that of its start. */
function hopTable(judged, by) {
  const meV = (x) => (known(x) ? fixed(1000 * x, 0) : "–");
  const lines = judged.hops.flatMap((hop, h) => hop.map((energy, k) => [`hop ${h + 1}, image ${k + 1}`, meV(energy), ...by.map((one) => meV((one.hops[h] || [])[k]))]));
  return judgedTable("Energies along hops", [["Energy along", "meV"], [judged.name, ""], ...by.map(({ who }) => [who, ""])], lines);
}
