/* What a list of header fields has to be (RFC 9113 section 8), for those received and those to be
 * sent. The rules are those of h2 4.4.1, and of several that are broken the one it names first is
 * reported: field by field the octets of the name, those of the value, then what the field is;
 * last what is missing or too much in the whole list. A flag adds stricter rules.
 *
 * Nothing is changed, copied or allocated; what is found are pointers into the caller's list.
 */
#ifndef H2F_FIELDS_H
#define H2F_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "h2f_error.h"

/* Views. A name or value of length 0 may be NULL. */
typedef struct {
    const uint8_t *name, *value;
    size_t name_len, value_len;
    uint8_t never_indexed; /* RFC 7541 section 6.2.3; no rule looks at it */
} h2f_field;

enum h2f_section {
    H2F_SECTION_REQUEST,  /* also a promised one */
    H2F_SECTION_RESPONSE, /* also 1xx */
    H2F_SECTION_TRAILERS
};

enum h2f_fields_flags {
    /* The octets of names and values of a list to be sent are checked too, which h2 leaves to
     * the peer. Received lists always are. */
    H2F_FIELDS_OCTETS = 1,
    /* More than h2 demands, in both directions; whatever is refused without it still is.
     *   names are tokens, values have no control characters but HTAB (RFC 9110 sections 5.1, 5.5)
     *   :method and :protocol are tokens, :scheme is one of a URI (RFC 9110 section 9.1,
     *     RFC 8441 section 4, RFC 3986 section 3.1)
     *   :path has only what a path and a query consist of and, with http and https, begins with /
     *     or is the * of OPTIONS (RFC 9113 section 8.3.1)
     *   :authority and host have no userinfo and no octet foreign to them, and with http, https
     *     and CONNECT are not empty; CONNECT has :authority (RFC 9113 sections 8.3.1 and 8.5)
     *   :status is three digits, from 100, and not 101 (RFC 9113 sections 8.3.2 and 8.6)
     *   :protocol comes only where the setting allows it (RFC 8441 section 3)
     *   te stands in requests only (RFC 9110 section 10.1.4), and in trailers nothing that is of
     *     use only before the content (RFC 9110 section 6.5.1)
     *   content-length is a number, and stands there once (RFC 9110 section 8.6)
     * It includes H2F_FIELDS_OCTETS. */
    H2F_FIELDS_STRICT = 2,
    /* The server sent SETTINGS_ENABLE_CONNECT_PROTOCOL. Matters only to the strict mode. */
    H2F_FIELDS_EXTENDED_CONNECT = 4
};

/* The fields that rules and engine look for by name; the first six are the pseudo-header fields. */
enum h2f_known_field {
    H2F_KNOWN_METHOD,
    H2F_KNOWN_SCHEME,
    H2F_KNOWN_AUTHORITY,
    H2F_KNOWN_PATH,
    H2F_KNOWN_STATUS,
    H2F_KNOWN_PROTOCOL,
    H2F_KNOWN_HOST,
    H2F_KNOWN_COUNT
};

enum h2f_pseudo { /* bits */
    H2F_PSEUDO_METHOD = 1 << H2F_KNOWN_METHOD,
    H2F_PSEUDO_SCHEME = 1 << H2F_KNOWN_SCHEME,
    H2F_PSEUDO_AUTHORITY = 1 << H2F_KNOWN_AUTHORITY,
    H2F_PSEUDO_PATH = 1 << H2F_KNOWN_PATH,
    H2F_PSEUDO_STATUS = 1 << H2F_KNOWN_STATUS,
    H2F_PSEUDO_PROTOCOL = 1 << H2F_KNOWN_PROTOCOL
};

enum h2f_method {
    H2F_METHOD_NONE, /* there is no :method */
    H2F_METHOD_OTHER,
    H2F_METHOD_CONNECT,
    H2F_METHOD_HEAD,
    H2F_METHOD_OPTIONS
};

/* What a list holds. After an error: what came up to the field that it is about, with that. */
typedef struct {
    const h2f_field *known[H2F_KNOWN_COUNT]; /* the first of each, or NULL */
    uint8_t pseudo;    /* enum h2f_pseudo: which of them there are */
    uint8_t method;    /* enum h2f_method */
    uint8_t bad_octet; /* of H2F_ERR_FIELD_NAME_OCTET and H2F_ERR_FIELD_VALUE_OCTET */
    int status;        /* of :status, 100 to 999; 0 for none or one that is no such number */
    size_t bad;        /* the index of the field that an error is about, or count for the list */
} h2f_section_info;

/* Only finds the fields, in any list whatever. */
void h2f_fields_read(const h2f_field *fields, size_t count, h2f_section_info *info);

/* Checks a list that was received, and finds its fields. Returns H2F_OK or one of H2F_ERR_FIELD_*;
 * those of the strict mode, and those of lengths, only with H2F_FIELDS_STRICT. */
int h2f_fields_check_received(const h2f_field *fields, size_t count, enum h2f_section section,
                              unsigned flags, h2f_section_info *info);

/* Checks a list that is to be sent, and finds its fields. Returns what the above does, without
 * H2F_FIELDS_OCTETS and H2F_FIELDS_STRICT but NAME_UPPERCASE, NAME_OCTET, VALUE_OCTET and
 * VALUE_BLANK. h2 has an IndexError for NAME_EMPTY here. */
int h2f_fields_check_sent(const h2f_field *fields, size_t count, enum h2f_section section,
                          unsigned flags, h2f_section_info *info);

/* Checks a request that was found to be right as one that is promised (RFC 9113 section 8.4): its
 * method is safe and cacheable, which it is known to be of GET and HEAD, and it has no content.
 * Returns H2F_OK, H2F_ERR_FIELD_PROMISE or an error of its content-length. */
int h2f_fields_check_promised(const h2f_field *fields, size_t count, const h2f_section_info *info);

/* The number that all content-length fields agree on, or -1 if there are none (RFC 9110 section
 * 8.6). One that does not fit is INT64_MAX, which no content reaches; whether two of them agree is
 * seen by their digits. Leading zeros are no part of the number; H2F_MAX_LENGTH_DIGITS counts them.
 * Returns H2F_OK with count in *bad, or with the index of the field in *bad and -1 in *length
 *   H2F_ERR_FIELD_LENGTH_INVALID, H2F_ERR_FIELD_LENGTH_CONFLICT (unlike the first such field). */
int h2f_fields_content_length(const h2f_field *fields, size_t count, int64_t *length, size_t *bad);

/* Whether :status, before the first field that is no pseudo-header field, begins with the 1 of an
 * interim response (RFC 9110 section 15.2). That is all h2 asks to tell one. */
int h2f_fields_informational(const h2f_field *fields, size_t count);

#endif
