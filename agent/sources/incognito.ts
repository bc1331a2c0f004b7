/* incognito: signs of a private window that a page may see today. Chromium shows none. */

import { storageQuotaMb } from "./status.ts";

const PRIVATE_QUOTA_MB = 200;

export async function incognito() {
    const quota = await storageQuotaMb().catch(() => null);
    if (quota !== null && quota < PRIVATE_QUOTA_MB) return { isPrivate: true, method: "storage_quota" };
    return { isPrivate: false, method: null };
}
