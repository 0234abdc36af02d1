/* The priority field: what RFC 9218 and RFC 8941 say, and any octets without a read beyond them. */
#include "h2f_error.h"
#include "priority_field.h"

#include "check.h"

static int parse(h2f_priority_field *field, const char *value, size_t len) {
    uint8_t *copy = exact_copy(value, len);
    int error = h2f_priority_field_parse(field, copy, len);
    free(copy);
    return error;
}

static void check_value(const char *value, int urgency, int incremental) {
    h2f_priority_field field = {5, 5};
    int error = parse(&field, value, strlen(value));
    if (error != 0 || field.urgency != urgency || field.incremental != incremental)
        check_print(value, (const uint8_t *)value, strlen(value));
    CHECK_INT(error, 0);
    CHECK_INT(field.urgency, urgency);
    CHECK_INT(field.incremental, incremental);
}

static void test_values(void) {
    check_value("", -1, -1);
    check_value("   ", -1, -1);
    check_value("u=5, i", 5, 1);
    check_value("  u=0 \t,\t i=?0  ", 0, 0);
    check_value("i;u=4,u=7;i", 7, 1);
    check_value("u=1,u=2,i,i=?0", 2, 0);
    check_value("u=1,u=8", -1, -1);
    check_value("u=-1,i=1", -1, -1);
    check_value("u=1.0", -1, -1);
    check_value("u=\"1\",i=token", -1, -1);
    check_value("u=?1", -1, -1);
    check_value("u,i=(1 2)", -1, -1);
    check_value("uu=1,*=3,ii,u-1=4,u=6", 6, -1);
    check_value("a=(\"x\\\"\\\\y\" :YWJj: *t/: 1.123;q=?0);p , u=3", 3, -1);
    check_value("a=(),b=( ),c=(   1   ),d=::,u=-0", 0, -1);
    check_value("a=999999999999999,b=-123456789012.123,c=:YWI:,d=:YWI=:", -1, -1);
    check_value("u=1\t", 1, -1);
}

static void test_what_is_no_dictionary(void) {
    static const char *const values[] = {
        ",", "u=", "u=1,", "u=1 i", "u==1", "=1", "U=1", "1=1", "u=1,,i", "u=1;", "u=1;=", "i=?",
        "i=?2", "i=?true", "u=--1", "u=-", "u=1.", "u=.1", "u=1.1234", "u=1234567890123.1",
        "u=1000000000000000", "u=-1000000000000000", "a=\"", "a=\"\\\"", "a=\"\\x\"", "a=\"\x7f\"",
        "a=:", "a=:a:", "a=:YW=:", "a=:YWJj====:", "a=:YW\tI:", "a=:==:", "a=(", "a=(1", "a=(1,2)",
        "a=(1\t2)", "a=((1))", "a=)", "\tu=1", "u=1 ;i", "u=1; ;i", "u =1", "u= 1", "u=\xc3\xbc",
        "a=@1", "a=[1]", "{}", "u=1, i=", "u=1,\t", "a=(1)2", "a=(\"a\"\"b\")", "u=1:2", "u=1a",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        h2f_priority_field field = {5, 5};
        int error = parse(&field, values[i], strlen(values[i]));
        if (error == 0)
            check_print("taken", (const uint8_t *)values[i], strlen(values[i]));
        CHECK_INT(error, H2F_ERR_PRIORITY_FIELD);
        CHECK(field.urgency == 5 && field.incremental == 5);
    }
    h2f_priority_field field;
    CHECK_INT(parse(&field, "u=1\0", 4), H2F_ERR_PRIORITY_FIELD);
    CHECK_INT(parse(&field, "\0", 1), H2F_ERR_PRIORITY_FIELD);
    CHECK_INT(h2f_priority_field_parse(&field, NULL, 0), 0);
}

static void test_any_octets(void) {
    static const char used[] = "uuiiab=?01=,,;; ()\"\\:*.-9\t@Z";
    uint64_t random = 9218;
    char value[24];
    uint32_t taken = 0;
    for (int i = 0; i < 400000; i++) {
        size_t len = random_below(&random, sizeof value);
        for (size_t j = 0; j < len; j++)
            value[j] = used[random_below(&random, sizeof used)];
        h2f_priority_field field = {5, 5};
        if (parse(&field, value, len) == 0) {
            taken++;
            CHECK(field.urgency >= -1 && field.urgency <= 7);
            CHECK(field.incremental >= -1 && field.incremental <= 1);
        }
    }
    CHECK(taken > 1000);
}

static void test_round_trip(void) {
    for (int8_t urgency = -1; urgency <= 7; urgency++)
        for (int8_t incremental = -1; incremental <= 1; incremental++) {
            h2f_priority_field field = {urgency, incremental}, again;
            uint8_t *octets = malloc(H2F_PRIORITY_FIELD_LONGEST);
            size_t len = (size_t)(h2f_priority_field_write(&field, octets) - octets);
            CHECK(len <= H2F_PRIORITY_FIELD_LONGEST);
            CHECK_INT(parse(&again, (const char *)octets, len), 0);
            CHECK(again.urgency == urgency && again.incremental == incremental);
            free(octets);
        }
}

int main(void) {
    RUN(test_values);
    RUN(test_what_is_no_dictionary);
    RUN(test_any_octets);
    RUN(test_round_trip);
    return 0;
}
