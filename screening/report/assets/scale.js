// Linear and logarithmic axes: from data to pixels, and where the ticks go.
function makeScale(axis, from, to) {
  const f = axis.log ? Math.log10 : (x) => x;
  const [a, b] = axis.domain.map(f);
  const scale = (x) => from + ((f(x) - a) / (b - a)) * (to - from);
  scale.ticks = axis.log ? logTicks(a, b, Math.abs(to - from)) : linearTicks(a, b, Math.abs(to - from));
  scale.inside = (x) => f(x) >= Math.min(a, b) - 1e-9 && f(x) <= Math.max(a, b) + 1e-9;
  return scale;
}

function linearTicks(a, b, pixels) {
  const low = Math.min(a, b), high = Math.max(a, b);
  const rough = (high - low) / Math.max(2, pixels / 75);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough);
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    ticks.push([i * step, (i * step).toFixed(places).replace("-", "−")]);
  }
  return ticks;
}

function logTicks(a, b, pixels) {
  const low = Math.ceil(Math.min(a, b) - 1e-9), high = Math.floor(Math.max(a, b) + 1e-9);
  const every = Math.max(1, Math.ceil((high - low + 1) / Math.max(2, pixels / 34)));
  const label = (n) => (n >= -2 && n <= 3 ? String(Number((10 ** n).toPrecision(1))) : "10" + superscript(n));
  const ticks = [];
  for (let n = low; n <= high; n++) if ((n - low) % every === 0) ticks.push([10 ** n, label(n)]);
  if (high - low < 1) {
    // Hardly a decade: ticks between the powers as well, so that the axis can be read.
    const between = Math.abs(b - a) < 0.7 ? [2, 3, 4, 5, 6, 8] : [2, 5];
    for (let n = Math.floor(Math.min(a, b)); n <= Math.ceil(Math.max(a, b)); n++) {
      for (const m of between) {
        const x = m * 10 ** n;
        if (Math.log10(x) >= Math.min(a, b) && Math.log10(x) <= Math.max(a, b)) ticks.push([x, num(x, 1)]);
      }
    }
  }
  return ticks.sort((p, q) => p[0] - q[0]);
}

/** The range of some values with room around it. */
function rangeOf(values, log, room = 0.06) {
  const usable = values.filter((x) => known(x) && (!log || x > 0));
  if (!usable.length) return null;
  const f = log ? Math.log10 : (x) => x;
  let low = Infinity, high = -Infinity;
  for (const x of usable) { low = Math.min(low, f(x)); high = Math.max(high, f(x)); }
  if (high - low < 1e-9) { const half = log ? 0.5 : Math.abs(high) * 0.1 || 1; low -= half; high += half; }
  const extra = (high - low) * room;
  return [low - extra, high + extra].map((x) => (log ? 10 ** x : x));
}
