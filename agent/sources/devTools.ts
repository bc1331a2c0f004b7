/* devTools: developer tools docked to this window take room from the page that page zoom cannot
 * explain. Tools in a window of their own stay unseen, and nothing here stops a debugger or
 * logs.
 *
 * Privacy: none lasting; whether tools are open now. */

const SIDE_PX = 160;
const BOTTOM_PX = 200;

function takesRoom(): boolean {
    if (outerWidth === 0 || outerHeight === 0) return false;
    if (matchMedia("(pointer: coarse)").matches) return false;
    /* Zoom scales both sides alike, so the width says how tall the page should be. */
    const zoom = outerWidth / innerWidth;
    const missingBelow = outerHeight - innerHeight * zoom;
    if (zoom < 1.02) return missingBelow > BOTTOM_PX;
    return missingBelow < 0 && outerWidth - innerWidth > SIDE_PX;
}

export function devTools() {
    const indicators = takesRoom() ? ["window_size_diff"] : [];
    return { isOpen: indicators.length > 0, indicators };
}
