/* private_window - is this a private window? What matching and the incognito verdict both ask.
 *
 * Firefox refuses navigator.storage.getDirectory() with a security error in private windows, Safari with a transient
 * one; where the call works in these engines, the window is a usual one (detectIncognito; Firefox ESR 153 measured
 * 2026-11-25). Firefox refuses it in the same words where cookies are blocked (measured 2026-11-26), so then nothing
 * is known. Clients also report a storage quota that only private windows of old browsers have; that they report
 * none means little: most have no way to know.
 */
#ifndef WHORL_IDENTIFY_PRIVATE_WINDOW_H
#define WHORL_IDENTIFY_PRIVATE_WINDOW_H

#include "identify/signals.h"

enum private_window { WINDOW_UNKNOWN, WINDOW_USUAL, WINDOW_PRIVATE_STORAGE, WINDOW_PRIVATE_REPORTED };

enum private_window private_window_of(const struct signals *signals);

#endif
