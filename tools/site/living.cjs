// For living pictures: compiles Vega-Lite to Vega, and packs the part of Vega that the pages need.
//
// In, on standard input: a list of Vega-Lite specifications. Out: a list of Vega specifications.
// With "library" as second argument, out comes the script for the pages.
"use strict";
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const [packages, wanted] = process.argv.slice(2);
const load = createRequire(join(packages, "package.json"));

// Without maps, networks, trees and the like. The interpreter needs no `eval`, which a server may
// have forbidden to its pages.
const LIBRARY = `
  import { transforms } from "vega-dataflow";
  import * as basic from "vega-transforms";
  import * as view from "vega-view-transforms";
  import * as encode from "vega-encode";
  import { View } from "vega-view";
  import { parse } from "vega-parser";
  import { expressionInterpreter } from "vega-interpreter";
  Object.assign(transforms, basic, view, encode);
  window.vega = { View, parse, expressionInterpreter };
`;

async function library() {
  const { outputFiles } = await load("esbuild").build({
    stdin: { contents: LIBRARY, resolveDir: packages },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2020",
    legalComments: "none",
    logLevel: "silent",
  });
  process.stdout.write(outputFiles[0].text);
}

async function compile() {
  let input = "";
  for await (const part of process.stdin) input += part;
  const vegaLite = await import(pathToFileURL(load.resolve("vega-lite")));
  const complaints = [];
  const complain = (...words) => complaints.push(words.join(" "));
  const logger = { level: () => logger, error: complain, warn: complain, info() {}, debug() {} };
  const specs = JSON.parse(input).map((spec) => {
    const { spec: compiled } = vegaLite.compile(spec, { logger });
    // A page shows the words below the picture, in its own type.
    delete compiled.title;
    return compiled;
  });
  process.stdout.write(JSON.stringify({ specs, complaints }));
}

(wanted === "library" ? library() : compile()).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
