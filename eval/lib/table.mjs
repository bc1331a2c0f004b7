// Tables in plain text: the first column to the left, the others to the right.
export const percent = (x, digits = 1) => (typeof x === "number" ? (100 * x).toFixed(digits) : "-");
export const number = (x, digits = 2) => (typeof x === "number" ? x.toFixed(digits) : "-");

/* rows: lists of texts, the first row the head. */
export function table(rows) {
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const cell = (text, column) =>
        column ? text.padStart(widths[column]) : text.padEnd(widths[column]);
    return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
