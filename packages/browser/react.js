// React: <WhorlProvider src=...> around the application, useVisitor() in a component.

import { createContext, createElement, useCallback, useContext, useEffect, useRef, useState } from "react";

import { loadAgent } from "./index.js";

const Agent = createContext(undefined);

export function WhorlProvider({ children, ...settings }) {
    // Settings written in place are a new object at each render; their text is not.
    const text = JSON.stringify(settings);
    const load = useCallback(() => loadAgent(JSON.parse(text)), [text]);
    return createElement(Agent.Provider, { value: load }, children);
}

const idle = { data: undefined, error: undefined, isLoading: false };

export function useVisitor(options = {}, { immediate = true } = {}) {
    const load = useContext(Agent);
    if (!load) throw new Error("useVisitor needs a WhorlProvider around it");
    const [state, setState] = useState({ ...idle, isLoading: immediate });
    const latest = useRef(0);
    const text = JSON.stringify(options);

    const identify = useCallback(
        async (more) => {
            const call = ++latest.current;
            const show = (next) => call === latest.current && setState({ ...idle, ...next });
            show({ isLoading: true });
            try {
                const data = await (await load()).identify({ ...JSON.parse(text), ...more });
                show({ data });
                return data;
            } catch (error) {
                show({ error });
                throw error;
            }
        },
        [load, text],
    );

    useEffect(() => {
        if (immediate) identify().catch(() => {}); // it is in `error`
        return () => {
            latest.current++; // nothing to show any more
        };
    }, [identify, immediate]);

    return { ...state, identify };
}
