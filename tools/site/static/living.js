// A picture with sliders takes the place of its still version when the reader comes near it. Vega,
// which draws it, is loaded then, once, from this site.
const FONT = "system-ui, sans-serif";
const CONFIG = { axis: { labelFont: FONT, titleFont: FONT }, legend: { labelFont: FONT }, text: { font: FONT } };
// On a phone a picture as flat as the still one would be too low.
const LOWEST = 300;

let library;
function load(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  return library;
}

function element(name, className) {
  return Object.assign(document.createElement(name), { className });
}

async function bring(box) {
  const still = box.querySelector("img");
  const live = element("div", "live");
  const [chart, words, controls] = [element("div", "chart"), element("output", ""), element("div", "controls")];
  live.append(chart, words, controls);
  const { View, parse, expressionInterpreter } = window.vega;
  const spec = JSON.parse(box.querySelector("script").textContent);
  const view = new View(parse(spec, CONFIG, { ast: true }), {
    renderer: "svg",
    container: chart,
    bind: controls,
    expr: expressionInterpreter,
  });
  const fit = (width) => view.width(width).height(Math.max(LOWEST, Math.round(width * 0.62)));
  const say = (lines) => {
    words.replaceChildren(...lines.map((line) => Object.assign(element("div", ""), { textContent: line })));
  };
  await fit(still.clientWidth).runAsync();
  say(view.signal("says"));
  view.addSignalListener("says", (_, lines) => say(lines));
  for (const input of controls.querySelectorAll("input")) {
    input.ariaLabel = input.previousElementSibling.textContent;
    input.nextElementSibling.ariaHidden = "true";
  }
  controls.role = "group";
  controls.ariaLabel = "Sliders of this picture";
  box.classList.add("lives");
  still.after(live);
  let width = still.clientWidth;
  new ResizeObserver(() => {
    if (chart.clientWidth && chart.clientWidth !== width) fit((width = chart.clientWidth)).runAsync();
  }).observe(chart);
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      nearby.unobserve(target);
      // If it does not come, the still version stays.
      load(target.dataset.library).then(() => bring(target), () => {});
    }
  },
  { rootMargin: "100%" },
);
for (const box of document.querySelectorAll(".living")) nearby.observe(box);
