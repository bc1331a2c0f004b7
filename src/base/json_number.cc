/* json_number - see json_number.h. */
#include "base/json_number.h"

#include <charconv>
#include <cmath>
#include <cstring>

/* digits d1 d2 ... dk and exponent n with value = 0.d1d2...dk * 10^n, laid out as the standard
 * says */
static size_t lay_out(char *out, const char *digits, int k, int n)
{
    char *p = out;
    if (k <= n && n <= 21) {
        std::memcpy(p, digits, static_cast<size_t>(k)), p += k;
        for (int i = k; i < n; i++) *p++ = '0';
    } else if (0 < n && n <= 21) {
        std::memcpy(p, digits, static_cast<size_t>(n)), p += n;
        *p++ = '.';
        std::memcpy(p, digits + n, static_cast<size_t>(k - n)), p += k - n;
    } else if (-6 < n && n <= 0) {
        *p++ = '0', *p++ = '.';
        for (int i = n; i < 0; i++) *p++ = '0';
        std::memcpy(p, digits, static_cast<size_t>(k)), p += k;
    } else {
        *p++ = digits[0];
        if (k > 1) {
            *p++ = '.';
            std::memcpy(p, digits + 1, static_cast<size_t>(k - 1)), p += k - 1;
        }
        *p++ = 'e';
        *p++ = n - 1 < 0 ? '-' : '+';
        p = std::to_chars(p, out + JSON_NUMBER_BYTES, std::abs(n - 1)).ptr;
    }
    return static_cast<size_t>(p - out);
}

extern "C" size_t json_number_print(char out[JSON_NUMBER_BYTES], double value)
{
    if (value == 0) { /* JavaScript prints -0 as 0 */
        out[0] = '0';
        return 1;
    }
    size_t sign = value < 0 ? 1 : 0;
    if (sign) out[0] = '-';
    double magnitude = std::fabs(value);
    if (magnitude < 1e15 &&
        magnitude == std::floor(magnitude)) { /* most numbers are small integers */
        char *end = std::to_chars(out + sign, out + JSON_NUMBER_BYTES,
                                  static_cast<long long>(magnitude)).ptr;
        return static_cast<size_t>(end - out);
    }
    char text[40], digits[24];
    char *end =
        std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific).ptr;
    char *e = static_cast<char *>(std::memchr(text, 'e', static_cast<size_t>(end - text)));
    int k = 0, exponent = 0;
    for (char *c = text; c < e; c++)
        if (*c != '.') digits[k++] = *c;
    std::from_chars(e + (e[1] == '+' ? 2 : 1), end, exponent);
    return sign + lay_out(out + sign, digits, k, exponent + 1);
}
