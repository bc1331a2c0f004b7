/* The words of the demo page: what the server's answers say to a person. Pure, so that the tests
 * can read them without a browser. */

export interface Reason {
    verdict: string;
    reason: string;
    words: string;
}

export interface Verdict {
    result?: unknown;
    [detail: string]: unknown;
}

const NAMES: Record<string, string> = {
    bot: "Bot",
    headless: "Headless browser",
    virtualMachine: "Virtual machine",
    tampering: "Tampering",
    incognito: "Private window",
    devtools: "Developer tools",
    privacyBrowser: "Privacy browser",
    tor: "Tor",
    vpn: "VPN",
    proxy: "Proxy",
    highActivity: "High activity",
    ipBlocklist: "Blocked address",
    identification: "Identification",
    verdicts: "Verdicts",
};

export function verdictName(key: string): string {
    return NAMES[key] ?? key.replace(/([A-Z])/g, " $1").replace(/^./, (c) => c.toUpperCase());
}

/* Only verdicts that say yes or no; velocity, for one, is a table of counts. */
export function verdictRows(verdicts: Record<string, Verdict> | undefined) {
    return Object.entries(verdicts ?? {})
        .filter(([, verdict]) => typeof verdict?.result === "boolean")
        .map(([key, { result }]) => ({ key, name: verdictName(key), raised: result === true }));
}

export function visitsText(
    visitCount: unknown,
    firstSeenAtMs: unknown,
    format: (ms: number) => string,
): string {
    const count = typeof visitCount === "number" ? visitCount : 0;
    if (count <= 1) return "New: this is the first visit.";
    const since = typeof firstSeenAtMs === "number" ? `, first seen ${format(firstSeenAtMs)}` : "";
    return `Seen ${count} times${since}.`;
}

export function forgetText(before: string, after: string): string {
    return before === after
        ? "Same id as before: recognised without cookie or storage."
        : "A new id: the server did not recognise you.";
}

/* A person sees that the verdicts were looked into, also when nothing is to be said of them. */
export function withNothingOdd(reasons: readonly Reason[]): Reason[] {
    if (reasons.some(({ verdict }) => verdict !== "identification")) return [...reasons];
    return [...reasons, { verdict: "verdicts", reason: "", words: "Nothing odd was found." }];
}

/* Reasons in the order they came, gathered under the verdict they speak about. */
export function groupReasons(reasons: readonly Reason[]): [string, string[]][] {
    const groups = new Map<string, string[]>();
    for (const { verdict, reason, words } of reasons) {
        const texts = groups.get(verdict) ?? [];
        texts.push(words || reason);
        groups.set(verdict, texts);
    }
    return [...groups];
}

export function identifiedBy(reasons: readonly Reason[]): string {
    return reasons.find(({ verdict }) => verdict === "identification")?.words ?? "";
}

export interface Evidence {
    words: string;
    outcome: string;
    weight: number;
}

export interface Identification {
    score?: number;
    candidates?: number;
    newcomerProbability?: number;
    best?: { visitorId: string; probability: number };
    runnerUp?: { visitorId: string; probability: number };
    evidence?: Evidence[];
    disbelievedToken?: { visitorId: string; differs: { words: string }[] };
}

/* Never "0 %" or "100 %": nothing here is certain. */
function percent(share: number): string {
    const rounded = Math.round(share * 100);
    return rounded >= 100 ? "over 99 %" : rounded <= 0 ? "under 1 %" : `${rounded} %`;
}

const LISTED_MAX = 8;

/* The first ones, and how many more. */
function listed(words: string[]): string {
    const more = words.length - LISTED_MAX;
    return words.slice(0, LISTED_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/* What the comparison with known visitors found, in sentences: how sure, what agreed (the most telling
 * first), what did not, and how far the next best was. No comparison when a token said who it is. */
export function comparisonTexts(found: Identification | undefined): string[] {
    const texts: string[] = [];
    if (typeof found?.score === "number") texts.push(`Confidence in this id: ${percent(found.score)}.`);
    const token = found?.disbelievedToken;
    if (token) {
        texts.push(`The token is that of ${token.visitorId}, whose device differs in: ` +
            `${listed(token.differs.map(({ words }) => words))}.`);
    }
    if (typeof found?.candidates !== "number") return texts;
    if (!found.best) {
        texts.push("Nobody known was similar enough to be compared.");
        return texts;
    }
    const evidence = [...(found.evidence ?? [])].sort((a, b) => b.weight - a.weight);
    const agrees = evidence.filter(({ weight }) => weight >= 0.5).map(({ words }) => words);
    const differs = evidence
        .filter(({ weight }) => weight <= -0.5)
        .reverse()
        .map(({ words, outcome }) => `${words} (${outcome})`);
    texts.push(
        found.candidates === 1
            ? "One known visitor was similar enough to be compared."
            : `${found.candidates} known visitors were similar enough to be compared.`,
        `Chance that it is the most similar one: ${percent(found.best.probability)}; ` +
            `that this device was never here: ${percent(found.newcomerProbability ?? 0)}.`,
    );
    if (agrees.length) texts.push(`For the most similar one speak, the most telling first: ${listed(agrees)}.`);
    if (differs.length) texts.push(`Against it: ${listed(differs)}.`);
    if (found.runnerUp) texts.push(`The second most similar: ${percent(found.runnerUp.probability)}.`);
    return texts;
}
