/* rooted: what a page can see of a phone without its locks, which is little: objects that tools
 * inject into web views, and names of test builds in the user agent.
 *
 * Privacy: low; traces of changed phones. */

const GLOBALS = ["Magisk", "SuperSU", "Xposed", "XposedBridge", "frida", "cydia"];
const BUILDS = ["test-keys", "userdebug", "eng.root", "lineage_", "sdk_gphone"];

export function rooted() {
    const indicators = [
        ...GLOBALS.filter((name) => name in window).map((name) => `root_global:${name}`),
        ...BUILDS.filter((name) => navigator.userAgent.includes(name)).map(
            (name) => `build_anomaly:${name}`,
        ),
    ];
    return {
        detected: indicators.length > 0,
        confidence: indicators.length > 1 ? "medium" : "low",
        indicators,
    };
}
