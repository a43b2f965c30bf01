// Which view is shown: the hash names it, so that the back button and a link to one candidate work.
if (data.own) {
  // Trajectories without a campaign: there is nothing to choose.
  showCandidate(document.getElementById("candidate"), 0, detailOf(0));
  document.getElementById("candidate").hidden = false;
} else setupCampaign();
document.documentElement.dataset.ready = "true";

function open(id) { location.hash = "c=" + encodeURIComponent(id); }

function setupCampaign() {
  const overviewView = document.getElementById("overview"), candidateView = document.getElementById("candidate");
  const top_ = document.querySelector("header.top");
  let scrolled = 0;

  /** Candidates that an address asks to see side by side; none where it names fewer than two. */
  function compared() {
    const match = /^#compare=(.*)$/.exec(location.hash);
    if (!match) return [];
    let ids = [];
    try { ids = match[1].split(",").map(decodeURIComponent); } catch { return []; }
    const found = ids.map((id) => data.rows.findIndex((row) => row.id === id)).filter((i) => i >= 0);
    return found.length > 1 ? [...new Set(found)].slice(0, COMPARED) : [];
  }

  function route() {
    const several = compared();
    const match = /^#c=(.*)$/.exec(location.hash);
    let wanted = null;
    // A hash that someone mistyped is not an error of the page.
    try { wanted = match && decodeURIComponent(match[1]); } catch { wanted = null; }
    const index = wanted === null ? -1 : data.rows.findIndex((row) => row.id === wanted);
    const detail = index < 0 ? null : detailOf(index);
    const away = Boolean(detail) || several.length > 1;
    if (!overviewView.hidden && away) scrolled = window.scrollY;
    const back = overviewView.hidden && !away;
    overviewView.hidden = top_.hidden = away;
    candidateView.hidden = !away;
    tip.hidden = true;
    if (away) {
      if (detail) showCandidate(candidateView, index, detail);
      else showComparison(candidateView, several);
      document.title = `${detail ? data.rows[index].label : "Comparison"} – ${data.campaign}`;
      window.scrollTo(0, 0);
      candidateView.querySelector("h1").focus();
    } else {
      candidateView.replaceChildren();
      document.title = `${data.campaign} – screening report`;
      if (back) window.scrollTo(0, scrolled);
    }
  }

  setupTable();
  setupPicks();
  drawOverview(data.rows);
  const saveBib = document.getElementById("save-bib");
  if (saveBib) saveBib.addEventListener("click", () => save(fileName(data.campaign) + ".bib", "application/x-bibtex", document.getElementById("bibtex").textContent));
  addEventListener("hashchange", route);
  route();
}
