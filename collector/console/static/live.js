// Keeps a page of a store up to date: an event says that something changed, and the page's moving part is fetched anew.
"use strict";

(() => {
  const part = document.querySelector("[data-live]");
  const notice = document.getElementById("interrupted");
  let fetching = false;
  let again = false;
  let pause = 1000;
  let noticeTimer = 0;
  let listening = false;
  let shown = "";
  note(part);
  // What changes in the moving part is read aloud from here: a status that is itself drawn anew is read each time, or never.
  const aloud = document.createElement("p");
  aloud.className = "unseen";
  aloud.setAttribute("role", "status");
  part.after(aloud);
  let told = words(part);

  // One fetch at a time; whatever happens meanwhile makes one more.
  async function refresh() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      const answer = await fetch(part.dataset.fragment, { cache: "no-store" });
      if (answer.redirected) {
        location.reload(); // signed out meanwhile
      } else if (answer.ok) {
        show(await answer.text());
        if (listening || !part.dataset.live) {
          calm();
        }
      } else if (answer.status >= 500) {
        interrupted(); // the server is there and its database is not
      }
    } catch {
      interrupted();
    }
    fetching = false;
    if (again) {
      again = false;
      refresh();
    }
  }

  // What comes is drawn only where it differs: who reads, or is about to tap, keeps their place.
  function show(html) {
    const said = html.replace(/<input type="hidden"[^>]*>/g, ""); // a form's own numbers are others each time
    if (said === shown) {
      return;
    }
    shown = said;
    const known = new Set(Array.from(part.querySelectorAll("[data-key]"), (row) => row.dataset.key));
    const turned = new Map();
    for (const details of part.querySelectorAll("details")) {
      if (String(details.open) !== details.dataset.open) {
        turned.set(details.id, details.open);
      }
    }
    const focus = part.contains(document.activeElement) ? document.activeElement.id : "";
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    for (const row of fresh.content.querySelectorAll("[data-key]")) {
      row.classList.toggle("new", !known.has(row.dataset.key));
    }
    note(fresh.content);
    for (const details of fresh.content.querySelectorAll("details")) {
      details.open = turned.get(details.id) ?? details.open;
    }
    part.replaceChildren(fresh.content);
    const telling = words(part);
    if (telling !== told) {
      aloud.textContent = told = telling;
    }
    if (focus) {
      document.getElementById(focus)?.focus({ preventScroll: true });
    }
  }

  function words(tree) {
    return Array.from(tree.querySelectorAll("[data-aloud]"), (each) => each.textContent.trim()).join(" ");
  }

  // How the server has it: what differs from that later, a person has opened or closed.
  function note(tree) {
    for (const details of tree.querySelectorAll("details")) {
      details.dataset.open = details.open;
    }
  }

  function interrupted() {
    // A connection that is back within seconds is nobody's concern.
    noticeTimer ||= setTimeout(() => { notice.hidden = false; }, 3000);
  }

  function calm() {
    clearTimeout(noticeTimer);
    noticeTimer = 0;
    notice.hidden = true;
  }

  function listen() {
    const events = new EventSource(part.dataset.live, { withCredentials: true });
    events.addEventListener("open", () => {
      pause = 1000;
      listening = true;
      calm();
      refresh(); // what happened before we listened
    });
    events.addEventListener("changed", refresh);
    events.addEventListener("error", () => {
      listening = false;
      interrupted();
      // The browser tries again by itself after a break, but not after a refusal.
      if (events.readyState === EventSource.CLOSED) {
        setTimeout(listen, pause);
        pause = Math.min(2 * pause, 30000);
      }
    });
  }

  if (part.dataset.live) {
    listen();
  }
  // Doors close and kiosks fall silent without any event; and some pages have no events.
  setInterval(() => { if (!document.hidden) refresh(); }, 1000 * (part.dataset.every || 60));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
