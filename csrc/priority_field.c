#include "priority_field.h"

#include <string.h>

#include "h2f_error.h"

/* What is left to be read. */
typedef struct {
    const uint8_t *at, *end;
} input;

/* The value of a member, as far as it matters. */
typedef struct {
    enum { INTEGER, BOOLEAN, OTHER } type;
    int64_t number; /* of an integer or a boolean */
} item;

/* ------------------------------------------------------------------------------- characters */

static int next_is(const input *in, uint8_t c) {
    return in->at < in->end && *in->at == c;
}

static int take(input *in, uint8_t c) {
    if (!next_is(in, c))
        return 0;
    in->at++;
    return 1;
}

static int is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static int is_lower(uint8_t c) {
    return c >= 'a' && c <= 'z';
}

static int is_alpha(uint8_t c) {
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static int is_one_of(uint8_t c, const char *set) {
    return c != 0 && strchr(set, c) != NULL;
}

static int is_in_key(uint8_t c) {
    return is_lower(c) || is_digit(c) || is_one_of(c, "_-.*");
}

/* tchar of RFC 9110, ":" and "/" (RFC 8941 section 3.3.4) */
static int is_in_token(uint8_t c) {
    return is_alpha(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~:/");
}

static void skip_spaces(input *in) {
    while (take(in, ' ')) {
    }
}

static void skip_blanks(input *in) {
    while (take(in, ' ') || take(in, '\t')) {
    }
}

/* -------------------------------------------------- items (RFC 8941 sections 4.2.3 to 4.2.8) */

/* Each of these takes what it is named after and returns whether it was there. */

static size_t take_digits(input *in, int64_t *number) {
    const uint8_t *first = in->at;
    *number = 0;
    /* A sixteenth is one too many for each number. */
    for (; in->at < in->end && is_digit(*in->at) && in->at - first < 16; in->at++)
        *number = *number * 10 + (*in->at - '0');
    return (size_t)(in->at - first);
}

static int take_number(input *in, item *value) {
    int64_t fraction, sign = take(in, '-') ? -1 : 1;
    size_t digits = take_digits(in, &value->number);
    value->number *= sign;
    if (digits == 0 || digits > 15)
        return 0;
    if (!take(in, '.')) {
        value->type = INTEGER;
        return 1;
    }
    size_t decimals = take_digits(in, &fraction);
    return digits <= 12 && decimals >= 1 && decimals <= 3;
}

static int take_string(input *in) {
    in->at++;
    while (in->at < in->end) {
        uint8_t c = *in->at++;
        if (c == '"')
            return 1;
        if (c < 0x20 || c > 0x7e)
            return 0;
        if (c == '\\' && !take(in, '"') && !take(in, '\\'))
            return 0;
    }
    return 0;
}

static int take_token(input *in) {
    while (in->at < in->end && is_in_token(*in->at))
        in->at++;
    return 1;
}

/* The padding may be missing, as the RFC wants of a parser, but must not be wrong. */
static int take_octets(input *in) {
    size_t len = 0, padding = 0;
    in->at++;
    while (in->at < in->end && (is_alpha(*in->at) || is_digit(*in->at) || is_one_of(*in->at, "+/"))) {
        in->at++;
        len++;
    }
    while (take(in, '='))
        padding++;
    return take(in, ':') && len % 4 != 1 && (padding == 0 || (padding < 3 && (len + padding) % 4 == 0));
}

static int take_boolean(input *in, item *value) {
    in->at++;
    value->type = BOOLEAN;
    value->number = next_is(in, '1');
    return take(in, '0') || take(in, '1');
}

static int take_bare_item(input *in, item *value) {
    value->type = OTHER;
    if (in->at == in->end)
        return 0;
    uint8_t c = *in->at;
    if (c == '-' || is_digit(c))
        return take_number(in, value);
    if (c == '"')
        return take_string(in);
    if (c == ':')
        return take_octets(in);
    if (c == '?')
        return take_boolean(in, value);
    return (c == '*' || is_alpha(c)) && take_token(in);
}

static int take_key(input *in) {
    if (in->at == in->end || !(is_lower(*in->at) || *in->at == '*'))
        return 0;
    while (in->at < in->end && is_in_key(*in->at))
        in->at++;
    return 1;
}

static int take_parameters(input *in) {
    item ignored;
    while (take(in, ';')) {
        skip_spaces(in);
        if (!take_key(in) || (take(in, '=') && !take_bare_item(in, &ignored)))
            return 0;
    }
    return 1;
}

/* ------------------------------------------- the dictionary (RFC 8941 sections 4.2.1, 4.2.2) */

static int take_inner_list(input *in) {
    item ignored;
    in->at++;
    for (;;) {
        skip_spaces(in);
        if (take(in, ')'))
            return 1;
        if (!take_bare_item(in, &ignored) || !take_parameters(in))
            return 0;
        if (!next_is(in, ' ') && !next_is(in, ')'))
            return 0;
    }
}

/* What follows the key of a member. */
static int take_value(input *in, item *value) {
    *value = (item){BOOLEAN, 1};
    if (take(in, '=')) {
        if (next_is(in, '(')) {
            value->type = OTHER;
            if (!take_inner_list(in))
                return 0;
        } else if (!take_bare_item(in, value)) {
            return 0;
        }
    }
    return take_parameters(in);
}

/* Of members with one key, only the last counts, whatever it is. */
static void set_member(h2f_priority_field *field, uint8_t key, const item *value) {
    if (key == 'u') {
        int is_urgency = value->type == INTEGER && value->number >= 0 && value->number <= 7;
        field->urgency = is_urgency ? (int8_t)value->number : -1;
    } else if (key == 'i') {
        field->incremental = value->type == BOOLEAN ? (int8_t)value->number : -1;
    }
}

int h2f_priority_field_parse(h2f_priority_field *field, const uint8_t *octets, size_t len) {
    if (len == 0) { /* perhaps with a NULL, which nothing may be added to */
        *field = (h2f_priority_field){-1, -1};
        return 0;
    }
    input in = {octets, octets + len};
    h2f_priority_field found = {-1, -1};
    skip_spaces(&in);
    while (in.at < in.end) {
        item value;
        const uint8_t *key = in.at;
        if (!take_key(&in))
            return H2F_ERR_PRIORITY_FIELD;
        size_t key_len = (size_t)(in.at - key);
        if (!take_value(&in, &value))
            return H2F_ERR_PRIORITY_FIELD;
        if (key_len == 1)
            set_member(&found, *key, &value);
        skip_blanks(&in);
        if (in.at == in.end)
            break;
        if (!take(&in, ','))
            return H2F_ERR_PRIORITY_FIELD;
        skip_blanks(&in);
        if (in.at == in.end)
            return H2F_ERR_PRIORITY_FIELD;
    }
    *field = found;
    return 0;
}

uint8_t *h2f_priority_field_write(const h2f_priority_field *field, uint8_t *dst) {
    if (field->urgency >= 0) {
        *dst++ = 'u';
        *dst++ = '=';
        *dst++ = (uint8_t)('0' + field->urgency);
    }
    if (field->urgency >= 0 && field->incremental >= 0) {
        *dst++ = ',';
        *dst++ = ' ';
    }
    if (field->incremental >= 0) {
        *dst++ = 'i';
        if (field->incremental == 0) {
            memcpy(dst, "=?0", 3);
            dst += 3;
        }
    }
    return dst;
}
