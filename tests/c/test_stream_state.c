/* Every cell of RFC 9113 section 5.1, written as a table of its own: a row is a state, a column
 * what happens. "=" stays, "X" is STREAM_CLOSED, "-" is PROTOCOL_ERROR, else the state after it. */
#include "check.h"
#include "h2f_error.h"
#include "stream_state.h"

static const char *const states[H2F_STREAM_STATES] = {"idle", "rr", "rl", "open",
                                                      "hr",   "hl", "closed"};

static const char *const inputs[H2F_STREAM_INPUTS] = {
    "send HEADERS", "send 1xx",    "send PROMISE", "send DATA",   "send END_STREAM",
    "send RESET",   "send WINDOW", "send ALTSVC",  "get HEADERS", "get 1xx",
    "get PROMISE",  "get DATA",    "get END_STREAM", "get RESET", "get WINDOW"};

static const char *const rows[H2F_STREAM_STATES] = {
    /*send: H    1xx  PP  D   END RST    WU ALT  get: H  1xx PP D   END RST    WU */
    [H2F_STREAM_IDLE] =
        "open -    -   -   -   -      -  -        open -  -   -   -   -      -",
    /* "MUST NOT send any type of frame other than RST_STREAM, WINDOW_UPDATE, or PRIORITY" */
    [H2F_STREAM_RESERVED_REMOTE] =
        "-    -    -   -   -   closed =  -        hl   hl -   -   -   closed -",
    /* "other than HEADERS, RST_STREAM, or PRIORITY" */
    [H2F_STREAM_RESERVED_LOCAL] =
        "hr   hr   -   -   -   closed -  -        -    -  -   -   -   closed =",
    [H2F_STREAM_OPEN] =
        "=    =    =   =   hl  closed =  =        =    =  =   =   hr  closed =",
    [H2F_STREAM_HALF_CLOSED_REMOTE] =
        "=    =    =   = closed closed =  =       X    X  -   X   -   closed =",
    [H2F_STREAM_HALF_CLOSED_LOCAL] =
        "X    X    -   X   X   closed =  -        =    =  =   = closed  closed =",
    [H2F_STREAM_CLOSED] =
        "X    X    X   X   X   X      X  X        X    X  X   X   X   =      =",
};

static int expected_of(const char *cell, size_t len, int state) {
    if (len == 1 && *cell == '=')
        return state;
    if (len == 1 && (*cell == 'X' || *cell == '-'))
        return *cell == 'X' ? H2F_ERR_STREAM_CLOSED : H2F_ERR_STREAM_STATE;
    for (int i = 0; i < H2F_STREAM_STATES; i++)
        if (strlen(states[i]) == len && memcmp(states[i], cell, len) == 0)
            return i;
    fprintf(stderr, "%.*s is no state\n", (int)len, cell);
    abort();
    return 0;
}

static void test_every_cell(void) {
    for (int state = 0; state < H2F_STREAM_STATES; state++) {
        const char *cell = rows[state];
        for (int input = 0; input < H2F_STREAM_INPUTS; input++) {
            cell += strspn(cell, " ");
            size_t len = strcspn(cell, " ");
            int actual = h2f_stream_next_state((enum h2f_stream_state)state,
                                               (enum h2f_stream_input)input);
            int expected = expected_of(cell, len, state);
            if (actual != expected)
                fprintf(stderr, "%s: %s\n", states[state], inputs[input]);
            CHECK_INT(actual, expected);
            cell += len;
        }
        CHECK_INT(*cell, 0);
    }
}

static void test_what_counts_as_open(void) {
    static const int open[H2F_STREAM_STATES] = {
        [H2F_STREAM_OPEN] = 1,
        [H2F_STREAM_HALF_CLOSED_REMOTE] = 1,
        [H2F_STREAM_HALF_CLOSED_LOCAL] = 1,
    };
    for (int state = 0; state < H2F_STREAM_STATES; state++)
        CHECK_INT(h2f_stream_state_is_open((enum h2f_stream_state)state), open[state]);
}

int main(void) {
    RUN(test_every_cell);
    RUN(test_what_counts_as_open);
    return 0;
}
