// A component that knows its visitor.

import { createApp, h, watchEffect } from "vue";

import { useVisitor, whorl as whorlPlugin } from "whorl-browser/vue";

const { whorl, key } = document.body.dataset;

const Visitor = {
    setup() {
        const { data, error, isLoading, identify } = useVisitor({ tag: { page: "vue" } });
        watchEffect(() => {
            if (!isLoading.value) document.title = error.value ? "failed" : "done";
        });
        return () => {
            if (isLoading.value) return h("p", "one moment");
            if (error.value) {
                const { name, message } = error.value;
                return h("p", `${"code" in error.value ? error.value.code : name} ${message}`);
            }
            return [
                h("pre", { id: "result" }, JSON.stringify(data.value, null, 2)),
                h("button", { id: "again", onClick: () => identify({ linkedId: "again" }) }, "Again"),
            ];
        };
    },
};

createApp(Visitor).use(whorlPlugin, { src: `${whorl}/agent/${key}.mjs` }).mount("#root");
