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
    judged.hops.length > 0 && hopTable(judged, known0)].filter(Boolean);
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
