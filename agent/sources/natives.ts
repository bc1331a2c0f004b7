/* natives: built-in functions that are no longer the browser's own, each with the test that failed:
 *
 *   missing    the prototype does not have it any more
 *   own        it sits on the object instead of the prototype
 *   value      a plain value where the browser has a getter
 *   text       it does not print as native code (printed by an empty frame's toString)
 *   proxy      it prints without its name, or takes itself for a prototype: both only a Proxy does
 *   construct  `new` works on it; a native getter or method is no constructor
 *   receiver   it answers where it has to refuse: on the prototype, which is no navigator
 *   frame      an empty frame's own getter reads another value off the very same object
 *
 * What libraries for error reports replace (fetch, addEventListener, console) is not looked at.
 *
 * Privacy: low; extensions that change the page. */

import { withCleanWindow } from "../sandbox.ts";

type Clean = Window & typeof globalThis;
type AnyFunction = (...args: unknown[]) => unknown;

const GETTERS: [string, string, string[]][] = [
    ["Navigator", "navigator", [
        "webdriver", "userAgent", "platform", "languages", "hardwareConcurrency", "deviceMemory",
        "plugins", "mimeTypes", "vendor", "permissions", "userAgentData", "maxTouchPoints",
    ]],
    ["Screen", "screen", ["width", "height", "availWidth", "availHeight", "colorDepth"]],
    ["HTMLIFrameElement", "", ["contentWindow"]],
];

const METHODS: [string, string][] = [
    ["Permissions", "query"],
    ["WebGLRenderingContext", "getParameter"],
    ["WebGL2RenderingContext", "getParameter"],
    ["HTMLCanvasElement", "toDataURL"],
    ["HTMLMediaElement", "canPlayType"],
    ["Element", "attachShadow"],
    ["MediaDevices", "enumerateDevices"],
    ["Date", "getTimezoneOffset"],
    ["Function", "toString"],
];

function isCallable(f: unknown): f is AnyFunction {
    return typeof f === "function";
}

function throws(act: () => unknown): boolean {
    try {
        act();
        return false;
    } catch {
        return true;
    }
}

/* A function cannot be put below itself; through a Proxy it can, and is put back. */
function isOwnPrototype(f: AnyFunction): boolean {
    const before = Object.getPrototypeOf(f);
    if (throws(() => Object.setPrototypeOf(f, Object.create(f)))) return false;
    Object.setPrototypeOf(f, before);
    return true;
}

function failures(f: AnyFunction, name: string, clean: Clean): string[] {
    const text: string = clean.Function.prototype.toString.call(f);
    const native = /\{\s*\[native code\]\s*\}$/.test(text);
    const found: string[] = [];
    if (!native) found.push("text");
    if ((native && !text.includes(name)) || isOwnPrototype(f)) found.push("proxy");
    if (!throws(() => Reflect.construct(Object, [], f as never))) found.push("construct");
    return found;
}

function checkGetter(type: string, object: any, name: string, clean: Clean): string[] {
    const prototype = (window as any)[type]?.prototype;
    const original = (clean as any)[type]?.prototype;
    const cleanGetter = original && Object.getOwnPropertyDescriptor(original, name)?.get;
    if (!prototype || !cleanGetter) return []; /* this browser has none */
    const found = Object.getOwnPropertyDescriptor(prototype, name);
    const tests: string[] = [];
    if (object && Object.prototype.hasOwnProperty.call(object, name)) tests.push("own");
    if (!found) return [...tests, "missing"];
    if (!found.get) return [...tests, "value"];
    tests.push(...failures(found.get as AnyFunction, name, clean));
    if (!throws(() => found.get?.call(prototype))) tests.push("receiver");
    /* objects are compared elsewhere: a getter of another window may wrap them anew */
    if (object && typeof object[name] !== "object" && cleanGetter.call(object) !== object[name]) {
        tests.push("frame");
    }
    return tests;
}

function checkMethod(type: string, name: string, clean: Clean): string[] {
    const f = (window as any)[type]?.prototype?.[name];
    return isCallable(f) ? failures(f, name, clean) : [];
}

export function natives() {
    const failed = withCleanWindow((clean) => {
        const found: string[] = [];
        const note = (label: string, tests: string[]) => {
            for (const test of tests) found.push(`${label}:${test}`);
        };
        for (const [type, object, names] of GETTERS) {
            for (const name of names) {
                note(`${type}.${name}`,
                    checkGetter(type, object && (window as any)[object], name, clean as Clean));
            }
        }
        for (const [type, name] of METHODS) {
            note(`${type}.${name}`, checkMethod(type, name, clean as Clean));
        }
        return found;
    });
    return { failed };
}
