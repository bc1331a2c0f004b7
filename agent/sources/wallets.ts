/* wallets (a probe: only when asked for, since what somebody owns is nobody's business by default):
 * which wallet extensions offer themselves. Nothing is asked of them and no address is read.
 *
 * Privacy: high, so a probe; which wallets somebody has. */

const ANNOUNCE_MS = 50;

type Flags = Record<string, unknown>;

/* Extensions without announcements (EIP-6963) set a flag on their provider. */
const EVM_FLAGS: [string, string][] = [
    ["isRabby", "Rabby Wallet"], ["isBraveWallet", "Brave Wallet"],
    ["isCoinbaseWallet", "Coinbase Wallet"], ["isTrust", "Trust Wallet"],
    ["isMetaMask", "MetaMask"],
];

const SOLANA_GLOBALS: [string, string][] = [
    ["phantom", "Phantom"], ["solflare", "Solflare"], ["backpack", "Backpack"],
];

async function announced(): Promise<string[]> {
    const names: string[] = [];
    const listen = (event: Event) => {
        const name = (event as CustomEvent<{ info?: { name?: unknown } }>).detail?.info?.name;
        if (typeof name === "string") names.push(name.slice(0, 64));
    };
    window.addEventListener("eip6963:announceProvider", listen);
    window.dispatchEvent(new Event("eip6963:requestProvider"));
    await new Promise((resolve) => setTimeout(resolve, ANNOUNCE_MS));
    window.removeEventListener("eip6963:announceProvider", listen);
    return names;
}

export async function wallets() {
    const page = window as unknown as Record<string, Flags | undefined>;
    const names = await announced();
    /* Many extensions also claim to be MetaMask: only the first flag counts, and only alone. */
    const flagged = EVM_FLAGS.find(([flag]) => page["ethereum"]?.[flag] === true);
    if (names.length === 0 && flagged) names.push(flagged[1]);
    const evmProviders = [...new Set(names)];
    const solanaProviders = SOLANA_GLOBALS.filter(([global]) => {
        const found = page[global];
        return !!found && (global !== "phantom" || !!found["solana"]);
    }).map(([, name]) => name);
    const detected = [...new Set([...evmProviders, ...solanaProviders])];
    return {
        detected,
        count: detected.length,
        evmProviders,
        solanaProviders,
        multipleWallets: detected.length > 1,
        versions: {},
    };
}
