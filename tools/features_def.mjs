// Writes from which version on Chromium and Firefox have what the agent looks for, as rows for C:
//
//     node tools/features_def.mjs            writes src/identify/verdicts/features.def
//     node tools/features_def.mjs --check    fails when it is not what this would write
//
// From @mdn/browser-compat-data (CC0).
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const data = JSON.parse(readFileSync(here("node_modules/@mdn/browser-compat-data/data.json"), "utf8"));
const page = here("../src/identify/verdicts/features.def");

/* Members of signals.cssFeatures, and what they ask for (agent/sources/cssFeatures.ts). */
const CSS = {
    containerQueries: ["css.properties.container-type"],
    colorMix: ["css.types.color.color-mix"],
    hasSelector: ["css.selectors.has"],
    okLch: ["css.types.color.oklch"],
    dynamicViewport: ["css.types.length.viewport_percentage_units_dynamic"],
    viewTransitions: ["api.Document.startViewTransition"],
    scrollbarGutter: ["css.properties.scrollbar-gutter"],
    nesting: ["css.selectors.nesting"],
    accentColor: ["css.properties.accent-color"],
    textWrapBalance: ["css.properties.text-wrap.balance", "css.properties.text-wrap-style.balance"],
    backdropFilter: ["css.properties.backdrop-filter"],
    subgrid: ["css.properties.grid-template-rows.subgrid"],
};
/* Names of windowFeatures.litterKeys, which end early in the alphabet: one of each invention, and none that pages
 * imitate. */
const GLOBALS = [
    "AnimationTrigger", "AudioData", "AudioPlaybackStats", "AudioSinkInfo", "BrowserCaptureMediaStreamTrack",
    "CSPViolationReportBody", "CSSContainerRule", "CSSFontFaceDescriptors", "CSSFontPaletteValuesRule",
    "CSSFunctionRule",
];
const BROWSERS = [["chrome", "chrome_android", "webview_android"], ["firefox", "firefox_android"]];

function supportOf(path, browser) {
    const found = path.split(".").reduce((node, key) => node?.[key], data)?.__compat?.support[browser];
    if (!found) throw new Error(`nothing is known about ${path} in ${browser}`);
    return [found].flat().filter((x) => !x.flags && x.version_added && x.version_added !== "preview");
}

const numberOf = (version) => Number.parseInt(version.replace("\u2264", ""), 10);

/* [the first version that has any of it anywhere, the last in which all of it came]; 0: never. */
function versions(paths, browsers) {
    const every = browsers.map((browser) => paths.flatMap((path) => supportOf(path, browser)));
    if (every.some((list) => !list.length)) return every.flat().length ? [firstOf(every), 0] : [0, 0];
    const whole = every.map((list) => list.filter((x) => !x.partial_implementation && !x.prefix));
    if (whole.some((list) => !list.length)) return [firstOf(every), 0];
    return [firstOf(every), Math.max(...whole.flat().map((x) => numberOf(x.version_added)))];
}

const firstOf = (lists) => Math.min(...lists.flat().map((x) => numberOf(x.version_added)));

const row = (kind, name, columns) => `${kind}(${[name, ...columns.flat()].join(", ")})`;
const both = (paths) => BROWSERS.map((browsers) => versions(paths, browsers));
const text = `/* FEATURE(name, blink, blink_all, gecko, gecko_all): a member of signals.cssFeatures. The major version of Chromium
 * and Firefox in which the first part of it came, on any system, and that in which all had come, on each; 0: never.
 * GLOBAL(name, blink, gecko): a name of windowFeatures.litterKeys, and the first of these versions.
 *
 * Written by tools/features_def.mjs from @mdn/browser-compat-data ${data.__meta.version} (CC0). */
${Object.entries(CSS).map(([name, paths]) => row("FEATURE", name, both(paths))).join("\n")}
${GLOBALS.map((name) => row("GLOBAL", name, both([`api.${name}`]).map(([first]) => first))).join("\n")}
#undef FEATURE
#undef GLOBAL
`;
if (!process.argv.includes("--check")) {
    writeFileSync(page, text);
} else if (readFileSync(page, "utf8") !== text) {
    console.error("features.def is not what its sources say; run: node tools/features_def.mjs");
    process.exitCode = 1;
}
