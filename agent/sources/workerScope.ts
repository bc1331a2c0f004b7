/* workerScope: the same facts read inside a worker. Tools that change what the page sees often
 * forget the worker, and the two then contradict each other. A policy may forbid workers: then the
 * parts are null and nothing is said to contradict. What contexts.ts reads there is kept for it.
 *
 * Privacy: none beyond what the page itself sees. */

import type { Context } from "../collect.ts";
import { withExtra } from "../extra.ts";
import { read, type Facts } from "./contexts.ts";

/* The time box is shorter; this ends a worker that never answers. */
const WORKER_LIMIT_MS = 10_000;

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

async function askWorker(): Promise<WorkerFacts | null> {
    const main = `postMessage({ ...(${workerMain})(), contexts: (${read})(self) })`;
    const url = URL.createObjectURL(new Blob([main], { type: "text/javascript" }));
    let worker: Worker | null = null;
    try {
        worker = new Worker(url);
        return await answerOf(worker);
    } catch (error) {
        /* Late is not forbidden: then nothing is known. */
        if (worker) throw error;
        return null;
    } finally {
        worker?.terminate();
        URL.revokeObjectURL(url);
    }
}

/* null: a policy stopped the script. */
function answerOf(worker: Worker): Promise<WorkerFacts | null> {
    return new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("timeout")), WORKER_LIMIT_MS);
        worker.onmessage = (event: MessageEvent<WorkerFacts>) => resolve(event.data);
        worker.onerror = (event) => {
            event.preventDefault();
            resolve(null);
        };
    });
}

function contradictions(facts: WorkerFacts, page: WebGLNames | null): string[] {
    const inside = facts.navigator;
    const told = page?.renderer !== "unknown" && facts.webgl?.renderer !== "unknown";
    const unequal: [string, boolean][] = [
        ["hardwareConcurrency", inside.hardwareConcurrency !== navigator.hardwareConcurrency],
        ["platform", inside.platform !== navigator.platform],
        ["userAgent", inside.userAgent !== navigator.userAgent],
        ["languages", inside.languages.join() !== navigator.languages.join()],
        ["webglRenderer", told && !!page && !!facts.webgl && page.renderer !== facts.webgl.renderer],
        ["webglVendor", told && !!page && !!facts.webgl && page.vendor !== facts.webgl.vendor],
    ];
    return unequal.filter(([, differs]) => differs).map(([name]) => name);
}

export async function workerScope(context: Context) {
    const asked = askWorker();
    asked.catch(() => undefined); /* it may fail before it is waited for */
    await context.pause();
    const page = await context.result<WebGLNames>("webgl");
    const facts = await asked;
    const value = {
        workerNavigator: facts?.navigator ?? null,
        workerWebGL: facts?.webgl ?? null,
        mismatches: facts ? contradictions(facts, page) : [],
    };
    return withExtra(value, facts?.contexts);
}
