/* workerScope: the same facts read inside a worker. Tools that change what the page sees often
 * forget the worker, and the two then contradict each other. A policy may forbid workers: then the
 * parts are null and nothing is said to contradict. What contexts.ts reads there is kept for it. */

import type { Context } from "../collect.ts";
import { withExtra } from "../extra.ts";
import { read, type Facts } from "./contexts.ts";

const WORKER_LIMIT_MS = 1200;

interface WebGLNames {
    renderer: string;
    vendor: string;
}

interface WorkerFacts {
    navigator: {
        hardwareConcurrency: number;
        platform: string;
        languages: string[];
        userAgent: string;
    };
    webgl: WebGLNames | null;
    contexts: Facts;
}

/* Sent to the worker as text: it may use nothing from around it. */
function workerMain(): Omit<WorkerFacts, "contexts"> {
    const canvas = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1);
    const gl = canvas && canvas.getContext("webgl");
    const names = gl && gl.getExtension("WEBGL_debug_renderer_info");
    const named = (id: number | null) => String((id && gl && gl.getParameter(id)) || "unknown");
    return {
        navigator: {
            hardwareConcurrency: navigator.hardwareConcurrency,
            platform: navigator.platform,
            languages: Array.from(navigator.languages),
            userAgent: navigator.userAgent,
        },
        webgl: gl && {
            renderer: named(names && names.UNMASKED_RENDERER_WEBGL),
            vendor: named(names && names.UNMASKED_VENDOR_WEBGL),
        },
    };
}

function askWorker(): Promise<WorkerFacts | null> {
    const main = `postMessage({ ...(${workerMain})(), contexts: (${read})(self) })`;
    const url = URL.createObjectURL(new Blob([main], { type: "text/javascript" }));
    let worker: Worker | null = null;
    const answer = new Promise<WorkerFacts | null>((resolve) => {
        setTimeout(() => resolve(null), WORKER_LIMIT_MS);
        worker = new Worker(url);
        worker.onmessage = (event: MessageEvent<WorkerFacts>) => resolve(event.data);
        worker.onerror = (event) => {
            event.preventDefault();
            resolve(null);
        };
    });
    return answer
        .catch(() => null)
        .finally(() => {
            worker?.terminate();
            URL.revokeObjectURL(url);
        });
}

function contradictions(facts: WorkerFacts, page: WebGLNames | null): string[] {
    const inside = facts.navigator;
    const unequal: [string, boolean][] = [
        ["hardwareConcurrency", inside.hardwareConcurrency !== navigator.hardwareConcurrency],
        ["platform", inside.platform !== navigator.platform],
        ["userAgent", inside.userAgent !== navigator.userAgent],
        ["languages", inside.languages.join() !== navigator.languages.join()],
        ["webglRenderer", !!page && !!facts.webgl && page.renderer !== facts.webgl.renderer],
        ["webglVendor", !!page && !!facts.webgl && page.vendor !== facts.webgl.vendor],
    ];
    return unequal.filter(([, differs]) => differs).map(([name]) => name);
}

export async function workerScope(context: Context) {
    const asked = askWorker();
    await context.pause();
    const [facts, page] = await Promise.all([asked, context.result<WebGLNames>("webgl")]);
    const value = {
        workerNavigator: facts?.navigator ?? null,
        workerWebGL: facts?.webgl ?? null,
        mismatches: facts ? contradictions(facts, page) : [],
    };
    return withExtra(value, facts?.contexts);
}
