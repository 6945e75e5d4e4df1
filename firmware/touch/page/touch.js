// Shows the picture that the kiosk gives, and tells it what was touched. The kiosk decides everything else.

import { FACES, code, face } from "./faces.js";
import { WORDS } from "./words.js";

const STACKED = 3; // so many languages stand under each other; where a shop has more, a tap chooses one
const IDLE_MS = 15_000; // after which the next shopper finds the shop's first language
const AGAIN_MS = 1_000; // until a kiosk that has been away is asked again
const ANSWER_MS = 2_000; // for so long one finger is one press, if no picture answers it before

const main = document.querySelector("main");
const nav = document.querySelector("nav");
let socket, page, idle, waiting;
let number = 0;
let picture = { kind: "waiting" };
let languages = ["en"]; // all of the shop's, in its order
let chosen = null; // the one that a shopper has chosen
let buttons = 4;

// --- what is said and heard

function connect() {
  socket = new WebSocket(`ws://${location.host}/front`);
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.tones) {
      play(message.tones, message.level);
      return;
    }
    if (page && page !== message.page) location.reload();
    page = message.page;
    show(message.number, message.picture);
  };
  // A tap that cannot be recorded must not look as if it were: there are no faces while the kiosk is away.
  socket.onclose = () => {
    show(0, { kind: "waiting" });
    setTimeout(connect, AGAIN_MS);
  };
}

// One finger is one press: nothing more is told until the next picture answers.
function tell(what) {
  if (waiting) return;
  waiting = setTimeout(() => { waiting = null; }, ANSWER_MS);
  socket.send(JSON.stringify({ number, ...what }));
}

function play(tones, level) {
  const context = new AudioContext();
  const volume = context.createGain();
  volume.gain.value = level / 200;
  volume.connect(context.destination);
  let at = context.currentTime;
  for (const [hertz, seconds] of tones) {
    if (hertz) {
      const tone = context.createOscillator();
      tone.frequency.value = hertz;
      tone.connect(volume);
      tone.start(at);
      tone.stop(at + seconds);
    }
    at += seconds;
  }
  setTimeout(() => context.close(), 1000 * (at - context.currentTime) + 200);
}

// --- languages

function spoken() {
  if (chosen) return [chosen];
  return languages.slice(0, languages.length > STACKED && picture.kind === "rest" ? 1 : STACKED);
}

// Of texts by language, those that are shown now; a text that has none of these shows all that it has.
function said(texts) {
  const shown = texts.filter(([language]) => spoken().includes(language));
  return shown.length ? shown : texts;
}

// One of the page's own words in the languages that are shown and that it knows.
function own(word) {
  const known = spoken().filter((language) => WORDS[language]);
  return (known.length ? known : ["en"]).map((language) => [language, WORDS[language][word]]);
}

// A shopper who went away took the language along.
function stir() {
  clearTimeout(idle);
  idle = setTimeout(() => {
    chosen = null;
    if (picture.kind === "rest") draw();
  }, IDLE_MS);
}

// --- drawing

// A press counts when the finger comes down, as on a button: one that stays a while is a press, too. What has no finger
// (a keyboard, a screen reader) clicks.
function pick(attributes, action, ...children) {
  const made = element("button", attributes, ...children);
  made.classList.add("pick");
  made.onpointerdown = (event) => { if (event.button === 0) action(); };
  made.onclick = (event) => { if (event.detail === 0) action(); };
  return made;
}

// A grid of things to pick: so many beside each other on a wide screen, so many on a tall one.
function grid(name, picks, across, acrossTall) {
  const made = element("div", { class: name, role: "group" }, ...picks);
  made.style.setProperty("--across", across);
  made.style.setProperty("--across-tall", acrossTall);
  return made;
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const lines = (texts, tag = "span") => texts.map(([lang, words]) => element(tag, { lang }, words));
const heading = (texts) => element("h1", {}, ...lines(texts));
const faces = () => FACES[buttons] || FACES[4];

const DRAW = {
  waiting: () => [heading(own("moment"))],
  closed: () => [],
  rest({ text, did }) {
    const picks = faces().map((name, at) => pick({}, () => tell({ touched: at + 1 }),
      face(name), element("span", { class: "word" }, ...lines(own(name)))));
    const group = grid("faces", picks, picks.length, picks.length > 4 ? 3 : 2);
    return [heading(said(text)), group, element("div", { class: "did" }, ...lines(did.length ? said(did) : [], "p"))];
  },
  thanks: ({ button, text }) => [face(faces()[button - 1]), heading(chosen ? said(text) : text)],
  reasons({ button, reasons }) {
    const picks = reasons.map((texts, at) => pick({}, () => tell({ chosen: at + 1 }), ...lines(said(texts))));
    const skip = pick({ class: "skip" }, () => tell({ chosen: 0 }), ...lines(own("skip")));
    const title = element("div", { class: "title" }, face(faces()[button - 1]), heading(own("about")));
    const few = picks.length <= 3;
    return [title, grid("reasons", picks, few ? picks.length : Math.ceil(picks.length / 2), few ? 1 : 2), skip];
  },
  qr({ text, size, bits }) {
    const { clientWidth: width, clientHeight: height } = main;
    const room = innerWidth > innerHeight ? Math.min(height, width * 0.6) : Math.min(width, height * 0.6);
    const done = pick({ class: "done" }, () => tell({ chosen: 0 }), ...lines(own("done")));
    return [code(size, bits, room), element("div", { class: "beside" }, heading(said(text)), done)];
  },
};

function show(which, what) {
  clearTimeout(waiting);
  waiting = null;
  number = which;
  picture = what;
  if (what.text) languages = what.text.map(([language]) => language);
  if (what.buttons) buttons = what.buttons;
  draw();
}

function draw() {
  document.body.dataset.kind = picture.kind;
  document.documentElement.lang = spoken()[0];
  nav.hidden = languages.length <= STACKED || picture.kind !== "rest";
  nav.style.setProperty("--across", Math.ceil(languages.length / 2));
  nav.replaceChildren(...languages.map((language) => {
    const choose = () => {
      chosen = language;
      draw();
    };
    const name = new Intl.DisplayNames([language], { type: "language" }).of(language);
    return pick({ lang: language, "aria-pressed": language === spoken()[0] }, choose, name);
  }));
  main.replaceChildren(); // what was here takes no room from what comes
  main.replaceChildren(...DRAW[picture.kind](picture));
  fit();
}

// Words are as large as they fit; what cannot be picked goes first.
function fit() {
  const boxes = [main, ...main.querySelectorAll(".pick, h1")];
  const fits = () => boxes.every((box) => box.scrollWidth <= box.clientWidth) && main.scrollHeight <= main.clientHeight;
  main.classList.remove("broken");
  for (const scale of [1, 0.9, 0.8, 0.7, 0.6, 0.5]) {
    main.style.setProperty("--scale", scale);
    if (fits()) return;
  }
  main.classList.add("broken");
  if (!fits()) main.querySelector(".did")?.remove();
}

// --- a keyboard, or a switch that stands in for one: 1, 2, 3 … are what can be picked, Escape goes on

addEventListener("keydown", (event) => {
  const picks = [...main.querySelectorAll(".pick")];
  const picked = event.key === "Escape" ? main.querySelector(".skip, .done") : picks[Number(event.key) - 1];
  if (picked && !event.repeat) picked.click();
});
for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, stir);
addEventListener("contextmenu", (event) => event.preventDefault());
addEventListener("resize", draw);

draw();
connect();
