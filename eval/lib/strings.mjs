// How similar two texts are. Remembered: a linker compares the same few user agents again and again.
const MEMO_MAX = 2_000_000;
const memo = new Map();

/* The longest common run of a[aLow, aHigh) and b[bLow, bHigh): where it begins in both, and its length. */
function longestRun(a, aLow, aHigh, b, bLow, bHigh) {
    let best = { i: aLow, j: bLow, length: 0 };
    let above = new Map(); // j -> length of the run that ends at (i - 1, j)
    for (let i = aLow; i < aHigh; i++) {
        const here = new Map();
        for (let j = bLow; j < bHigh; j++) {
            if (a.charCodeAt(i) !== b.charCodeAt(j)) continue;
            const length = (above.get(j - 1) ?? 0) + 1;
            here.set(j, length);
            if (length > best.length) best = { i: i - length + 1, j: j - length + 1, length };
        }
        above = here;
    }
    return best;
}

function matching(a, aLow, aHigh, b, bLow, bHigh) {
    if (aLow >= aHigh || bLow >= bHigh) return 0;
    const { i, j, length } = longestRun(a, aLow, aHigh, b, bLow, bHigh);
    if (!length) return 0;
    const before = matching(a, aLow, i, b, bLow, j);
    return before + length + matching(a, i + length, aHigh, b, j + length, bHigh);
}

/* Ratcliff and Obershelp: what Python's difflib.SequenceMatcher(autojunk=False).ratio() gives. */
export function matchRatio(a, b) {
    if (a === b) return 1;
    const key = a < b ? `${a}\x00${b}` : `${b}\x00${a}`;
    let ratio = memo.get(key);
    if (ratio === undefined) {
        ratio = (2 * matching(a, 0, a.length, b, 0, b.length)) / (a.length + b.length);
        if (memo.size > MEMO_MAX) memo.clear();
        memo.set(key, ratio);
    }
    return ratio;
}
