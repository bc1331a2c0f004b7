import type { MaybeRefOrGetter, Plugin, Ref, ShallowRef } from "vue";
import type { AgentSettings, Identification, IdentifyOptions, WhorlError } from "./index.js";

export const whorl: Plugin<[AgentSettings]>;

export interface Visitor {
    data: ShallowRef<Identification | undefined>;
    error: ShallowRef<WhorlError | Error | undefined>;
    isLoading: Ref<boolean>;
    /** Asks again, with options over those of the composable; rejects with what is then in `error`. */
    identify(options?: IdentifyOptions): Promise<Identification>;
}

/** immediate (default true): asks when the component is mounted. */
export function useVisitor(
    options?: MaybeRefOrGetter<IdentifyOptions>,
    how?: { immediate?: boolean },
): Visitor;
