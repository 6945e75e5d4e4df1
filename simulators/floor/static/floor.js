"use strict";
// Shows what kiosks, printer and telephone show, as it happens, and presses their buttons without leaving the page.

const QUIET_ZONE = 4; // white modules around a QR code
const CODE_PX = 224; // about how wide a code is, its quiet zone included

// Paragraphs in the shop's order of languages, and below them the code, if there is one.
function picture(screen) {
  const text = screen.kind === "closed" ? [["en", "The shop is closed. The buttons work."]] : screen.text || [];
  const drawn = text.map((words) => paragraph(...words));
  drawn.push(...(screen.did || []).map((words) => paragraph(...words, "did")));
  if (screen.kind === "qr") drawn.push(code(screen.size, screen.bits));
  return drawn;
}

function paragraph(language, words, name = "") {
  const drawn = document.createElement("p");
  drawn.lang = language;
  drawn.className = name;
  drawn.textContent = words;
  return drawn;
}

// Modules of whole pixels, black on white whatever the page's colours are.
function code(size, bits) {
  const bytes = Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0));
  const side = size + 2 * QUIET_ZONE;
  const scale = Math.max(4, Math.floor(CODE_PX / side));
  let dark = "";
  for (let at = 0; at < size * size; at += 1) {
    if (bytes[at >> 3] >> (7 - (at & 7)) & 1) {
      dark += `M${QUIET_ZONE + at % size} ${QUIET_ZONE + Math.floor(at / size)}h1v1h-1z`;
    }
  }
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = {
    class: "code", role: "img", "aria-label": "QR code", "shape-rendering": "crispEdges",
    viewBox: `0 0 ${side} ${side}`, width: side * scale, height: side * scale,
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  for (const [fill, d] of [["#fff", `M0 0h${side}v${side}h-${side}z`], ["#000", dark]]) {
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("fill", fill);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

function show(section, front) {
  const set = (selector, text) => { section.querySelector(selector).textContent = text; };
  section.dataset.power = front.power ? "on" : "off";
  section.dataset.light = front.light ? "on" : "off";
  const screen = section.querySelector(".screen");
  const shown = JSON.stringify(front.armed ? front.screen : {});
  if (screen.dataset.shown !== shown) { // drawn anew only then: a screen reader says it each time
    screen.dataset.shown = shown;
    screen.dataset.kind = JSON.parse(shown).kind || "dark";
    screen.replaceChildren(...picture(JSON.parse(shown)));
  }
  set(".lamp-word", !front.power ? "no power" : !front.armed ? "starting" : front.light ? "recorded" : "ready");
  set(".link", front.online ? "connected" : "out of reach; presses wait on the flash");
  set(".lit", String(front.lit_presses));
  set(".interpreter", front.interpreter.replace("micropython", "MicroPython").replace("cpython", "CPython") || "–");
  set(".power button", front.power ? "Pull the plug" : "Plug in");
  for (const button of section.querySelectorAll(".buttons button")) button.disabled = !front.armed;
}

function showPrinter(section, printer) {
  for (const button of section.querySelectorAll("[data-trouble]")) {
    const there = printer.troubles[button.dataset.trouble];
    button.textContent = there ? button.dataset.undo : button.dataset.do;
    button.classList.toggle("there", there);
  }
  for (const [name, [on, word]] of Object.entries(printer.lights)) {
    const light = section.querySelector(`.lights .${name}`);
    light.dataset.light = on ? "on" : "off";
    light.querySelector(".word").textContent = word;
  }
  section.querySelector(".drawer").textContent = String(printer.drawer);
  const strips = section.querySelector(".strips");
  const there = new Map([...strips.children].map((strip) => [strip.dataset.strip, strip]));
  strips.replaceChildren(...Object.entries(printer.strips).map(([name, text]) => there.get(name) || paper(name, text)));
  section.querySelector(".empty").hidden = strips.children.length > 0;
}

// A strip as it comes from the blade: with teeth at both ends.
function paper(name, text) {
  const figure = document.createElement("figure");
  figure.dataset.strip = name;
  const image = document.createElement("img");
  image.src = `/printer/strips/${name}.png`;
  image.alt = `A printed slip: ${text.replaceAll("\n", " ")}`;
  figure.append(edge("top"), image, edge("bottom"));
  return figure;
}

function edge(which) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `edge ${which}`);
  svg.setAttribute("viewBox", "0 0 288 6");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", `M0 6${"l4 -5l4 5".repeat(36)}`);
  svg.append(path);
  return svg;
}

function showPhone(section, messages) {
  const list = section.querySelector(".messages");
  const there = new Map([...list.children].map((item) => [item.dataset.number, item]));
  list.replaceChildren(...messages.map((each) => there.get(String(each.number)) || message(each)));
  section.querySelector(".empty").hidden = messages.length > 0;
}

// What arrived at one address, with its links to tap: they open beside the floor.
function message({ number, channel, to, subject, parts }) {
  const item = document.createElement("li");
  item.dataset.number = number;
  const words = document.createElement("p");
  words.className = "said";
  for (const [text, link] of parts) {
    const part = link ? document.createElement("a") : document.createTextNode(text);
    if (link) Object.assign(part, { href: link, textContent: text, target: "_blank", rel: "noopener" });
    words.append(part);
  }
  const head = document.createElement("p");
  head.className = "quiet";
  head.textContent = `${channel === "sms" ? "Text message" : "Mail"} to ${to}`;
  item.append(head);
  if (subject) {
    const title = document.createElement("h3");
    title.textContent = subject;
    item.append(title);
  }
  item.append(words);
  return item;
}

new EventSource("/events").onmessage = (event) => {
  const state = JSON.parse(event.data);
  for (const [name, front] of Object.entries(state.kiosks)) show(document.getElementById(name), front);
  showPrinter(document.getElementById("printer"), state.printer);
  showPhone(document.getElementById("phone"), state.phone);
};

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const trouble = form.closest("section").querySelector(".trouble");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const { detail } = await answer.json();
    // A kiosk answers by its light; what was done to the printer is said.
    trouble.textContent = answer.ok && !form.closest(".printer") ? "" : detail;
  } catch {
    trouble.textContent = "The shop floor does not answer. Is smilepost up still running?";
  }
});
