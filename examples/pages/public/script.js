// data-consent="required" on the agent's tag: nothing is read before start().

const result = document.getElementById("result");

document.getElementById("agree").addEventListener("click", () => window.whorl.start());

window.whorl.identify({ tag: { page: "script" } }).then(
    (answer) => {
        result.textContent = JSON.stringify(answer, null, 2);
        document.title = "done";
    },
    (error) => {
        result.textContent = `${error.code} ${error.message}`;
        document.title = "failed";
    },
);
