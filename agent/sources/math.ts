/* math: results whose last digits the language leaves to the implementation.
 *
 * Privacy: low; the engine. */

import { sha256 } from "../sha256.ts";

export function math() {
    const m = Math;
    const values = [
        m.acos(0.1234), m.acosh(1e8), m.asin(0.1234), m.asinh(1e3), m.atan(2.5), m.atanh(0.51),
        m.atan2(0.73, -2.1), m.cbrt(100.7), m.cos(1e13), m.cosh(9.3), m.exp(1.37), m.expm1(0.91),
        m.hypot(3.3, 7.1, 0.9), m.log(97.3), m.log1p(0.037), m.log10(7e-7), m.pow(m.PI, -97.5),
        m.sin(-1e300), m.sinh(1.77), m.tan(-1e300), m.tanh(0.387),
    ];
    return { values, hash: sha256(values.join(",")) };
}
