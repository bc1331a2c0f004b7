/* answer - the head of an HTTP/1.1 answer as bytes. Pure. */
#ifndef WHORL_NET_ANSWER_H
#define WHORL_NET_ANSWER_H

#include "net/server.h"

enum answer_connection { ANSWER_SILENT, ANSWER_CLOSE, ANSWER_KEEP_ALIVE };

/* "Too Many Requests"; "Unknown" for what is not registered. */
const char *answer_reason(int status);
/* Does an answer with this status have a body, and a Content-Length? Not 204 and 304. */
bool answer_has_body(int status);
/* How much room answer_write needs at most. */
size_t answer_bytes_max(const struct response *response);
/* Writes status line, Date, the response's headers, Content-Length, Connection and the empty line;
 * returns the length. Asserts that no header holds CR, LF or NUL. */
size_t answer_write(char *out, const struct response *response, struct str date,
                    enum answer_connection connection);

#endif
