"use strict";
// Shows what the kiosks show, as it happens, and presses their buttons without leaving the page.

function words(screen) {
  const texts = screen.question || screen.text || {};
  return Object.values(texts);
}

function show(section, front) {
  const set = (selector, text) => { section.querySelector(selector).textContent = text; };
  section.dataset.power = front.power ? "on" : "off";
  section.dataset.light = front.light ? "on" : "off";
  const screen = section.querySelector(".screen");
  screen.dataset.kind = front.armed ? front.screen.kind || "rest" : "dark";
  const lines = front.armed ? words(front.screen) : [];
  screen.replaceChildren(...lines.map((line) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    return paragraph;
  }));
  set(".lamp-word", !front.power ? "no power" : !front.armed ? "starting" : front.light ? "recorded" : "ready");
  set(".link", front.online ? "connected" : "out of reach; presses wait on the flash");
  set(".lit", String(front.lit));
  set(".interpreter", front.interpreter.replace("micropython", "MicroPython").replace("cpython", "CPython") || "–");
  set(".power button", front.power ? "Pull the plug" : "Plug in");
  for (const button of section.querySelectorAll(".buttons button")) button.disabled = !front.armed;
}

new EventSource("/events").onmessage = (event) => {
  for (const [name, front] of Object.entries(JSON.parse(event.data))) show(document.getElementById(name), front);
};

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const trouble = form.closest("section").querySelector(".trouble");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    trouble.textContent = answer.ok ? "" : (await answer.json()).detail;
  } catch {
    trouble.textContent = "The shop floor does not answer. Is smilepost up still running?";
  }
});
