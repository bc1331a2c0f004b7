/* Places to measure in that the page cannot influence and its visitors cannot see, each removed as
 * soon as it has been read.
 *
 * withBox: an element whose styles start from `all: initial` behind a closed shadow root, so
 * neither the page's rules nor its inherited fonts reach it; language, direction and colour scheme,
 * which choose fonts and system colours, are fixed too. Styles are set through the CSSOM, which a
 * strict style-src permits.
 * withCleanWindow: an empty same-origin frame, whose window and prototypes no script of the page has
 * changed. A frame without a source loads nothing. */

const HOST_STYLES = [
    ["all", "initial"],
    ["direction", "ltr"],
    ["unicode-bidi", "isolate"],
    ["color-scheme", "light"],
    ["position", "absolute"],
    ["left", "-9999px"],
    ["top", "0"],
    ["width", "800px"],
    ["visibility", "hidden"],
    ["pointer-events", "none"],
] as const;

export function withBox<T>(measure: (box: HTMLElement) => T): T {
    const host = document.createElement("div");
    for (const [name, value] of HOST_STYLES) host.style.setProperty(name, value, "important");
    host.setAttribute("aria-hidden", "true");
    host.lang = "en";
    const root = host.attachShadow({ mode: "closed" });
    const box = document.createElement("div");
    root.append(box);
    (document.body ?? document.documentElement).append(host);
    try {
        return measure(box);
    } finally {
        host.remove();
    }
}

export function span(text: string, styles: Partial<Record<string, string>>): HTMLSpanElement {
    const element = document.createElement("span");
    element.textContent = text;
    for (const [name, value] of Object.entries(styles)) {
        element.style.setProperty(name, value ?? "");
    }
    return element;
}

type FrameWindow = Window & typeof globalThis;

/* A frame takes some 9 ms to make (Chromium 156): as long as somebody holds it, all share one. */
let holders = 0;
let shared: HTMLIFrameElement | null = null;

function makeFrame(): HTMLIFrameElement {
    const frame = document.createElement("iframe");
    frame.style.setProperty("display", "none", "important");
    frame.setAttribute("aria-hidden", "true");
    (document.body ?? document.documentElement).append(frame);
    return frame;
}

/* Frames are shared until the function that it returns has been called. */
export function shareCleanWindow(): () => void {
    holders++;
    return () => {
        if (--holders > 0) return;
        shared?.remove();
        shared = null;
    };
}

export function withCleanWindow<T>(read: (clean: FrameWindow) => T): T {
    /* A page may have removed it meanwhile; its window is gone then. */
    const frame = shared?.contentWindow ? shared : makeFrame();
    if (holders > 0) shared = frame;
    try {
        return read(frame.contentWindow as FrameWindow);
    } finally {
        if (frame !== shared) frame.remove();
    }
}
