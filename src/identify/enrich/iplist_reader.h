/* iplist_reader - what the files of the list loader share; for them only. */
#ifndef WHORL_IDENTIFY_ENRICH_IPLIST_READER_H
#define WHORL_IDENTIFY_ENRICH_IPLIST_READER_H

#include "identify/enrich/iplist_read.h"

struct reader {
    struct str text;
    unsigned list;
    struct iplist_builder *out;
    struct iplist_report *report;
    size_t line;        /* of text, from 1 */
};

/* An address or network, perhaps with a port, a user or a scheme. */
bool reader_parse(struct str token, struct network *out);
/* Counts the entry and adds it, or notes why not. False when it cannot be read. */
bool reader_add(struct reader *r, struct str token);
bool reader_add_asn(struct reader *r, struct str digits);
void reader_note(struct reader *r, struct str text, const char *why);
/* Refuses the whole file: printf into report->problem. */
enum err reader_refuse(struct reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A name of the format, unless it has one. */
void reader_format(struct reader *r, const char *format);

/* iplist_json.c */
enum err reader_read_json(struct reader *r);
enum err reader_read_json_lines(struct reader *r);

#endif
