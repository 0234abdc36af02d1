/* The encoder's index finds what a search through the whole table finds. */
#include "check.h"
#include "hpack_index.h"
#include "reference.h"

typedef struct {
    h2f_hpack_table table;
    h2f_hpack_index index;
    uint64_t random;
} indexed;

typedef struct {
    uint8_t octets[48];
    size_t name_len, value_len;
} any_field;

static void indexed_init(indexed *it, uint64_t max_size, uint64_t seed) {
    h2f_hpack_table_init(&it->table, max_size);
    h2f_hpack_index_init(&it->index);
    it->random = seed;
}

static void indexed_free(indexed *it) {
    h2f_hpack_table_free(&it->table);
    h2f_hpack_index_free(&it->index);
}

/* One of 61 static, or of a few dozen names that share beginnings, ends and lengths. */
static size_t random_name(uint64_t *random, uint8_t *dst) {
    static const char *const roots[] = {"", "x", "x-", "x-name-", "x-a-much-longer-name-"};
    if (random_below(random, 4) == 0) {
        const char *name = ref_static[random_below(random, 61)][0];
        memcpy(dst, name, strlen(name));
        return strlen(name);
    }
    const char *root = roots[random_below(random, 5)];
    size_t len = strlen(root);
    memcpy(dst, root, len);
    for (uint32_t more = random_below(random, 3); more > 0; more--)
        dst[len++] = (uint8_t)('a' + random_below(random, 3));
    return len;
}

static size_t random_value(uint64_t *random, uint8_t *dst) {
    static const char *const values[] = {"", "/", "GET", "200", "https", "gzip, deflate"};
    if (random_below(random, 3) == 0) {
        const char *value = values[random_below(random, 6)];
        memcpy(dst, value, strlen(value));
        return strlen(value);
    }
    size_t len = random_below(random, 3);
    for (size_t i = 0; i < len; i++)
        dst[i] = (uint8_t)('0' + random_below(random, 4));
    return len;
}

static any_field random_field(uint64_t *random) {
    any_field field;
    field.name_len = random_name(random, field.octets);
    field.value_len = random_value(random, field.octets + field.name_len);
    return field;
}

static int is_name(const h2f_hpack_entry *entry, const any_field *field) {
    return entry->name_len == field->name_len &&
           memcmp(entry->name, field->octets, field->name_len) == 0;
}

static int is_field(const h2f_hpack_entry *entry, const any_field *field) {
    return is_name(entry, field) && entry->value_len == field->value_len &&
           memcmp(entry->name, field->octets, field->name_len + field->value_len) == 0;
}

/* The first index of the field, else of the name: static ones come first, then the newest. */
static uint32_t search_linearly(const h2f_hpack_table *table, const any_field *field,
                                int *name_only) {
    uint32_t name = 0;
    *name_only = 0;
    for (uint32_t i = 1; i <= 61 + table->count; i++) {
        const h2f_hpack_entry *entry = h2f_hpack_table_get(table, i);
        if (is_field(entry, field))
            return i;
        if (name == 0 && is_name(entry, field))
            name = i;
    }
    *name_only = 1;
    return name;
}

static void check_search(const indexed *it, const any_field *field) {
    const uint8_t *name = field->octets, *value = field->octets + field->name_len;
    int name_only = -1, expected_name_only;
    h2f_hpack_hashes hashes = h2f_hpack_hash(name, field->name_len, value, field->value_len);
    uint32_t expected = search_linearly(&it->table, field, &expected_name_only);
    CHECK_INT(h2f_hpack_index_search(&it->index, &it->table, name, field->name_len, value,
                                     field->value_len, hashes, &name_only),
              expected);
    CHECK_INT(name_only, expected_name_only);
}

