// A certificate authority for one test, and certificates of it, by the openssl program.
//
//   const authority = await makeAuthority();              // .file is its certificate
//   await authority.issue({ cert: "cert.pem", key: "key.pem", name: "first" });
//   await authority.remove();
//
// A certificate is good for localhost and 127.0.0.1; `name` is its subject, to tell it by.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export async function makeAuthority() {
    const folder = await mkdtemp(join(tmpdir(), "whorl-authority-"));
    const [file, key] = [join(folder, "ca.pem"), join(folder, "ca.key")];
    const uses = ["-addext", "keyUsage=critical,keyCertSign"];
    await run("openssl", ["req", "-x509", ...newKey, "-keyout", key, "-out", file, "-days", "30",
        "-subj", "/CN=whorl test authority", ...uses]);
    return new Authority(folder, file, key);
}

class Authority {
    constructor(folder, file, key) {
        Object.assign(this, { folder, file, key });
    }

    get pem() {
        return readFile(this.file, "utf8");
    }

    /* Writes both files anew, each moved into place in one step. */
    async issue({ cert, key, name }) {
        const at = (end) => join(this.folder, `leaf.${end}`);
        await run("openssl", ["req", ...newKey, "-keyout", at("key"), "-out", at("csr"), "-subj",
            `/CN=${name}`]);
        await writeFile(at("ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n" +
            "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n");
        await run("openssl", ["x509", "-req", "-in", at("csr"), "-CA", this.file, "-CAkey", this.key,
            "-CAcreateserial", "-days", "20", "-extfile", at("ext"), "-out", at("pem")]);
        for (const [from, to] of [[at("pem"), cert], [at("key"), key]]) {
            await writeFile(`${to}.new`, await readFile(from));
            await rename(`${to}.new`, to);
        }
    }

    async remove() {
        await rm(this.folder, { recursive: true, force: true });
    }
}
