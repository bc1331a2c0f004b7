// Stands between a client and the server, ends the client's TLS (ALPN "h2" and nothing else), and hands
// what was inside on to the server over TLS of its own. So the bytes that the server reads HTTP/2 from
// are the client's own, byte for byte, and they are known here.
//
//   const relay = await startRelay(tlsPort, { cert, key, ca });   // PEM texts
//   ... a client talks to relay.port ...
//   const [bytes] = relay.recordings();      // what each connection's client sent, deciphered
//   await relay.stop();
import { connect, createServer } from "node:tls";

export async function startRelay(port, { cert, key, ca }) {
    const connections = [];
    const open = new Set();
    const listener = createServer({ cert, key, ALPNProtocols: ["h2"] }, (client) => {
        const server = connect({ host: "127.0.0.1", port, servername: "localhost", ca,
            ALPNProtocols: ["h2"] });
        const pieces = [];
        connections.push(pieces);
        for (const [socket, other] of [[client, server], [server, client]]) {
            open.add(socket);
            socket.on("error", () => other.destroy());
            socket.on("close", () => (open.delete(socket), other.destroy()));
        }
        client.on("data", (data) => {
            pieces.push(data);
            server.write(data);
        });
        client.on("end", () => server.end());
        server.on("data", (data) => client.write(data));
        server.on("end", () => client.end());
    });
    listener.on("tlsClientError", () => undefined); // of connections that a browser gives up
    await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return {
        port: listener.address().port,
        recordings: () => connections.map((pieces) => Buffer.concat(pieces)),
        async stop() {
            open.forEach((socket) => socket.destroy());
            await new Promise((resolve) => listener.close(resolve));
        },
    };
}