/* The way of an encoder: follow, then prepare, insert and add one at a time. */
static void insert_block(indexed *it) {
    CHECK_INT(h2f_hpack_index_follow(&it->index, &it->table), 0);
    for (uint32_t n = random_below(&it->random, 17); n > 0; n--) {
        any_field any = random_field(&it->random), *field = &any;
        const uint8_t *name = field->octets, *value = field->octets + field->name_len;
        check_search(it, field);
        CHECK_INT(h2f_hpack_table_prepare(&it->table, field->name_len + field->value_len), 0);
        CHECK_INT(h2f_hpack_index_follow(&it->index, &it->table), 0);
        h2f_hpack_table_insert_copy(&it->table, name, field->name_len, value, field->value_len);
        h2f_hpack_index_add(&it->index, &it->table,
                            h2f_hpack_hash(name, field->name_len, value, field->value_len));
        check_search(it, field);
    }
}

/* Insertions that the index learns of later, or never where they are evicted before. */
static void insert_unfollowed(indexed *it) {
    for (uint32_t n = random_below(&it->random, 60); n > 0; n--) {
        any_field field = random_field(&it->random);
        CHECK_INT(h2f_hpack_table_prepare(&it->table, field.name_len + field.value_len), 0);
        h2f_hpack_table_insert_copy(&it->table, field.octets, field.name_len,
                                    field.octets + field.name_len, field.value_len);
    }
}

static void resize(indexed *it) {
    static const uint32_t sizes[] = {0, 31, 40, 64, 200, 700, 1500, 4096, 4096, 16384};
    h2f_hpack_table_resize(&it->table, sizes[random_below(&it->random, 10)]);
}

static void check_searches(indexed *it) {
    for (int i = 0; i < 30; i++) {
        any_field field = random_field(&it->random);
        check_search(it, &field);
    }
}

static void run_randomly(indexed *it, int operations) {
    for (int i = 0; i < operations; i++) {
        switch (random_below(&it->random, 8)) {
        case 0:
            resize(it);
            break;
        case 1:
            insert_unfollowed(it);
            CHECK_INT(h2f_hpack_index_follow(&it->index, &it->table), 0);
            break;
        default:
            insert_block(it);
        }
        check_searches(it);
    }
}

static void test_random_operations(void) {
    for (uint64_t seed = 0; seed < 60; seed++) {
        indexed it;
        indexed_init(&it, 4096, seed);
        run_randomly(&it, 60);
        indexed_free(&it);
    }
}

/* No test inserts 2^32 entries: the numbers start just below. */
static void test_sequence_numbers_wrap(void) {
    for (uint32_t before = 0; before < 400; before += 13) {
        indexed it;
        indexed_init(&it, 4096, before);
        it.table.inserted = UINT32_MAX - before;
        CHECK_INT(h2f_hpack_table_prepare(&it.table, 100), 0);
        CHECK_INT(h2f_hpack_index_follow(&it.index, &it.table), 0);
        run_randomly(&it, 80);
        CHECK(it.table.inserted < UINT32_MAX - 400);
        indexed_free(&it);
    }
}

/* 2^32 insertions later the number of an evicted entry is that of a live one: what the heads still
 * say must be found to be wrong. Everything was evicted and the index has seen it. */
static void test_stale_heads_after_a_whole_turn_of_the_numbers(void) {
    indexed it;
    indexed_init(&it, 4096, 6);
    run_randomly(&it, 10);
    h2f_hpack_table_resize(&it.table, 0);
    h2f_hpack_table_resize(&it.table, 4096);
    uint32_t ring = it.table.mask + 1;
    for (uint32_t back = 0; back < 2 * ring; back++) {
        it.table.inserted -= 1 + back % 3;
        it.index.seen = it.table.inserted;
        insert_block(&it);
        check_searches(&it);
        h2f_hpack_table_resize(&it.table, 0);
        h2f_hpack_table_resize(&it.table, 4096);
    }
    indexed_free(&it);
}

static void test_table_without_entries_has_static_ones(void) {
    indexed it;
    indexed_init(&it, 0, 7);
    CHECK_INT(h2f_hpack_index_follow(&it.index, &it.table), 0);
    check_searches(&it);
    insert_block(&it);
    CHECK_INT(h2f_hpack_index_heap_size(&it.index), 0);
    indexed_free(&it);
}

