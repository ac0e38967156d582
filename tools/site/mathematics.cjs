// Sets formulas with MathJax: one JSON object a line in, and one a line out.
//
// In: {"tex", "display"}. Out: {"svg", "mathml", "glyphs"}, or {"error"}. The outline of a glyph is
// not repeated in each formula: the SVG holds <use href="#id">, and "glyphs" has the outlines by id.
"use strict";
const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const [packages] = process.argv.slice(2);
const mathjax = createRequire(join(packages, "package.json"))("mathjax");
const BOOKKEEPING = ["data-c", "data-mml-node", "data-mjx-texclass", "xmlns", "xmlns:xlink"];

async function main() {
  const MathJax = await mathjax.init({
    loader: { load: ["input/tex", "output/svg", "a11y/assistive-mml"] },
    svg: { fontCache: "global" },
    // Without this an unknown command is set in red, and is no error.
    tex: { packages: { "[-]": ["noundefined"] } },
    startup: { typeset: false },
  });
  const { adaptor, document } = MathJax.startup;
  const outlines = new Map();

  // MathJax draws a group for each node of the formula. Nothing here looks at them, and a page of
  // half as many elements is drawn sooner.
  function slim(node) {
    for (const child of [...adaptor.childNodes(node)]) {
      if (adaptor.kind(child) === "#text") continue;
      BOOKKEEPING.forEach((name) => adaptor.removeAttribute(child, name));
      const target = adaptor.getAttribute(child, "xlink:href");
      if (target) {
        adaptor.removeAttribute(child, "xlink:href");
        adaptor.setAttribute(child, "href", target);
      }
      slim(child);
      if (adaptor.kind(child) === "g") unwrap(child);
    }
  }

  function unwrap(group) {
    const inside = [...adaptor.childNodes(group)];
    const own = adaptor.allAttributes(group);
    const taken = inside.length === 1 ? adaptor.allAttributes(inside[0]).map((a) => a.name) : null;
    if (own.length && (!taken || own.some((a) => taken.includes(a.name)))) return;
    own.forEach((a) => adaptor.setAttribute(inside[0], a.name, a.value));
    inside.forEach((child) => adaptor.insert(child, group));
    adaptor.remove(group);
  }

  // Returns the outlines of the glyphs that an SVG uses.
  function glyphs(svg) {
    const used = [...new Set(Array.from(svg.matchAll(/href="#([^"]+)"/g), (found) => found[1]))];
    if (!used.every((id) => outlines.has(id))) {
      for (const path of adaptor.tags(document.outputJax.fontCache.getCache(), "path")) {
        outlines.set(adaptor.getAttribute(path, "id"), adaptor.getAttribute(path, "d"));
      }
    }
    return Object.fromEntries(used.map((id) => [id, outlines.get(id)]));
  }

  async function set({ tex, display }) {
    const container = await MathJax.tex2svgPromise(tex, { display });
    const wrong = /data-mjx-error="([^"]*)"/.exec(adaptor.outerHTML(container));
    if (wrong) return { error: wrong[1] };
    const mathml = adaptor.innerHTML(adaptor.tags(container, "mjx-assistive-mml")[0]);
    slim(container);
    const svg = adaptor.outerHTML(adaptor.tags(container, "svg")[0]);
    return { svg, mathml: mathml.replace(/ data-mjx-texclass="[^"]*"/g, ""), glyphs: glyphs(svg) };
  }

  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await set(JSON.parse(line)).catch((error) => ({ error: String(error) }));
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

main();
