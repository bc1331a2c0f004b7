/* webrtc (a probe: only when asked for): which kinds of addresses a connection would use. Nobody is
 * connected to and no server is asked, so only the machine's own addresses come, which browsers
 * hide behind made-up names unless the page may use the microphone or camera. Of a private IPv4
 * address the hash of its first three parts is sent, never the address.
 *
 * Privacy: high, so a probe; the network at home, as a hash. */

import { sha256 } from "../sha256.ts";

const GATHER_LIMIT_MS = 1200;
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;

function gather(connection: RTCPeerConnection): Promise<RTCIceCandidate[]> {
    const found: RTCIceCandidate[] = [];
    return new Promise((resolve, reject) => {
        setTimeout(() => resolve(found), GATHER_LIMIT_MS);
        connection.onicecandidate = ({ candidate }) => {
            if (candidate?.candidate) found.push(candidate);
            else if (!candidate) resolve(found);
        };
        connection.createDataChannel("");
        connection.createOffer().then((offer) => connection.setLocalDescription(offer)).catch(reject);
    });
}

/* "candidate:1 1 udp 2122 192.168.0.4 4711 typ host": the fifth word is the address. */
function networkOf(candidate: RTCIceCandidate): string | null {
    const address = candidate.candidate.split(" ")[4] ?? "";
    return PRIVATE.test(address) ? address.split(".").slice(0, 3).join(".") : null;
}

export async function webrtc() {
    if (typeof RTCPeerConnection === "undefined") return null;
    const connection = new RTCPeerConnection();
    try {
        const found = await gather(connection);
        const networks = new Set(found.map(networkOf).filter((network) => network !== null));
        const [network] = networks;
        return {
            localIpHash: network === undefined ? null : sha256(network),
            candidateCount: found.length,
            candidateTypes: [...new Set(found.map(({ type }) => type ?? "unknown"))].sort(),
            multipleNics: networks.size > 1,
        };
    } finally {
        connection.close();
    }
}
