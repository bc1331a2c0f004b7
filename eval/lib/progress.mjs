// Says how far a long step is and how long it will still take: one line that is rewritten on a terminal,
// a line every ten seconds elsewhere.
const TERMINAL_MS = 250;
const LOG_MS = 10_000;

function duration(seconds) {
    if (!Number.isFinite(seconds)) return "?";
    const s = Math.round(seconds);
    return s < 90 ? `${s} s` : `${Math.round(s / 60)} min`;
}

/* update(done, note): done is the share of the step that is behind us, 0 to 1. */
export function progressBar(name, out = process.stderr) {
    const started = performance.now();
    const every = out.isTTY ? TERMINAL_MS : LOG_MS;
    let last = started;
    const show = (text) => out.write(out.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
    return {
        update(done, note = "") {
            const now = performance.now();
            if (now - last < every) return;
            last = now;
            const seconds = (now - started) / 1000;
            const left = done > 0 ? (seconds / done) * (1 - done) : Infinity;
            const percent = `${Math.round(100 * done)} %`;
            show(`${name}: ${percent}, ${note}, ${duration(left)} to go`);
        },
        end(note = "") {
            const took = duration((performance.now() - started) / 1000);
            if (out.isTTY) out.write("\r\x1b[K");
            out.write(`${name}: ${note}${note && ", "}${took}\n`);
        },
    };
}
