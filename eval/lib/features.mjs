// The attributes that baselines read, taken from one line of a workload. Nothing here looks at the truth.
export const valueOf = (signals, name) => signals[name]?.value ?? null;

const SYSTEMS = [
    [/iPhone|iPad/, "iOS"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "Mac OS X"],
    [/CrOS/, "Chrome OS"],
    [/Linux/, "Linux"],
];
const BROWSERS = [
    [/Edg\/(\d+)/, "Edge"],
    [/SamsungBrowser\/(\d+)/, "Samsung Internet"],
    [/CriOS\/(\d+)/, "Chrome Mobile iOS"],
    [/Firefox\/(\d+)/, "Firefox"],
    [/HeadlessChrome\/(\d+)/, "HeadlessChrome"],
    [/Chrome\/(\d+)/, "Chrome"],
    [/Version\/(\d+)(?:\.(\d+))?.*Safari/, "Safari"],
];

/* Family, major and system as a parser of user agents would say; Safari's minor counts as hundredths. */
export function parseUa(ua) {
    const os = SYSTEMS.find(([pattern]) => pattern.test(ua))?.[1] ?? "Other";
    for (const [pattern, family] of BROWSERS) {
        const [, major, minor] = pattern.exec(ua) ?? [];
        if (major) return { family, major: Number(major) + (Number(minor) || 0) / 100, os };
    }
    return { family: "Other", major: 0, os };
}

export function features({ headers, body: { signals } }) {
    const ua = headers["user-agent"] ?? "";
    const navigator = valueOf(signals, "navigator") ?? {};
    const screen = valueOf(signals, "screen") ?? {};
    const storage = valueOf(signals, "storage") ?? {};
    const capabilities = valueOf(signals, "capabilityVector") ?? {};
    const sides = [screen.width, screen.height].sort((a, b) => b - a);
    return {
        ua,
        ...parseUa(ua),
        platform: navigator.platform ?? "",
        accept: headers.accept ?? "",
        encoding: headers["accept-encoding"] ?? "",
        acceptLanguage: headers["accept-language"] ?? "",
        cookies: navigator.cookieEnabled ? "yes" : "no",
        local: `${storage.localStorage}${storage.sessionStorage}`,
        dnt: String(navigator.doNotTrack),
        timezone: valueOf(signals, "timezone")?.reported ?? "",
        resolution: `${sides[0]}x${sides[1]}x${screen.colorDepth}`,
        plugins: `${capabilities.pluginCount}:${capabilities.hasPdfPlugin}`,
        fonts: valueOf(signals, "fonts")?.detected ?? [],
        canvas: valueOf(signals, "canvas")?.hash ?? "",
        renderer: valueOf(signals, "webgl")?.renderer ?? "",
    };
}
