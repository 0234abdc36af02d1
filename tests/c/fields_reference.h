/* RFC 9113 section 8 once more, as plainly as it can be written: a table of rules in h2's order,
 * each of which looks at the list from the beginning.
 */
#ifndef H2F_TEST_FIELDS_REFERENCE_H
#define H2F_TEST_FIELDS_REFERENCE_H

#include "check.h"
#include "fields.h"
#include "h2f_limits.h"

typedef struct {
    const h2f_field *fields;
    size_t count;
    enum h2f_section section;
    unsigned flags;
    int received;
} ref_list;

static int ref_same(const uint8_t *octets, size_t len, const char *text) {
    return len == strlen(text) && (len == 0 || memcmp(octets, text, len) == 0);
}

static int ref_named(const h2f_field *field, const char *name) {
    return ref_same(field->name, field->name_len, name);
}

/* Whether one of the words of a list with commas is the name. */
static int ref_named_one_of(const h2f_field *field, const char *names) {
    char word[32];
    for (const char *end; *names; names = *end ? end + 1 : end) {
        for (end = names; *end && *end != ','; end++)
            word[end - names] = *end;
        word[end - names] = 0;
        if (ref_named(field, word))
            return 1;
    }
    return 0;
}

static const h2f_field *ref_find(const ref_list *list, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (ref_named(&list->fields[i], name))
            return &list->fields[i];
    return NULL;
}

static int ref_has(const ref_list *list, const char *name) {
    return ref_find(list, list->count, name) != NULL;
}

static int ref_method_is(const ref_list *list, const char *method) {
    const h2f_field *field = ref_find(list, list->count, ":method");
    return field && ref_same(field->value, field->value_len, method);
}

static int ref_strict(const ref_list *list) {
    return (list->flags & H2F_FIELDS_STRICT) != 0;
}

static int ref_is_pseudo(const h2f_field *field) {
    return field->name_len > 0 && field->name[0] == ':';
}

