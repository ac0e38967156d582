// Takes out of a style sheet what no page uses, and makes it small.
//
// In, on standard input: {"css", "pages", "scripts"}, the last two lists of files. Out: the CSS.
"use strict";
const { createRequire } = require("node:module");
const { join } = require("node:path");

const [packages] = process.argv.slice(2);
const load = createRequire(join(packages, "package.json"));
const { PurgeCSS } = load("purgecss");
const { transform } = load("lightningcss");

const ELEMENT = /<([a-zA-Z][\w-]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*\/?>/g;
const ATTRIBUTE = /([^\s=]+)(?:="([^"]*)")?/g;

// Of a page, only elements, attributes, classes and ids count, and not the words of its text.
function names(page) {
  const found = new Set();
  for (const [, element, attributes] of page.matchAll(ELEMENT)) {
    found.add(element);
    for (const [, name, value] of attributes.matchAll(ATTRIBUTE)) {
      found.add(name);
      if (["class", "id"].includes(name)) (value ?? "").split(/\s+/).forEach((w) => found.add(w));
    }
  }
  return [...found];
}

async function main() {
  let input = "";
  for await (const part of process.stdin) input += part;
  const { css, pages, scripts } = JSON.parse(input);
  const [purged] = await new PurgeCSS().purge({
    content: [...pages, ...scripts],
    extractors: [{ extractor: names, extensions: ["html"] }],
    css: [{ raw: css }],
    variables: true,
    keyframes: true,
    // Attributes whose values scripts and readers change.
    dynamicAttributes: ["data-theme", "data-mode", "aria-expanded", "aria-selected", "open", "type"],
  });
  const { code } = transform({ code: Buffer.from(purged.css), filename: "site.css", minify: true });
  process.stdout.write(code);
}

main();
