/* status: the state of this moment: clock, stack, storage quota, battery, memory. Most of it
 * changes from one load to the next, so it describes a visit rather than a device.
 *
 * Privacy: medium; battery and disk of this moment. */

import { clockStepMs } from "./resistance.ts";

interface Extras {
    getBattery?: () => Promise<{ charging: boolean; level: number }>;
    memory?: { jsHeapSizeLimit: number; totalJSHeapSize: number; usedJSHeapSize: number };
}

/* How many plain calls fit on the stack. */
function stackDepth(): number {
    let depth = 0;
    const descend = (): void => {
        depth++;
        descend();
    };
    try {
        descend();
    } catch {
        /* The stack is full: that is the answer. */
    }
    return depth;
}

async function storageQuotaMb(): Promise<number | null> {
    const quota = (await navigator.storage?.estimate?.())?.quota;
    return quota === undefined ? null : Math.round(quota / 1048576);
}

async function battery(): Promise<{ charging: boolean; level: number } | null> {
    try {
        const state = await (navigator as Extras).getBattery?.();
        return state ? { charging: state.charging, level: state.level } : null;
    } catch {
        return null;
    }
}

export type Status = Awaited<ReturnType<typeof status>>;

export async function status() {
    return {
        timingResolution: clockStepMs(),
        maxStackSize: stackDepth(),
        storageQuotaMB: await storageQuotaMb().catch(() => null),
        battery: await battery(),
        heapLimit: (performance as Extras).memory?.jsHeapSizeLimit ?? null,
    };
}
