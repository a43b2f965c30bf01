// Elements, numbers and data. Text from records only ever becomes text nodes: nothing here parses HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, call] of Object.entries(value)) element.addEventListener(event, call);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}
const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

/** A table that may be wider than the screen: it scrolls by itself, by keyboard too. */
const scrolling = (label, marks, ...children) => el("div", { class: "numbers " + marks, tabindex: 0, role: "region", "aria-label": label }, children);

/** The element that conducts in a candidate. */
const ionOf = (row) => row.ion || data.mobile;

function detailOf(index) {
  const source = document.getElementById("d" + index);
  return source ? JSON.parse(source.textContent) : null;
}

const known = (x) => typeof x === "number" && Number.isFinite(x);
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const superscript = (n) => [...String(n)].map((c) => SUPERSCRIPT[c]).join("");

/** A number with some significant digits; powers of ten outside 0.001 to 10,000. */
function num(x, digits = 2) {
  if (!known(x)) return "–";
  if (x === 0) return "0";
  const [mantissa, power] = x.toExponential(digits - 1).split("e").map((part, i) => (i ? Number(part) : part));
  if (power >= -3 && power < 4) return Number(x.toPrecision(digits)).toFixed(Math.max(0, digits - 1 - power)).replace("-", "−");
  return mantissa.replace("-", "−") + "×10" + superscript(power);
}
const percent = (x) => (!known(x) ? "–" : x < 0.005 ? "< 1 %" : x > 0.995 && x < 1 ? "> 99 %" : `${(100 * x).toFixed(0)} %`);
const fixed = (x, places) => (known(x) ? x.toFixed(places).replace("-", "−") : "–");

/** A value and its error with the decimals that the error allows. */
function withError(x, error) {
  if (!known(x)) return "–";
  if (!known(error) || error <= 0) return num(x, 3);
  const power = Math.floor(Math.log10(Math.max(Math.abs(x), error)));
  const places = Math.max(0, power - Math.floor(Math.log10(error)) + 1);
  const scale = power >= -3 && power < 4 ? 1 : 10 ** power;
  const decimals = scale === 1 ? Math.max(0, places - power) : places;
  // 4799 ± 5263 is written 4800 ± 5300.
  if (scale === 1 && power > places) [x, error] = [x, error].map((value) => Math.round(value / 10 ** (power - places)) * 10 ** (power - places));
  // 9.97 ± 3 is not written 10.0 but 1.00 of the next power.
  const written = Number((x / scale).toFixed(decimals));
  if (scale !== 1 && Math.abs(written) >= 10) return withError(written * scale * (1 + 1e-9), error);
  const body = (x / scale).toFixed(decimals) + " ± " + (error / scale).toFixed(decimals);
  return (scale === 1 ? body : "(" + body + ")×10" + superscript(power)).replace(/-/g, "−");
}

/** A formula with its numbers as subscripts. */
function formulaNodes(text) {
  return text.split(/(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)/).map((part, i) => (i % 2 ? el("sub", {}, part) : part));
}

function badge(kind, label) {
  const shown = label || data.kinds[kind] || kind.replaceAll("_", " ");
  return el("span", { class: "badge k-" + (data.kinds[kind] ? kind : "unresolved") },
    el("span", { "aria-hidden": "true" }, data.symbols[kind] || "◌"), " " + shown);
}

function save(name, type, text) {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
const csvField = (x) => {
  if (x === null || x === undefined) return "";
  let text = String(x);
  // A spreadsheet would run a text that starts like a formula.
  if (typeof x === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};
const toCSV = (columns, rows) => [columns, ...rows].map((row) => row.map(csvField).join(",")).join("\n") + "\n";
const fileName = (text) => text.replace(/[^\w.+-]+/g, "_").slice(0, 80);
