// Identifies the browser when the form is sent, and sends the requestId along with it. The answer is
// shown on the page and in the window's title.

const form = document.querySelector("form");
const button = document.getElementById("submit");
const result = document.getElementById("result");

function show(text) {
    result.textContent = text;
    document.title = text;
}

async function signUp() {
    if (!window.whorl) {
        return "whorl's agent could not be loaded";
    }
    const { requestId } = await window.whorl.identify();
    const response = await fetch("/api/create-account", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
            requestId,
            username: form.elements.username.value,
            password: form.elements.password.value,
        }),
    });
    const answer = await response.json();
    return response.ok ? "account created" : `${response.status} ${answer.error}`;
}

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    show("one moment");
    try {
        show(await signUp());
    } catch (error) {
        show(`failed: ${error.message}`);
    } finally {
        button.disabled = false;
    }
});
