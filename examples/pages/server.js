// A page for each way to put whorl's agent on a site.
//
//   WHORL_URL=http://127.0.0.1:8080 WHORL_PUBLIC_KEY=... node server.js
//
// then http://127.0.0.1:8090/. React and Vue are bundled when the server starts.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const { WHORL_URL = "http://127.0.0.1:8080", WHORL_PUBLIC_KEY: key, HOST = "127.0.0.1", PORT = "8090" } = process.env;
if (!key) {
    console.error("WHORL_PUBLIC_KEY is missing: whorl key create --kind public");
    process.exit(2);
}

const bundles = await build({
    entryPoints: [join(here, "react.tsx"), join(here, "vue.ts")],
    outdir: "/",
    bundle: true,
    minify: true,
    format: "esm",
    jsx: "automatic",
    define: {
        "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false",
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    alias: { "whorl-browser": join(here, "../../packages/browser") },
    nodePaths: [join(here, "node_modules")], // for the package outside of this folder
    write: false,
});
const scripts = new Map(bundles.outputFiles.map(({ path, text }) => [path, text]));

const pages = ["index", "script", "module", "v3", "v4", "react", "vue"];

// No inline script runs, and nothing is evaluated: what a careful site sends.
const policy = `default-src 'none'; script-src 'self' ${WHORL_URL}; connect-src 'self' ${WHORL_URL}; img-src data:`;

async function answerTo(path) {
    const name = path === "/" ? "index" : path.slice(1);
    const fill = (text) => text.replaceAll("{{WHORL}}", WHORL_URL).replaceAll("{{KEY}}", key);
    if (scripts.has(path)) return ["text/javascript", scripts.get(path)];
    if (pages.includes(name)) return ["text/html; charset=utf-8", fill(await readFile(join(here, `${name}.html`), "utf8"))];
    const script = /^\/(show|script|module|v3|v4)\.js$/.exec(path);
    return script && ["text/javascript", await readFile(join(here, `public/${script[1]}.js`), "utf8")];
}

createServer(async (request, response) => {
    const [type, body] = (await answerTo(new URL(request.url, "http://x").pathname)) ?? [];
    const headers = { "Content-Type": type ?? "text/plain", "Content-Security-Policy": policy };
    response.writeHead(body ? 200 : 404, headers);
    response.end(body ?? "there is nothing here");
}).listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${PORT}/`));
