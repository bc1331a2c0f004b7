/* answer - see answer.h. Reason phrases: IANA, HTTP Status Code Registry (RFC 9110, 6585, 8470). */
#include "net/answer.h"

#include <assert.h>
#include <stdio.h>

enum { FIXED_LINES_BYTES_MAX = 256 }; /* all lines that are not the response's own; really 160 */

const char *answer_reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
    }
}

bool answer_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

size_t answer_bytes_max(const struct response *response)
{
    size_t n = FIXED_LINES_BYTES_MAX;
    for (size_t i = 0; i < response->headers_count; i++)
        n += response->headers[i].name.n + response->headers[i].value.n + 4;
    return n;
}

static char *put(char *at, struct str s)
{
    if (s.n > 0) memcpy(at, s.p, s.n);
    return at + s.n;
}

static bool is_one_line(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == 0) return false;
    return true;
}

size_t answer_write(char *out, const struct response *response, struct str date,
                    enum answer_connection connection)
{
    char *at = out;
    assert(response->status >= 200 && response->status <= 599);
    const char status[4] = { (char)('0' + response->status / 100),
                             (char)('0' + response->status / 10 % 10),
                             (char)('0' + response->status % 10), ' ' };
    at = put(at, STR("HTTP/1.1 "));
    at = put(at, (struct str){ status, sizeof status });
    at = put(at, str_of(answer_reason(response->status)));
    at = put(at, STR("\r\nDate: "));
    at = put(at, date);
    for (size_t i = 0; i < response->headers_count; i++) {
        const struct header *header = &response->headers[i];
        assert(is_one_line(header->name) && is_one_line(header->value));
        at = put(at, STR("\r\n"));
        at = put(at, header->name);
        at = put(at, STR(": "));
        at = put(at, header->value);
    }
    if (answer_has_body(response->status)) {
        char length[48];
        int n = snprintf(length, sizeof length, "\r\nContent-Length: %zu", response->body.n);
        at = put(at, (struct str){ length, (size_t)n });
    }
    if (connection == ANSWER_CLOSE) at = put(at, STR("\r\nConnection: close"));
    if (connection == ANSWER_KEEP_ALIVE) at = put(at, STR("\r\nConnection: keep-alive"));
    at = put(at, STR("\r\n\r\n"));
    return (size_t)(at - out);
}