/* Strings that differ in one octet, at every place and length: no hash may hide it. */
static void test_fields_that_differ_in_one_octet(void) {
    indexed it;
    indexed_init(&it, 1 << 16, 8);
    uint8_t octets[40];
    memset(octets, 'x', sizeof octets);
    for (size_t len = 1; len <= 40; len++) {
        CHECK_INT(h2f_hpack_table_prepare(&it.table, len), 0);
        h2f_hpack_table_insert_copy(&it.table, octets, 0, octets, len);
        CHECK_INT(h2f_hpack_index_follow(&it.index, &it.table), 0);
        for (size_t i = 0; i < len; i++) {
            any_field field = {.name_len = 0, .value_len = len};
            memcpy(field.octets, octets, len);
            check_search(&it, &field);
            field.octets[i] ^= 1;
            check_search(&it, &field);
        }
    }
    indexed_free(&it);
}

static any_field unique_field(uint32_t number) {
    any_field field = {.name_len = 0};
    field.value_len = (size_t)snprintf((char *)field.octets, sizeof field.octets, "unique-%" PRIu32,
                                       number);
    return field;
}

static void insert_unique_fields(indexed *it, uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; i++) {
        any_field field = unique_field(i);
        CHECK_INT(h2f_hpack_table_prepare(&it->table, field.value_len), 0);
        CHECK_INT(h2f_hpack_index_follow(&it->index, &it->table), 0);
        h2f_hpack_table_insert_copy(&it->table, field.octets, 0, field.octets, field.value_len);
        h2f_hpack_index_add(&it->index, &it->table,
                            h2f_hpack_hash(field.octets, 0, field.octets, field.value_len));
    }
}

/* Chains that stay as they are while 2^16 entries, and somewhat less and more, come and go. */
static void test_chains_that_rest_for_65536_insertions(void) {
    for (uint32_t turn = 65536 - 150; turn <= 65536 + 150; turn += 20) {
        indexed it;
        indexed_init(&it, 4096, turn);
        run_randomly(&it, 10);
        h2f_hpack_table_resize(&it.table, 4096);
        insert_unique_fields(&it, 0, turn);
        for (int i = 0; i < 20; i++) {
            check_searches(&it);
            insert_block(&it);
        }
        indexed_free(&it);
    }
}

/* The index may not know the oldest of more than 2^16 entries. What it finds is right. */
static void test_table_of_more_than_65536_entries(void) {
    enum { ENTRIES = 80000 };
    indexed it;
    indexed_init(&it, 1 << 24, 0);
    insert_unique_fields(&it, 0, ENTRIES);
    CHECK_INT(it.table.count, ENTRIES);
    for (uint32_t i = 0; i < ENTRIES; i += 7) {
        any_field field = unique_field(i);
        int name_only;
        uint32_t expected = 61 + ENTRIES - i;
        uint32_t found = h2f_hpack_index_search(
            &it.index, &it.table, field.octets, 0, field.octets, field.value_len,
            h2f_hpack_hash(field.octets, 0, field.octets, field.value_len), &name_only);
        if (name_only && ENTRIES - i > 65536)
            CHECK_INT(found, 62); /* the newest has the same name */
        else
            CHECK_INT(found, expected);
    }
    indexed_free(&it);
}

enum { STRINGS = 400000 };

typedef struct {
    uint32_t hash, number;
} hashed;

static int by_hash(const void *a, const void *b) {
    uint32_t x = ((const hashed *)a)->hash, y = ((const hashed *)b)->hash;
    return (x > y) - (x < y);
}

/* The number as name of a field without value, or as value of one without name. */
static any_field numbered_field(uint32_t number, int as_value) {
    any_field field;
    size_t len = (size_t)snprintf((char *)field.octets, sizeof field.octets, "%" PRIu32, number);
    field.name_len = as_value ? 0 : len;
    field.value_len = as_value ? len : 0;
    return field;
}

static h2f_hpack_hashes hashes_of(const any_field *field) {
    return h2f_hpack_hash(field->octets, field->name_len, field->octets + field->name_len,
                          field->value_len);
}

