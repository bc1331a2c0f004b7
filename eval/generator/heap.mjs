// A binary heap: pop() gives the item that comes before all others.
export class Heap {
    #items = [];
    #before;

    constructor(before) {
        this.#before = before;
    }

    get size() {
        return this.#items.length;
    }

    push(item) {
        const items = this.#items;
        let i = items.push(item) - 1;
        while (i) {
            const parent = (i - 1) >> 1;
            if (!this.#before(items[i], items[parent])) break;
            [items[parent], items[i]] = [items[i], items[parent]];
            i = parent;
        }
    }

    pop() {
        const items = this.#items;
        const top = items[0];
        const last = items.pop();
        if (!items.length) return top;
        items[0] = last;
        let i = 0;
        for (;;) {
            let child = 2 * i + 1;
            if (child >= items.length) break;
            const right = child + 1;
            if (right < items.length && this.#before(items[right], items[child])) child = right;
            if (!this.#before(items[child], items[i])) break;
            [items[i], items[child]] = [items[child], items[i]];
            i = child;
        }
        return top;
    }
}
