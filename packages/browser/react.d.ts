import type { ReactElement, ReactNode } from "react";
import type { AgentSettings, Identification, IdentifyOptions, WhorlError } from "./index.js";

export function WhorlProvider(props: AgentSettings & { children?: ReactNode }): ReactElement;

export interface Visitor {
    data: Identification | undefined;
    error: WhorlError | Error | undefined;
    isLoading: boolean;
    /** Asks again, with options over those of the hook; rejects with what is then in `error`. */
    identify(options?: IdentifyOptions): Promise<Identification>;
}

/** immediate (default true): asks when the component appears, and again when the options change. */
export function useVisitor(options?: IdentifyOptions, how?: { immediate?: boolean }): Visitor;
