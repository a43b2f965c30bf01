// What a screen reader would have no name for, and identifiers that stand twice.
() => [
  ...[...document.querySelectorAll("a, button, input, canvas, svg[role=img], [role=region], [role=group]")]
    .filter((e) => e.getClientRects().length && !(e.getAttribute("aria-label") || e.textContent.trim() || e.title || (e.labels && e.labels.length)))
    .map((e) => e.outerHTML.slice(0, 80)),
  ...[...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i),
]
