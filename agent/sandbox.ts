/* Places to measure in that the page cannot influence and its visitors cannot see, each removed as
 * soon as it has been read.
 *
 * withBox: an element whose styles start from `all: initial` behind a closed shadow root, so neither
 * the page's rules nor its inherited fonts reach it. Styles are set through the CSSOM, which a strict
 * style-src permits.
 * cleanWindow: an empty same-origin frame, whose window and prototypes no script of the page has
 * changed. A frame without a source loads nothing. */

export function withBox<T>(measure: (box: HTMLElement) => T): T {
    const host = document.createElement("div");
    const style = host.style;
    style.setProperty("all", "initial", "important");
    style.setProperty("position", "absolute", "important");
    style.setProperty("left", "-9999px", "important");
    style.setProperty("top", "0", "important");
    style.setProperty("width", "800px", "important");
    style.setProperty("visibility", "hidden", "important");
    style.setProperty("pointer-events", "none", "important");
    host.setAttribute("aria-hidden", "true");
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
    for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value ?? "");
    return element;
}

type FrameWindow = Window & typeof globalThis;

export function withCleanWindow<T>(read: (clean: FrameWindow) => T): T {
    const frame = document.createElement("iframe");
    frame.style.setProperty("display", "none", "important");
    frame.setAttribute("aria-hidden", "true");
    (document.body ?? document.documentElement).append(frame);
    try {
        return read(frame.contentWindow as FrameWindow);
    } finally {
        frame.remove();
    }
}
