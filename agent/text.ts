/* Texts that hashes are made of, in the forms that the server makes again from the values to see
 * whether somebody changed one without the other. */

/* Sorted without regard to case, as the names are read aloud. */
function byName([a]: [string, unknown], [b]: [string, unknown]): number {
    const x = a.toLowerCase();
    const y = b.toLowerCase();
    return x < y ? -1 : x > y ? 1 : 0;
}

export function flagText(flags: Record<string, unknown>, separator = "|"): string {
    return Object.entries(flags)
        .sort(byName)
        .map(([name, value]) => `${name}:${String(value)}`)
        .join(separator);
}

/* null is the empty text. */
export function orEmpty(value: unknown): string {
    return value === null || value === undefined ? "" : String(value);
}
