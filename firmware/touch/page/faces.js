// What is drawn rather than written: the faces, which differ in outline and mouth, and QR codes.

export const FACES = {
  2: ["very-good", "very-bad"],
  3: ["very-good", "neutral", "very-bad"],
  4: ["very-good", "good", "bad", "very-bad"],
  5: ["very-good", "good", "neutral", "bad", "very-bad"],
};
const MOUTHS = {
  "very-good": "M12 26 Q24 44 36 26 Z",
  good: "M16 29 Q24 36 32 29",
  neutral: "M19 31 H29",
  bad: "M15 32 H33",
  "very-bad": "M14 35 Q24 24 34 35",
};
const QUIET_ZONE = 4; // white modules around a QR code

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function face(name) {
  const square = name === "bad" || name === "very-bad";
  return svg("svg", { class: `face ${name}`, viewBox: "0 0 48 48", "aria-hidden": "true" },
    square ? svg("rect", { class: "outline", x: 3, y: 3, width: 42, height: 42, rx: 9 })
      : svg("circle", { class: "outline", cx: 24, cy: 24, r: 21 }),
    svg("circle", { class: "eye", cx: 17, cy: 19, r: 2.6 }),
    svg("circle", { class: "eye", cx: 31, cy: 19, r: 2.6 }),
    svg("path", { class: "mouth", d: MOUTHS[name] }));
}

// Black on white whatever the page's colours are, in modules of whole pixels; `room` is how wide it may be.
export function code(size, bits, room) {
  const bytes = Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0));
  const side = size + 2 * QUIET_ZONE;
  const width = side * Math.max(2, Math.floor(room / side));
  let dark = "";
  for (let at = 0; at < size * size; at += 1) {
    if (bytes[at >> 3] >> (7 - (at & 7)) & 1) {
      dark += `M${QUIET_ZONE + at % size} ${QUIET_ZONE + Math.floor(at / size)}h1v1h-1z`;
    }
  }
  return svg("svg", {
    class: "code", role: "img", "aria-label": "QR", "shape-rendering": "crispEdges",
    viewBox: `0 0 ${side} ${side}`, width, height: width,
  }, svg("path", { fill: "#fff", d: `M0 0h${side}v${side}h-${side}z` }), svg("path", { fill: "#000", d: dark }));
}
