/* runtimeVector: the script engine's memory and the network's speed. Changes with every visit.
 *
 * Privacy: low; the network and memory of this moment. */

import type { Context } from "../collect.ts";
import { sha256 } from "../sha256.ts";
import { orEmpty } from "../text.ts";
import type { Status } from "./status.ts";

interface Extras {
    deviceMemory?: number;
    connection?: { rtt?: number; downlink?: number; saveData?: boolean };
    memory?: { jsHeapSizeLimit: number; totalJSHeapSize: number; usedJSHeapSize: number };
}

const MEMORY_GIB = [0.25, 0.5, 1, 2, 4, 8, 16, 32];
const HEAP_BUCKET_MB = 64;

function toMb(bytes: number | undefined): number | null {
    return bytes === undefined ? null : Math.round((bytes / 1048576) * 100) / 100;
}

function readings(status: Status | null) {
    const nav = navigator as Navigator & Extras;
    const heap = (performance as Extras).memory;
    return {
        hardwareConcurrency: nav.hardwareConcurrency,
        deviceMemory: nav.deviceMemory ?? null,
        timingResolutionMs: null,
        maxStackSize: status?.maxStackSize ?? 0,
        storageQuotaMB: status?.storageQuotaMB ?? null,
        jsHeapUsedMB: toMb(heap?.usedJSHeapSize),
        jsHeapTotalMB: toMb(heap?.totalJSHeapSize),
        jsHeapLimitMB: toMb(heap?.jsHeapSizeLimit),
        networkRttMs: nav.connection?.rtt ?? null,
        downlinkMbps: nav.connection?.downlink ?? null,
        saveData: nav.connection?.saveData ?? null,
    };
}

type Readings = ReturnType<typeof readings>;

function exceeds(a: number | null, b: number | null): boolean {
    return a !== null && b !== null && a > b;
}

function contradictions(r: Readings): string[] {
    const cores = r.hardwareConcurrency;
    const found: [string, boolean][] = [
        ["invalid_hardware_concurrency", !Number.isInteger(cores) || cores < 1],
        ["unexpected_device_memory_bucket",
            r.deviceMemory !== null && !MEMORY_GIB.includes(r.deviceMemory)],
        ["heap_used_exceeds_total", exceeds(r.jsHeapUsedMB, r.jsHeapTotalMB)],
        ["heap_total_exceeds_limit", exceeds(r.jsHeapTotalMB, r.jsHeapLimitMB)],
        ["negative_network_rtt", r.networkRttMs !== null && r.networkRttMs < 0],
    ];
    return found.filter(([, present]) => present).map(([name]) => name);
}

function hashText(r: Readings, flags: string[]): string {
    /* Alone in this, an unknown limit is the word null. */
    const limit = r.jsHeapLimitMB;
    const bucket = limit === null ? null : Math.round(limit / HEAP_BUCKET_MB) * HEAP_BUCKET_MB;
    return [
        `hardwareConcurrency:${r.hardwareConcurrency}`,
        `deviceMemory:${orEmpty(r.deviceMemory)}`,
        `timingResolutionMs:${orEmpty(r.timingResolutionMs)}`,
        `maxStackSize:${r.maxStackSize}`,
        `storageQuotaMB:${orEmpty(r.storageQuotaMB)}`,
        `heapLimitBucket:${bucket}`,
        `networkRttMs:${orEmpty(r.networkRttMs)}`,
        `downlinkMbps:${orEmpty(r.downlinkMbps)}`,
        `saveData:${orEmpty(r.saveData)}`,
        `flags:${flags.join(",")}`,
    ].join("|");
}

export async function runtimeVector({ result }: Context) {
    const read = readings(await result<Status>("status"));
    const suspiciousFlags = contradictions(read);
    return { ...read, suspiciousFlags, hash: sha256(hashText(read, suspiciousFlags)) };
}
