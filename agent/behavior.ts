/* Counts what a person does with pointer and keys on this page: how often and how fast, never what
 * is typed or clicked. Nobody is counted before watchBehavior() is called, which the site does when
 * its visitors have agreed. */

/* Between two scroll events of one burst, in ms. */
const BURST_MS = 50;

/* Keeps the mean without keeping the values. */
class Mean {
    private sum = 0;
    private count = 0;
    private last: number | null = null;

    /* Adds the time since the last call, unless somebody paused in between. */
    tick(now: number, pauseMs: number): void {
        if (this.last !== null && now - this.last < pauseMs) {
            this.sum += now - this.last;
            this.count++;
        }
        this.last = now;
    }

    value(): number | null {
        return this.count === 0 ? null : this.sum / this.count;
    }
}

const PAUSE_MS = 1000;

interface Point {
    x: number;
    y: number;
}

export interface Counts {
    elapsedMs: number;
    pointerMoveCount: number;
    pointerDistancePx: number;
    pointerDirectionChanges: number;
    pointerStraightness: number | null;
    clickCount: number;
    scrollEventCount: number;
    scrollBurstCount: number;
    keyEventCount: number;
    inputEventCount: number;
    focusTransitions: number;
    blurTransitions: number;
    visibilityTransitions: number;
    meanPointerIntervalMs: number | null;
    meanKeyIntervalMs: number | null;
}

class Watch {
    private readonly since = performance.now();
    private readonly count: Record<string, number> = {};
    private readonly pointer = new Mean();
    private readonly keys = new Mean();
    private first: Point | null = null;
    private last: Point | null = null;
    private direction: number | null = null;
    private distance = 0;
    private turns = 0;
    private bursts = 0;
    private lastScroll = -Infinity;

    constructor() {
        const on = (target: EventTarget, type: string, act?: (event: Event) => void) =>
            target.addEventListener(
                type,
                (event) => {
                    this.count[type] = (this.count[type] ?? 0) + 1;
                    act?.(event);
                },
                { capture: true, passive: true },
            );
        on(document, "pointermove", (event) => this.move(event as PointerEvent));
        on(document, "click");
        on(document, "scroll", () => this.scroll());
        on(document, "keydown", () => this.keys.tick(performance.now(), PAUSE_MS));
        on(document, "input");
        on(window, "focus");
        on(window, "blur");
        on(document, "visibilitychange");
    }

    private move({ clientX: x, clientY: y }: PointerEvent): void {
        this.pointer.tick(performance.now(), PAUSE_MS);
        this.first ??= { x, y };
        if (this.last) {
            const length = Math.hypot(x - this.last.x, y - this.last.y);
            const direction = Math.atan2(y - this.last.y, x - this.last.x);
            /* A turn is at least a quarter of a circle. */
            const turned = Math.cos(direction - (this.direction ?? direction)) <= 0;
            if (length > 0 && turned) this.turns++;
            if (length > 0) this.direction = direction;
            this.distance += length;
        }
        this.last = { x, y };
    }

    private scroll(): void {
        const now = performance.now();
        if (now - this.lastScroll < BURST_MS) this.bursts++;
        this.lastScroll = now;
    }

    counts(): Counts {
        const of = (type: string) => this.count[type] ?? 0;
        const { first, last, distance } = this;
        const direct = first && last ? Math.hypot(last.x - first.x, last.y - first.y) : 0;
        return {
            elapsedMs: Math.round(performance.now() - this.since),
            pointerMoveCount: of("pointermove"),
            pointerDistancePx: Math.round(distance),
            pointerDirectionChanges: this.turns,
            pointerStraightness: distance > 0 ? direct / distance : null,
            clickCount: of("click"),
            scrollEventCount: of("scroll"),
            scrollBurstCount: this.bursts,
            keyEventCount: of("keydown"),
            inputEventCount: of("input"),
            focusTransitions: of("focus"),
            blurTransitions: of("blur"),
            visibilityTransitions: of("visibilitychange"),
            meanPointerIntervalMs: this.pointer.value(),
            meanKeyIntervalMs: this.keys.value(),
        };
    }
}

let watch: Watch | null = null;

/* Starts counting; once is enough. */
export function watchBehavior(): void {
    watch ??= new Watch();
}

export function behaviorCounts(): Counts {
    watchBehavior();
    return (watch as Watch).counts();
}
