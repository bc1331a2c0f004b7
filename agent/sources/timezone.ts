/* timezone: the zone's name, its offset now and on 1 July 2005 (minutes, west positive), and
 * whether name and offset contradict each other.
 *
 * Privacy: low; the time zone. */

import type { Context } from "../collect.ts";
import { sha256 } from "../sha256.ts";

/* The offset that the named zone has at `date`, by formatting the date in that zone and in UTC. */
function offsetOfZone(zone: string, date: Date): number {
    const wallClock = (timeZone: string) =>
        Date.parse(`${date.toLocaleString("en-US", { timeZone })} UTC`);
    return Math.round((wallClock("UTC") - wallClock(zone)) / 60_000);
}

function longName(): string | null {
    const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: "long" }).formatToParts();
    return parts.find((part) => part.type === "timeZoneName")?.value ?? null;
}

export async function timezone({ result }: Context) {
    await result("intl");
    const now = new Date();
    const reported = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
    const offset = now.getTimezoneOffset();
    const offsetHistorical = new Date(2005, 6, 1).getTimezoneOffset();
    return {
        reported,
        computed: longName(),
        offsetHistorical,
        isSpoofed: reported !== "" && offsetOfZone(reported, now) !== offset,
        hash: sha256(`${reported}|${offsetHistorical}|${offset}`),
    };
}
