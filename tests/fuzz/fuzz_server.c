/* A server whose client is the input: see peer.h for the script. */
#include "peer.h"

#include "mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    peer_compare(0, data, size);
    return 0;
}
