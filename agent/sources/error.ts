/* error: the texts of nine errors. Each engine has its own words, so they show an engine that
 * claims to be another. Every trigger is a literal: the texts quote the source, and a variable's
 * name would change with each build of this script. Nothing here is compiled from text, so a strict
 * policy changes nothing.
 *
 * Privacy: low; a browser version. */

import { sha256 } from "../sha256.ts";

const TRIGGERS: (() => unknown)[] = [
    () => (null as never as { x: unknown }).x,
    () => (undefined as never as { x: unknown }).x,
    () => new Set(7 as never),
    () => JSON.parse(")"),
    () => new Array(-1),
    () => "a".repeat(-1),
    () => {
        const circle = {};
        Object.setPrototypeOf(circle, Object.create(circle));
    },
    () => new RegExp("("),
    () => "a".repeat(Infinity),
];

function message(trigger: () => unknown): string {
    try {
        trigger();
        return "";
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
}

export function error() {
    const messages = TRIGGERS.map(message);
    return { messages, hash: sha256(messages.join("|")) };
}
