/* incognito: signs of a private window that a page may see today. Chromium shows none.
 *
 * Privacy: low; whether this is a private window. */

import type { Context } from "../collect.ts";
import type { Status } from "./status.ts";

const PRIVATE_QUOTA_MB = 200;

export async function incognito({ result }: Context) {
    const quota = (await result<Status>("status"))?.storageQuotaMB ?? null;
    const isPrivate = quota !== null && quota < PRIVATE_QUOTA_MB;
    return { isPrivate, method: isPrivate ? "storage_quota" : null };
}
