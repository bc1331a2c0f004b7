/* Compiles only while the published types (packages/browser/index.d.ts) say what whorl.ts is. */

import type * as published from "../packages/browser/index.d.ts";
import type { WhorlError } from "./errors.ts";
import type { Whorl } from "./whorl.ts";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

const whorl: Same<Whorl, published.Whorl> = true;
const codes: Same<WhorlError["code"], published.WhorlError["code"]> = true;
const error: WhorlError extends published.WhorlError ? true : false = true;

export default [whorl, codes, error];
