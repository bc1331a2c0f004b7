// Stands between a client and the server on TCP, and keeps what each client sends first. It takes no
// TLS apart: the handshake is between the two ends.
//
//   const between = await startPassthrough(tlsPort, { split: "bytes" });
//   ... a client talks to between.port ...
//   const [message] = between.hellos();      // of each connection that got that far, in order
//   await between.stop();
//
// split: undefined, as it comes; "bytes", the first message byte by byte; "records", the first message
// in TLS records of a few bytes each (the transcript of a handshake is over messages, not records).
import { connect, createServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

import { handshakeMessage } from "./hello.mjs";

const keptBytes = 64 * 1024;
const recordBytes = 11;

/* The first whole message that `bytes` hold, in small records; what follows it stays as it is. */
function inSmallRecords(bytes, message) {
    const header = bytes.subarray(0, 3);
    const records = [];
    for (let at = 0; at < message.length; at += recordBytes) {
        const piece = message.subarray(at, at + recordBytes);
        records.push(header, Buffer.from([0, piece.length]), piece);
    }
    let end = 0;
    for (let left = message.length; left > 0; ) {
        const length = bytes.readUInt16BE(end + 3);
        left -= length;
        end += 5 + length;
    }
    return Buffer.concat([...records, bytes.subarray(end)]);
}

async function forwardFirst(bytes, server, split, message) {
    if (split === "records") {
        server.write(inSmallRecords(bytes, message));
    } else if (split === "bytes") {
        for (const byte of bytes) {
            server.write(Buffer.from([byte]));
            await turn();
        }
    } else {
        server.write(bytes);
    }
}

export async function startPassthrough(port, { split } = {}) {
    const connections = [];
    const open = new Set();
    const listener = createServer((client) => {
        const server = connect({ host: "127.0.0.1", port, noDelay: true });
        const connection = { bytes: Buffer.alloc(0), message: undefined };
        connections.push(connection);
        for (const [socket, other] of [[client, server], [server, client]]) {
            open.add(socket);
            socket.on("error", () => other.destroy());
            socket.on("close", () => (open.delete(socket), other.destroy()));
        }
        server.on("data", (data) => client.write(data));
        server.on("end", () => client.end());
        client.on("end", () => server.end());
        client.on("data", async (data) => {
            if (connection.message) {
                server.write(data);
                return;
            }
            connection.bytes = Buffer.concat([connection.bytes, data]);
            connection.message = handshakeMessage(connection.bytes);
            if (connection.message || connection.bytes.length > keptBytes) {
                connection.message ??= Buffer.alloc(0);
                client.pause();
                await forwardFirst(connection.bytes, server, split, connection.message);
                client.resume();
            }
        });
    });
    await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return {
        port: listener.address().port,
        hellos: () => connections.map(({ message }) => message).filter((message) => message?.length),
        async stop() {
            open.forEach((socket) => socket.destroy());
            await new Promise((resolve) => listener.close(resolve));
        },
    };
}
