/* What both codecs are given: header lists of connections, and how their own blocks are kept. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include <nghttp2/nghttp2.h>

#include "program.h"

enum { H2FAST, NGHTTP2, CODECS };

typedef struct {
    nghttp2_nv *fields; /* nghttp2's own type, which h2fast reads as well as any other */
    size_t count;
    span blocks[CODECS]; /* as each codec encodes it on the story's connection */
} header_list;

/* The header lists of one direction of one connection. */
typedef struct {
    header_list *lists;
    size_t count;
} story;

/* A string, and the code of it. The codes of a block follow each other as they would in the block,
 * so more octets than the code may be readable. */
typedef struct {
    span string, code;
    size_t readable;
} coded_string;

typedef struct {
    story *stories;
    size_t story_count, list_count, field_count;
    coded_string *strings; /* every one that an encoder sends in Huffman code */
    size_t string_count, string_octets;
} workload;

/* Reads the stories that hpack_c.py wrote (its docstring has the format), or exits. */
void workload_read(workload *load, const char *path);

#endif
