// A component that knows its visitor.

import { useEffect } from "react";
import { createRoot } from "react-dom/client";

import { useVisitor, WhorlProvider } from "whorl-browser/react";

const { whorl, key } = document.body.dataset;

function Visitor() {
    const { data, error, isLoading, identify } = useVisitor({ tag: { page: "react" } });
    useEffect(() => {
        if (!isLoading) document.title = error ? "failed" : "done";
    });
    if (isLoading) return <p>one moment</p>;
    if (error) return <p>{`${"code" in error ? error.code : error.name} ${error.message}`}</p>;
    return (
        <>
            <pre id="result">{JSON.stringify(data, null, 2)}</pre>
            <button id="again" onClick={() => identify({ linkedId: "again" })}>Again</button>
        </>
    );
}

createRoot(document.getElementById("root")!).render(
    <WhorlProvider src={`${whorl}/agent/${key}.mjs`}>
        <Visitor />
    </WhorlProvider>,
);
