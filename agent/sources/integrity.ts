/* integrity: which built-in functions a script has replaced. An untouched one prints as native
 * code, has only the names a function has and inherits from Function.prototype. Printing is done by
 * a clean window's toString, since the page's own may be the replaced one.
 *
 * Privacy: low; extensions that change the page. */

import type { Context } from "../collect.ts";
import { withCleanWindow } from "../sandbox.ts";

type AnyFunction = (...args: never[]) => unknown;

function getter(prototype: object, name: string): AnyFunction | undefined {
    return Object.getOwnPropertyDescriptor(prototype, name)?.get as AnyFunction | undefined;
}

/* Looked up on each run, so that what is missing in a browser is skipped. */
function watched(): [string, AnyFunction | undefined][] {
    const nav = Navigator.prototype;
    return [
        ["HTMLCanvasElement.toDataURL", HTMLCanvasElement.prototype.toDataURL],
        ["HTMLCanvasElement.getContext", HTMLCanvasElement.prototype.getContext as AnyFunction],
        ["CanvasRenderingContext2D.getImageData", CanvasRenderingContext2D.prototype.getImageData],
        ["WebGLRenderingContext.getParameter",
            window.WebGLRenderingContext?.prototype.getParameter],
        ["AudioBuffer.getChannelData", window.AudioBuffer?.prototype.getChannelData],
        ["Element.getBoundingClientRect", Element.prototype.getBoundingClientRect],
        ["navigator.userAgent.get", getter(nav, "userAgent")],
        ["navigator.platform.get", getter(nav, "platform")],
        ["navigator.languages.get", getter(nav, "languages")],
        ["navigator.hardwareConcurrency.get", getter(nav, "hardwareConcurrency")],
        ["navigator.webdriver.get", getter(nav, "webdriver")],
        ["Date.getTimezoneOffset", Date.prototype.getTimezoneOffset],
    ];
}

function ownGetters(): string[] {
    return ["userAgent", "platform", "languages", "hardwareConcurrency", "webdriver"]
        .filter((name) => Object.prototype.hasOwnProperty.call(navigator, name))
        .map((name) => `navigator.${name}.get`);
}

function names(f: AnyFunction): string {
    return Object.getOwnPropertyNames(f).sort().join();
}

interface Finding {
    name: string;
    points: number;
}

function inspect(name: string, f: AnyFunction, print: (f: AnyFunction) => string): Finding[] {
    const found: Finding[] = [];
    if (!/\{\s*\[native code\]\s*\}$/.test(print(f))) found.push({ name, points: 1 });
    if (names(f) !== "length,name") found.push({ name: `${name}:props`, points: 0.5 });
    if (Object.getPrototypeOf(f) !== Function.prototype) {
        found.push({ name: `${name}:proto`, points: 0.5 });
    }
    return found;
}

function findings(print: (f: AnyFunction) => string): Finding[] {
    const replaced = watched().flatMap(([name, f]) => (f ? inspect(name, f, print) : []));
    /* Natively these live on the prototype; on the object itself somebody has put them. */
    for (const name of ownGetters()) {
        if (!replaced.some((finding) => finding.name === name)) replaced.push({ name, points: 1 });
    }
    const toString = Function.prototype.toString as AnyFunction;
    if (inspect("toString", toString, print).length > 0) {
        replaced.push({ name: "Function.prototype.toString", points: 2 });
    }
    return replaced;
}

export async function integrity(context: Context) {
    await context.pause("long step");
    const found = withCleanWindow((clean) => {
        const native = clean.Function.prototype.toString;
        return findings((f) => native.call(f));
    });
    const worker = await context.result<{ mismatches: string[] }>("workerScope");
    return {
        tamperedApis: found.map((finding) => finding.name),
        workerMismatch: (worker?.mismatches.length ?? 0) > 0,
        lieScore: Math.min(10, found.reduce((sum, finding) => sum + finding.points, 0)),
    };
}