static int ref_is_letter(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A letter, a digit or one of the others. */
static int ref_all(const uint8_t *p, size_t len, const char *others) {
    for (size_t i = 0; i < len; i++)
        if (!ref_is_letter(p[i]) && !(p[i] >= '0' && p[i] <= '9') &&
            (p[i] == 0 || strchr(others, p[i]) == NULL))
            return 0;
    return 1;
}

#define REF_TOKEN "!#$%&'*+-.^_`|~"
#define REF_PATH "-._~!$&'()*+,;=%:@/?[\\]^`{|}"
#define REF_AUTHORITY "-._~!$&'()*+,;=%:[]"

/* ---- rules of a field, as long as no other before it is broken ---- */

static int ref_octets_of_name(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    for (size_t at = 0; at < f->name_len; at++) {
        uint8_t c = f->name[at];
        if (c >= 0x41 && c <= 0x5a)
            return H2F_ERR_FIELD_NAME_UPPERCASE;
        if (c <= 0x20 || c >= 0x7f)
            return H2F_ERR_FIELD_NAME_OCTET;
    }
    if (f->name_len > 1 && memchr(f->name + 1, ':', f->name_len - 1))
        return H2F_ERR_FIELD_NAME_OCTET;
    if (ref_strict(list) && f->name_len > 0) {
        size_t skip = ref_is_pseudo(f) ? 1 : 0;
        if (!ref_all(f->name + skip, f->name_len - skip, REF_TOKEN))
            return H2F_ERR_FIELD_NAME_OCTET;
    }
    return 0;
}

static int ref_octets_of_value(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    for (size_t at = 0; at < f->value_len; at++) {
        uint8_t c = f->value[at];
        if (c == 0 || c == 10 || c == 13)
            return H2F_ERR_FIELD_VALUE_OCTET;
        if (ref_strict(list) && ((c < 0x20 && c != 9) || c == 0x7f))
            return H2F_ERR_FIELD_VALUE_OCTET;
    }
    return 0;
}

static int ref_blanks(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    if (f->value_len == 0)
        return 0;
    uint8_t first = f->value[0], last = f->value[f->value_len - 1];
    return first == 9 || first == 32 || last == 9 || last == 32 ? H2F_ERR_FIELD_VALUE_BLANK : 0;
}

static int ref_empty_name(const ref_list *list, size_t i) {
    return list->fields[i].name_len ? 0 : H2F_ERR_FIELD_NAME_EMPTY;
}

static int ref_te(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    if (!ref_named(f, "te"))
        return 0;
    char lower[9] = "";
    for (size_t at = 0; at < f->value_len && at < 8; at++)
        lower[at] = (char)(f->value[at] >= 'A' && f->value[at] <= 'Z' ? f->value[at] + 32
                                                                       : f->value[at]);
    return f->value_len == 8 && memcmp(lower, "trailers", 8) == 0 ? 0 : H2F_ERR_FIELD_TE;
}

static int ref_connection(const ref_list *list, size_t i) {
    return ref_named_one_of(&list->fields[i], "connection,proxy-connection,keep-alive,"
                                              "transfer-encoding,upgrade")
               ? H2F_ERR_FIELD_CONNECTION
               : 0;
}

static int ref_repeated(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    for (size_t j = 0; j < i && ref_is_pseudo(f); j++)
        if (list->fields[j].name_len == f->name_len &&
            memcmp(list->fields[j].name, f->name, f->name_len) == 0)
            return H2F_ERR_FIELD_PSEUDO_REPEATED;
    return 0;
}

static int ref_late(const ref_list *list, size_t i) {
    for (size_t j = 0; j < i && ref_is_pseudo(&list->fields[i]); j++)
        if (!ref_is_pseudo(&list->fields[j]))
            return H2F_ERR_FIELD_PSEUDO_LATE;
    return 0;
}

static int ref_unknown(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    return !ref_is_pseudo(f) ||
                   ref_named_one_of(f, ":method,:scheme,:authority,:path,:status,:protocol")
               ? 0
               : H2F_ERR_FIELD_PSEUDO_UNKNOWN;
}

static int ref_hosts(const ref_list *list, size_t i) {
    return list->section == H2F_SECTION_REQUEST && ref_named(&list->fields[i], "host") &&
                   ref_find(list, i, "host")
               ? H2F_ERR_FIELD_HOST_REPEATED
               : 0;
}

static int ref_empty_path(const ref_list *list, size_t i) {
    return list->section == H2F_SECTION_REQUEST && ref_named(&list->fields[i], ":path") &&
                   list->fields[i].value_len == 0
               ? H2F_ERR_FIELD_PATH_EMPTY
               : 0;
}

static int ref_place(const ref_list *list, size_t i) {
    const h2f_field *f = &list->fields[i];
    if (!ref_strict(list))
        return 0;
    if (list->section == H2F_SECTION_RESPONSE && ref_named(f, "te"))
        return H2F_ERR_FIELD_MISPLACED;
    return list->section == H2F_SECTION_TRAILERS &&
                   ref_named_one_of(f, "content-length,host,trailer,te,content-encoding,"
                                       "content-range,content-type,authorization,www-authenticate,"
                                       "proxy-authenticate,proxy-authorization,cookie,set-cookie,"
                                       "cache-control,expect,max-forwards,pragma,range,if-match,"
                                       "if-none-match,if-modified-since,if-unmodified-since,"
                                       "if-range")
               ? H2F_ERR_FIELD_MISPLACED
               : 0;
}

typedef int (*ref_rule)(const ref_list *list, size_t i);

static const ref_rule ref_octet_rules[] = {ref_octets_of_name, ref_octets_of_value, ref_blanks};
static const ref_rule ref_field_rules[] = {ref_empty_name, ref_te,      ref_connection,
                                           ref_repeated,   ref_late,    ref_unknown,
                                           ref_hosts,      ref_empty_path, ref_place};

/* ---- rules of the list, when no field breaks one ---- */

static int ref_missing_and_forbidden(const ref_list *list) {
    int request_pseudo = ref_has(list, ":scheme") || ref_has(list, ":path") ||
                         ref_has(list, ":authority") || ref_has(list, ":method") ||
                         ref_has(list, ":protocol");
    if (list->section == H2F_SECTION_TRAILERS)
        return request_pseudo || ref_has(list, ":status") ? H2F_ERR_FIELD_PSEUDO_IN_TRAILERS : 0;
    if (list->section == H2F_SECTION_RESPONSE) {
        if (!ref_has(list, ":status"))
            return H2F_ERR_FIELD_STATUS_MISSING;
        return request_pseudo ? H2F_ERR_FIELD_REQUEST_PSEUDO : 0;
    }
    int connect = ref_method_is(list, "CONNECT");
    int ordinary = connect && !ref_has(list, ":protocol");
    if (!ref_has(list, ":method"))
        return H2F_ERR_FIELD_METHOD_MISSING;
    if (ordinary && (ref_has(list, ":scheme") || ref_has(list, ":path")))
        return H2F_ERR_FIELD_CONNECT_PSEUDO;
    if (!ordinary && !ref_has(list, ":scheme"))
        return H2F_ERR_FIELD_SCHEME_MISSING;
    if (!ordinary && !ref_has(list, ":path"))
        return H2F_ERR_FIELD_PATH_MISSING;
    if (ref_has(list, ":status"))
        return H2F_ERR_FIELD_RESPONSE_PSEUDO;
    return !connect && ref_has(list, ":protocol") ? H2F_ERR_FIELD_PROTOCOL_METHOD : 0;
}

static int ref_authority(const ref_list *list) {
    const h2f_field *authority = ref_find(list, list->count, ":authority");
    const h2f_field *host = ref_find(list, list->count, "host");
    if (list->section != H2F_SECTION_REQUEST)
        return 0;
    if (!authority && !host)
        return H2F_ERR_FIELD_AUTHORITY_MISSING;
    if (!authority || !host)
        return 0;
    if (authority->value_len == host->value_len &&
        (host->value_len == 0 || memcmp(authority->value, host->value, host->value_len) == 0))
        return 0;
    return H2F_ERR_FIELD_AUTHORITY_MISMATCH;
}

static int ref_is_http(const h2f_field *scheme) {
    char lower[6] = "";
    for (size_t i = 0; i < scheme->value_len && i < 5; i++)
        lower[i] =
            (char)(ref_is_letter(scheme->value[i]) ? scheme->value[i] | 32 : scheme->value[i]);
    return scheme->value_len < 6 && (strcmp(lower, "http") == 0 || strcmp(lower, "https") == 0);
}

static int ref_strict_request(const ref_list *list) {
    const h2f_field *method = ref_find(list, list->count, ":method");
    const h2f_field *scheme = ref_find(list, list->count, ":scheme");
    const h2f_field *authority = ref_find(list, list->count, ":authority");
    const h2f_field *path = ref_find(list, list->count, ":path");
    const h2f_field *protocol = ref_find(list, list->count, ":protocol");
    if (method->value_len == 0 || !ref_all(method->value, method->value_len, REF_TOKEN))
        return H2F_ERR_FIELD_METHOD;
    if (scheme && (scheme->value_len == 0 || !ref_is_letter(scheme->value[0]) ||
                   !ref_all(scheme->value, scheme->value_len, "+-.")))
        return H2F_ERR_FIELD_SCHEME;
    if (path && !ref_all(path->value, path->value_len, REF_PATH))
        return H2F_ERR_FIELD_PATH;
    if (path && path->value[0] != '/' && ref_is_http(scheme) &&
        !(ref_method_is(list, "OPTIONS") && ref_same(path->value, path->value_len, "*")))
        return H2F_ERR_FIELD_PATH;
    if (!authority && ref_method_is(list, "CONNECT"))
        return H2F_ERR_FIELD_AUTHORITY;
    if (!authority)
        authority = ref_find(list, list->count, "host");
    if (!ref_all(authority->value, authority->value_len, REF_AUTHORITY))
        return H2F_ERR_FIELD_AUTHORITY;
    if (authority->value_len == 0 && (!scheme || ref_is_http(scheme)))
        return H2F_ERR_FIELD_AUTHORITY;
    if (protocol && !(list->flags & H2F_FIELDS_EXTENDED_CONNECT))
        return H2F_ERR_FIELD_PROTOCOL_UNEXPECTED;
    if (protocol &&
        (protocol->value_len == 0 || !ref_all(protocol->value, protocol->value_len, REF_TOKEN)))
        return H2F_ERR_FIELD_PROTOCOL;
    return 0;
}

static int ref_strict_response(const ref_list *list) {
    const h2f_field *status = ref_find(list, list->count, ":status");
    for (size_t i = 0; i < status->value_len; i++)
        if (status->value[i] < '0' || status->value[i] > '9')
            return H2F_ERR_FIELD_STATUS;
    return status->value_len != 3 || status->value[0] == '0' ||
                   ref_same(status->value, status->value_len, "101")
               ? H2F_ERR_FIELD_STATUS
               : 0;
}

static int ref_length_is_wrong(const h2f_field *f) {
    for (size_t i = 0; i < f->value_len; i++)
        if (f->value[i] < '0' || f->value[i] > '9')
            return 1;
    return f->value_len == 0 || f->value_len > H2F_MAX_LENGTH_DIGITS;
}

static int ref_numbers_differ(const h2f_field *a, const h2f_field *b) {
    size_t i = 0, j = 0;
    while (i < a->value_len && a->value[i] == '0')
        i++;
    while (j < b->value_len && b->value[j] == '0')
        j++;
    return a->value_len - i != b->value_len - j ||
           memcmp(a->value + i, b->value + j, a->value_len - i) != 0;
}

static int ref_strict_lengths(const ref_list *list, size_t *bad) {
    const h2f_field *first = NULL;
    size_t second = list->count;
    for (size_t i = 0; i < list->count; i++) {
        const h2f_field *f = &list->fields[i];
        if (!ref_named(f, "content-length"))
            continue;
        *bad = i;
        if (ref_length_is_wrong(f))
            return H2F_ERR_FIELD_LENGTH_INVALID;
        if (first != NULL && ref_numbers_differ(first, f))
            return H2F_ERR_FIELD_LENGTH_CONFLICT;
        if (first != NULL && second == list->count)
            second = i;
        if (first == NULL)
            first = f;
    }
    *bad = second;
    return second < list->count ? H2F_ERR_FIELD_LENGTH_REPEATED : 0;
}

/* What h2f_fields_check_received or h2f_fields_check_sent returns. *bad is the field, or count
 * also where the strict mode would name one. */
static int ref_check(const ref_list *list, size_t *bad) {
    int error;
    for (size_t i = 0; i < list->count; i++) {
        *bad = i;
        if (list->received || list->flags & (H2F_FIELDS_OCTETS | H2F_FIELDS_STRICT))
            for (size_t rule = 0; rule < 3; rule++)
                if ((error = ref_octet_rules[rule](list, i)) != 0)
                    return error;
        for (size_t rule = 0; rule < sizeof ref_field_rules / sizeof *ref_field_rules; rule++)
            if ((error = ref_field_rules[rule](list, i)) != 0)
                return error;
    }
    *bad = list->count;
    if ((error = ref_missing_and_forbidden(list)) != 0 || (error = ref_authority(list)) != 0)
        return error;
    if (!ref_strict(list) || list->section == H2F_SECTION_TRAILERS)
        return 0;
    error = list->section == H2F_SECTION_REQUEST ? ref_strict_request(list)
                                                 : ref_strict_response(list);
    return error ? error : ref_strict_lengths(list, bad);
}

#endif
