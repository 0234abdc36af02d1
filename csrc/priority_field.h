/* The value of a priority field, and of a PRIORITY_UPDATE frame (RFC 9218 sections 4, 5 and 7): a
 * dictionary of structured fields (RFC 8941 section 3.2), of which two members mean something.
 */
#ifndef H2F_PRIORITY_FIELD_H
#define H2F_PRIORITY_FIELD_H

#include <stddef.h>
#include <stdint.h>

/* What stands for a member that is not there (RFC 9218 sections 4.1 and 4.2). */
#define H2F_PRIORITY_DEFAULT_URGENCY 3
#define H2F_PRIORITY_DEFAULT_INCREMENTAL 0

/* The longest value that is written. */
#define H2F_PRIORITY_FIELD_LONGEST sizeof "u=7, i=?0"

typedef struct {
    int8_t urgency;     /* 0, the most urgent, to 7; -1: not there */
    int8_t incremental; /* 0 or 1; -1: not there */
} h2f_priority_field;

/* Reads a value; several field lines are to be joined by commas before. Other members, all
 * parameters, and u or i of another type or out of range are as if they were not there (RFC 9218
 * section 4). Returns 0, or H2F_ERR_PRIORITY_FIELD with *field unchanged where the octets are no
 * dictionary: then the whole field is to be ignored (RFC 8941 section 4.2). */
int h2f_priority_field_parse(h2f_priority_field *field, const uint8_t *octets, size_t len);

/* Writes those members that are there, at most H2F_PRIORITY_FIELD_LONGEST octets. Returns the
 * advanced dst. */
uint8_t *h2f_priority_field_write(const h2f_priority_field *field, uint8_t *dst);

#endif
