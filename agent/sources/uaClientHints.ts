/* uaClientHints: what Chromium's userAgentData says beyond the user agent; secure pages only.
 *
 * Privacy: medium; full versions, a phone's model. */

import { sha256 } from "../sha256.ts";
import { orEmpty } from "../text.ts";

interface Brand {
    brand: string;
    version: string;
}

interface Hints {
    mobile?: boolean;
    platform?: string;
    architecture?: string;
    bitness?: string;
    model?: string;
    platformVersion?: string;
    wow64?: boolean;
    formFactors?: string[];
    brands?: Brand[];
    fullVersionList?: Brand[];
}

interface UserAgentData extends Hints {
    getHighEntropyValues?: (names: string[]) => Promise<Hints>;
}

const ASKED = [
    "architecture", "bitness", "model", "platformVersion", "wow64", "formFactors",
    "fullVersionList",
];

/* Browsers shuffle the list from release to release: sorted, it stays the same. */
function sorted(brands: Brand[] | undefined): Brand[] {
    return (brands ?? [])
        .map(({ brand, version }) => ({ brand, version }))
        .sort((a, b) => (a.brand < b.brand ? -1 : a.brand > b.brand ? 1 : 0));
}

function listText(brands: Brand[]): string {
    return brands.map(({ brand, version }) => `${brand}/${version}`).join(",");
}

type Value = ReturnType<typeof toValue>;

function toValue(hints: Hints) {
    return {
        available: true,
        mobile: hints.mobile ?? null,
        platform: hints.platform ?? null,
        architecture: hints.architecture ?? null,
        bitness: hints.bitness ?? null,
        model: hints.model ?? null,
        platformVersion: hints.platformVersion ?? null,
        wow64: hints.wow64 ?? null,
        formFactors: [...(hints.formFactors ?? [])],
        brands: sorted(hints.brands),
        fullVersionList: sorted(hints.fullVersionList),
    };
}

function hashText(v: Value): string {
    return [
        `mobile:${orEmpty(v.mobile)}`,
        `platform:${orEmpty(v.platform)}`,
        `architecture:${orEmpty(v.architecture)}`,
        `bitness:${orEmpty(v.bitness)}`,
        `model:${orEmpty(v.model)}`,
        `platformVersion:${orEmpty(v.platformVersion)}`,
        `wow64:${orEmpty(v.wow64)}`,
        `brands:${listText(v.brands)}`,
        `fullVersionList:${listText(v.fullVersionList)}`,
        `formFactors:${v.formFactors.join(",")}`,
    ].join("|");
}

export async function uaClientHints() {
    const data = (navigator as { userAgentData?: UserAgentData }).userAgentData;
    if (!data) return { ...toValue({}), available: false, hash: null };
    const high = await data.getHighEntropyValues?.(ASKED).catch(() => undefined);
    const low = { mobile: data.mobile, platform: data.platform, brands: data.brands };
    const value = toValue({ ...high, ...low });
    return { ...value, hash: sha256(hashText(value)) };
}
