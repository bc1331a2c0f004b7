/* sensorCapabilities: which sensors the browser knows, what the page may do with them, and what the
 * page's policy forbids. Nothing is switched on and nobody is asked.
 *
 * Privacy: low; which permissions this site has. */

import { sha256 } from "../sha256.ts";
import { flagText } from "../text.ts";

/* Ours, and the name in a permissions policy. */
const POLICIES = [
    ["accelerometer", "accelerometer"], ["gyroscope", "gyroscope"],
    ["magnetometer", "magnetometer"], ["ambientLight", "ambient-light-sensor"],
    ["geolocation", "geolocation"], ["camera", "camera"], ["microphone", "microphone"],
] as const;

const PERMISSIONS = [
    ["geolocation", "geolocation"], ["camera", "camera"], ["microphone", "microphone"],
    ["clipboardRead", "clipboard-read"], ["accelerometer", "accelerometer"],
    ["gyroscope", "gyroscope"], ["magnetometer", "magnetometer"],
] as const;

interface Policy {
    features(): string[];
    allowsFeature(name: string): boolean;
}

/* null: the browser does not know the permission. */
async function stateOf(name: string): Promise<string | null> {
    try {
        return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
        return null;
    }
}

function blocked(): string[] {
    const page = document as { permissionsPolicy?: Policy; featurePolicy?: Policy };
    const policy = page.permissionsPolicy ?? page.featurePolicy;
    if (!policy) return [];
    /* What the browser does not know is not allowed either, which says nothing about the page. */
    const known = policy.features();
    return POLICIES.filter(([, name]) => known.includes(name) && !policy.allowsFeature(name)).map(
        ([ours]) => ours,
    );
}

export async function sensorCapabilities() {
    const apis = {
        accelerometer: "Accelerometer" in window,
        gyroscope: "Gyroscope" in window,
        magnetometer: "Magnetometer" in window,
        absoluteOrientation: "AbsoluteOrientationSensor" in window,
        relativeOrientation: "RelativeOrientationSensor" in window,
        ambientLight: "AmbientLightSensor" in window,
        geolocation: "geolocation" in navigator,
        deviceMotion: "DeviceMotionEvent" in window,
        deviceOrientation: "DeviceOrientationEvent" in window,
    };
    const states = await Promise.all(PERMISSIONS.map(([, name]) => stateOf(name)));
    const permissionStates = Object.fromEntries(
        PERMISSIONS.map(([ours], i) => [ours, states[i] ?? null]),
    );
    const named = PERMISSIONS.map(([ours], i) => [ours, states[i] ?? "unknown"]);
    const policyBlocked = blocked();
    const text = [
        `apis:${flagText(apis, ",")}`,
        `permissions:${flagText(Object.fromEntries(named) as Record<string, string>, ",")}`,
        `blocked:${policyBlocked.join(",")}`,
    ];
    return {
        apis,
        permissionStates,
        policyBlocked,
        availableCount: Object.values(apis).filter(Boolean).length,
        hash: sha256(text.join("|")),
    };
}
