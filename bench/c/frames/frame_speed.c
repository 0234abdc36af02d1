/* Times the frames of the C core: frame_speed FRAMES, a file of frames one behind the other.
 *
 * First what is parsed is written again, which must give the same octets. From then on each line
 *     OPERATION PASSES
 * of the input, as "parse 3", does that to all frames so many times, and answers with the
 * nanoseconds it took.
 */
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "h2f_limits.h"
#include "program.h"

static span octets;
static h2f_frame *frames; /* what there is to write */
static size_t frame_count;
static uint8_t *written;
static uint64_t expected_sum; /* of what is read from each frame */

static uint64_t read_frame(const h2f_frame *frame) {
    return frame->type + (uint64_t)frame->stream_id + frame->data_len;
}

static uint64_t time_parse(void) {
    h2f_frame frame;
    uint64_t sum = 0, start = now();
    for (size_t at = 0; at < octets.len;) {
        ptrdiff_t taken = h2f_frame_parse(&frame, octets.octets + at, octets.len - at,
                                          H2F_FRAME_DEFAULT_MAX_SIZE);
        if (taken <= 0)
            break;
        sum += read_frame(&frame);
        at += (size_t)taken;
    }
    uint64_t elapsed = now() - start;
    require(sum == expected_sum, "parsing the frames");
    return elapsed;
}

static uint64_t time_write(void) {
    uint8_t *dst = written, *end = written + octets.len;
    uint64_t start = now();
    for (size_t i = 0; i < frame_count && dst != NULL; i++)
        dst = h2f_frame_write(dst, (size_t)(end - dst), &frames[i]);
    uint64_t elapsed = now() - start;
    require(dst == end, "writing the frames");
    return elapsed;
}

static void prepare(const char *path) {
    octets = read_file(path);
    written = allocate(octets.len);
    frames = allocate((octets.len / H2F_FRAME_HEADER_LEN + 1) * sizeof *frames);
    for (size_t at = 0; at < octets.len;) {
        ptrdiff_t taken = h2f_frame_parse(&frames[frame_count], octets.octets + at,
                                          octets.len - at, H2F_FRAME_DEFAULT_MAX_SIZE);
        require(taken > 0, "h2f_frame_parse");
        expected_sum += read_frame(&frames[frame_count++]);
        at += (size_t)taken;
    }
    time_write();
    require(memcmp(written, octets.octets, octets.len) == 0, "writing what was parsed");
}

int main(int argc, char **argv) {
    char line[64], operation[16];
    unsigned passes;
    if (argc != 2) {
        fputs("usage: frame_speed FRAMES\n", stderr);
        return 2;
    }
    prepare(argv[1]);
    while (fgets(line, sizeof line, stdin) != NULL) {
        require(sscanf(line, "%15s %u", operation, &passes) == 2, line);
        int parses = strcmp(operation, "parse") == 0;
        require(parses || strcmp(operation, "write") == 0, line);
        uint64_t elapsed = 0;
        while (passes-- > 0)
            elapsed += parses ? time_parse() : time_write();
        answer_with(elapsed);
    }
    return 0;
}
