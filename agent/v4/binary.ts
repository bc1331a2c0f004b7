/* A sealed result as v4's BinaryOutput: the same bytes in whichever form is wanted. */

export interface BinaryOutput {
    byteArray(): Uint8Array;
    blob(): Blob;
    base64(): string;
    toJSON(): string;
    toString(): string;
}

export function binaryOutput(base64: string): BinaryOutput {
    const byteArray = (): Uint8Array<ArrayBuffer> =>
        Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const text = (): string => base64;
    return { byteArray, blob: () => new Blob([byteArray()]), base64: text, toJSON: text, toString: text };
}
