/* What a source learns beside its own signal, kept for a source that asks for it. FingerprintIQ's
 * signals have fixed members; this way a graphics context or a sound is still made only once. */

const extras = new WeakMap<object, unknown>();

export function withExtra<T extends object>(value: T, extra: unknown): T {
    extras.set(value, extra);
    return value;
}

export function extraOf<E>(value: object | null): E | null {
    return ((value && extras.get(value)) ?? null) as E | null;
}
