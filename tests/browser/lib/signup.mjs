// Starts examples/fastify-signup beside a whorl server, with a database of its own.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort, repository } from "../../lib/whorl.mjs";

const startTimeoutMs = 30_000;
const folder = join(repository, "examples/fastify-signup");

export async function startSignup({ whorl, database }) {
    const port = await freePort();
    const env = {
        PATH: process.env.PATH,
        HOST: "127.0.0.1",
        PORT: `${port}`,
        DATABASE: database,
        WHORL_URL: whorl.url,
        WHORL_PUBLIC_KEY: whorl.publicKey,
        WHORL_SECRET_KEY: whorl.secretKey,
    };
    const args = ["--disable-warning=ExperimentalWarning", "server.js"];
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio });
    const signup = { url: `http://127.0.0.1:${port}/`, log: "" };
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => (signup.log += text));
    }
    const exited = new Promise((resolve) => child.once("close", (code) => resolve({ code })));
    signup.stop = async () => {
        child.kill("SIGTERM");
        await exited;
    };
    await ready(signup, exited);
    return signup;
}

async function ready(signup, exited) {
    let exit;
    exited.then((how) => (exit = how));
    const deadline = Date.now() + startTimeoutMs;
    while (!exit && Date.now() < deadline) {
        const answer = await fetch(signup.url).catch(() => undefined);
        if (answer?.ok) {
            return;
        }
        await sleep(50);
    }
    await signup.stop();
    throw new Error(`the sign-up server did not start\n${signup.log}`);
}
