/* json_tape.cc - the parser behind json_in.h, and the repair of what simdjson refuses although
 * JavaScript writes it. The repair is rare, so it may be slow: it copies the text, puts \ufffd for
 * a lone surrogate and a finite double for a number out of range, and parses once more. Only
 * tokens of those kinds are touched, so a text that is wrong elsewhere stays wrong. */
#include "base/json_tape.h"

#include "base/limits.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <new>
#include <simdjson.h>
#include <string>

static_assert(JSON_TAPE_PADDING >= simdjson::SIMDJSON_PADDING,
              "simdjson reads further than we promise");

struct json_parser {
    simdjson::dom::parser parser;
    std::string repaired;
    const char *problem = "";
};

static int hex4(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Copies the string that starts at p (the quote) to out; returns the place after it. */
static const char *repair_string(std::string &out, const char *p, const char *end)
{
    out += *p++;
    while (p < end && *p != '"') {
        if (*p != '\\' || end - p < 2) {
            out += *p++;
            continue;
        }
        int unit = p[1] == 'u' && end - p >= 6 ? hex4(p + 2) : -1;
        if (unit < 0xd800 || unit > 0xdfff) {
            out.append(p, 2), p += 2;
            continue;
        }
        int next =
            unit <= 0xdbff && end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8) : -1;
        if (next >= 0xdc00 && next <= 0xdfff) out.append(p, 12), p += 12;
        else out += "\\ufffd", p += 6;
    }
    if (p < end) out += *p++;
    return p;
}

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static const char *digits(const char *p)
{
    while (*p >= '0' && *p <= '9') p++;
    return p;
}

/* RFC 8259, section 6. What strtod takes is more than that. */
static bool is_number(const char *p)
{
    if (*p == '-') p++;
    const char *whole = p;
    p = digits(p);
    if (p == whole || (*whole == '0' && p > whole + 1)) return false;
    if (*p == '.') {
        const char *fraction = p + 1;
        p = digits(fraction);
        if (p == fraction) return false;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-') p++;
        const char *exponent = p;
        p = digits(p);
        if (p == exponent) return false;
    }
    return *p == 0;
}

/* A whole number that has no place in 64 bits. */
static bool is_too_large(const char *token)
{
    errno = 0;
    if (*token == '-') (void)std::strtoll(token, nullptr, 10);
    else (void)std::strtoull(token, nullptr, 10);
    return errno == ERANGE;
}

/* The number token at p as a finite double, when it is a JSON number that simdjson refuses for its
 * size; any other token as it is. */
static const char *repair_number(std::string &out, const char *p, const char *end)
{
    const char *stop = p;
    while (stop < end && is_number_char(*stop)) stop++;
    std::string token(p, stop);
    bool good = is_number(token.c_str());
    bool whole = token.find_first_of(".eE") == std::string::npos;
    if (good && whole && is_too_large(token.c_str())) token += "e0";
    if (good && !std::isfinite(std::strtod(token.c_str(), nullptr)))
        token = token[0] == '-' ? "-1.7976931348623157e308" : "1.7976931348623157e308";
    out += token;
    return stop;
}

static void repair(std::string &out, const char *p, const char *end)
{
    out.clear();
    out.reserve(static_cast<size_t>(end - p) + JSON_TAPE_PADDING);
    while (p < end) {
        if (*p == '"') p = repair_string(out, p, end);
        else if (*p == '-' || (*p >= '0' && *p <= '9')) p = repair_number(out, p, end);
        else out += *p++;
    }
}

static const char *describe(simdjson::error_code code)
{
    switch (code) {
    case simdjson::EMPTY: return "the body is empty";
    case simdjson::UTF8_ERROR: return "the JSON is not UTF-8";
    case simdjson::DEPTH_ERROR: return "the JSON is nested deeper than 1024 levels";
    case simdjson::STRING_ERROR: return "a JSON string holds a wrong escape";
    case simdjson::UNESCAPED_CHARS: return "a JSON string holds a control character";
    case simdjson::UNCLOSED_STRING: return "a JSON string has no end";
    case simdjson::NUMBER_ERROR: return "a JSON number is malformed";
    case simdjson::CAPACITY: return "the JSON is too large";
    default: return "the body is not valid JSON";
    }
}

extern "C" struct json_parser *json_tape_create(void)
{
    return new (std::nothrow) json_parser;
}

extern "C" void json_tape_destroy(struct json_parser *parser)
{
    delete parser;
}

extern "C" const char *json_tape_problem(const struct json_parser *parser)
{
    return parser->problem;
}

/* simdjson's allocate() takes the depth; parse() alone would fall back to its default. */
static simdjson::error_code run(struct json_parser *parser, const char *text, size_t n)
{
    if (parser->parser.capacity() < n || parser->parser.max_depth() != JSON_DEPTH_MAX) {
        simdjson::error_code e = parser->parser.allocate(n < 32768 ? 32768 : n, JSON_DEPTH_MAX);
        if (e) return e;
    }
    return parser->parser.parse(text, n, false).error();
}

extern "C" enum json_tape_result json_tape_parse(struct json_parser *parser, const char *text,
                                                 size_t n, const uint64_t **tape,
                                                 const uint8_t **strings)
{
    simdjson::error_code code = run(parser, text, n);
    if (code == simdjson::STRING_ERROR || code == simdjson::NUMBER_ERROR) {
        try {
            repair(parser->repaired, text, text + n);
        } catch (const std::bad_alloc &) {
            return JSON_TAPE_NO_MEMORY;
        }
        code = run(parser, parser->repaired.data(), parser->repaired.size());
    }
    if (code == simdjson::MEMALLOC) return JSON_TAPE_NO_MEMORY;
    if (code) {
        parser->problem = describe(code);
        return JSON_TAPE_MALFORMED;
    }
    *tape = parser->parser.doc.tape.get();
    *strings = parser->parser.doc.string_buf.get();
    return JSON_TAPE_OK;
}
