// Vue: app.use(whorl, { src }) once, useVisitor() in a component.

import { inject, onMounted, onScopeDispose, ref, shallowRef, toValue } from "vue";

import { loadAgent } from "./index.js";

const AGENT = Symbol("whorl");

export const whorl = {
    install(app, settings) {
        app.provide(AGENT, () => loadAgent(settings));
    },
};

export function useVisitor(options = {}, { immediate = true } = {}) {
    const load = inject(AGENT, undefined);
    if (!load) throw new Error("useVisitor needs app.use(whorl, { src })");
    const data = shallowRef();
    const error = shallowRef();
    const isLoading = ref(immediate);
    let latest = 0;

    async function identify(more) {
        const call = ++latest;
        const show = (answer, problem, busy) => {
            if (call === latest) [data.value, error.value, isLoading.value] = [answer, problem, busy];
        };
        show(undefined, undefined, true);
        try {
            const answer = await (await load()).identify({ ...toValue(options), ...more });
            show(answer, undefined, false);
            return answer;
        } catch (problem) {
            show(undefined, problem, false);
            throw problem;
        }
    }

    if (immediate) onMounted(() => identify().catch(() => {})); // it is in `error`
    onScopeDispose(() => latest++);
    return { data, error, isLoading, identify };
}
