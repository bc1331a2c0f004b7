// Loads whorl's agent as a module from the server that also answers it. One download per address, however
// often it is asked for; a failed one is tried again the next time.

const loading = new Map();

export async function loadAgent({ src, ...options }) {
    let agent = loading.get(src);
    if (!agent) {
        agent = import(/* webpackIgnore: true */ /* @vite-ignore */ src).then((module) => module.default);
        loading.set(src, agent);
        agent.catch(() => loading.delete(src));
    }
    const whorl = await agent;
    if (Object.keys(options).length > 0) whorl.configure(options);
    return whorl;
}
