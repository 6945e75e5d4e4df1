// Turns the wall board: every few seconds the next place is fetched and takes the place of the one that is shown.
"use strict";

(() => {
  const board = document.getElementById("board");
  const pause = document.getElementById("pause");
  const full = document.getElementById("full");
  let stays = "stays" in board.dataset;

  async function turn() {
    if (stays || document.hidden) {
      return;
    }
    try {
      const answer = await fetch(board.querySelector("[data-then]").dataset.then, { cache: "no-store" });
      if (answer.redirected || answer.status === 404) {
        location.reload(); // signed out, or the link was ended: say so
      } else if (answer.ok) {
        const fresh = document.createElement("template");
        fresh.innerHTML = await answer.text();
        board.replaceChildren(fresh.content);
        document.title = `${board.querySelector("h1").textContent} · Smilepost`;
      }
    } catch {
      // The network is away: what is shown stays, and the next turn tries again.
    }
  }

  function label() {
    pause.textContent = stays ? pause.dataset.go : pause.dataset.pause;
  }

  pause.hidden = false;
  label();
  pause.addEventListener("click", () => {
    stays = !stays;
    label();
  });
  if (document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => document.documentElement.requestFullscreen());
  }

  // A screen on a wall must not fall asleep; the promise ends whenever the page is hidden.
  async function stayAwake() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // The machine wants to save its battery.
    }
  }
  stayAwake();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) stayAwake(); });
  setInterval(turn, 1000 * board.dataset.turn);
})();