/* One field is in the table, and both are looked for. */
static void check_pair(const any_field *field, const any_field *other) {
    indexed it;
    indexed_init(&it, 4096, 0);
    CHECK_INT(h2f_hpack_table_prepare(&it.table, 48), 0);
    h2f_hpack_table_insert_copy(&it.table, field->octets, field->name_len,
                                field->octets + field->name_len, field->value_len);
    CHECK_INT(h2f_hpack_index_follow(&it.index, &it.table), 0);
    check_search(&it, field);
    check_search(&it, other);
    indexed_free(&it);
}

static void check_both_ways(const any_field *field, const any_field *other) {
    check_pair(field, other);
    check_pair(other, field);
}

/* The index keeps 32 bits of each hash. Among that many strings some pairs have the same ones, of
 * one length or of two. */
static void test_equal_hashes_are_no_hit(void) {
    hashed *all = malloc(STRINGS * sizeof *all);
    CHECK(all != NULL);
    for (int as_value = 0; as_value < 2; as_value++) {
        for (uint32_t i = 0; i < STRINGS; i++) {
            any_field field = numbered_field(i, as_value);
            h2f_hpack_hashes hashes = hashes_of(&field);
            all[i] = (hashed){(uint32_t)(as_value ? hashes.field_hash : hashes.name_hash), i};
        }
        qsort(all, STRINGS, sizeof *all, by_hash);
        uint32_t pairs = 0;
        for (uint32_t i = 1; i < STRINGS; i++)
            if (all[i].hash == all[i - 1].hash) {
                any_field field = numbered_field(all[i].number, as_value);
                any_field other = numbered_field(all[i - 1].number, as_value);
                check_both_ways(&field, &other);
                pairs++;
            }
        CHECK(pairs > 2);
    }
    free(all);
}

/* What h2f_hash_mix has multiplied to come to a hash: shifting twice is shifting not at all. */
static uint64_t unmixed(uint64_t hash) {
    uint64_t factor = h2f_hash_mix(0, 1), inverse;
    factor ^= factor >> 32;
    inverse = factor;
    for (int i = 0; i < 5; i++) /* Newton's, from three bits to 96 */
        inverse *= 2 - factor * inverse;
    return (hash ^ hash >> 32) * inverse;
}

/* Makes the second 8 of 16 octets such that they have a hash. */
static void collide(uint8_t *octets, uint64_t seed, uint64_t hash) {
    memset(octets + 8, 0, 8);
    uint64_t word = unmixed(hash) ^ unmixed(h2f_hash_bytes(octets, 16, seed));
    for (int i = 0; i < 8; i++)
        octets[8 + i] = (uint8_t)(word >> (8 * i));
    CHECK(h2f_hash_bytes(octets, 16, seed) == hash);
}

/* Hashes are not secret: anybody can make a string that has another one's and begins like it. */
static void test_hashes_made_equal_are_no_hit(void) {
    any_field field = {"12345678", 0, 8}, other = field;
    other.value_len = 16;
    collide(other.octets, h2f_hpack_name_hash(NULL, 0), hashes_of(&field).field_hash);
    check_both_ways(&field, &other);
    field = other = (any_field){"12345678", 8, 0};
    other.name_len = 16;
    collide(other.octets, h2f_hpack_name_seed, hashes_of(&field).name_hash);
    CHECK(hashes_of(&field).field_hash == hashes_of(&other).field_hash);
    check_both_ways(&field, &other);
}

int main(void) {
    RUN(test_random_operations);
    RUN(test_sequence_numbers_wrap);
    RUN(test_stale_heads_after_a_whole_turn_of_the_numbers);
    RUN(test_chains_that_rest_for_65536_insertions);
    RUN(test_table_of_more_than_65536_entries);
    RUN(test_table_without_entries_has_static_ones);
    RUN(test_fields_that_differ_in_one_octet);
    RUN(test_equal_hashes_are_no_hit);
    RUN(test_hashes_made_equal_are_no_hit);
    return 0;
}
