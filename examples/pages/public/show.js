// Shows an answer or an error on the page; the window's title says how it went.

export async function show(promise) {
    const result = document.getElementById("result");
    try {
        result.textContent = JSON.stringify(await promise, null, 2);
        document.title = "done";
    } catch (error) {
        result.textContent = `${error.code ?? ""} ${error.message}`;
        document.title = "failed";
    }
}

export const { whorl, key } = document.body.dataset;
