/* The Verilated RTL as a device, reached through the same link as a board; with traces, its slower model. */
#include "device_array.h"
#include "transport_sim.h"

#include <stdio.h>

static enum loom_status open_sim(struct device **device, const struct image *image, const char *argument, bool store,
                                 char *error)
{
    char missing[MODEL_ERROR_BYTES];
    const struct model_operations *operations =
        argument ? sim_model_find_traced(image->board, missing) : sim_model_find(image->board, missing);
    struct transport transport;

    *device = NULL;
    if (!operations) {
        snprintf(error, DEVICE_ERROR_BYTES, "sim: %.500s", missing);
        return LOOM_BAD_ARGUMENT;
    }
    enum loom_status status = transport_sim_open(&transport, operations, argument, store);
    if (status == LOOM_IO)
        snprintf(error, DEVICE_ERROR_BYTES, "sim: %.400s: the trace cannot be written there", argument);
    else if (status != LOOM_OK)
        snprintf(error, DEVICE_ERROR_BYTES, "sim: not enough memory to simulate %s", image->board);
    return status == LOOM_OK ? device_array_open(device, image, "sim", transport, error) : status;
}

enum loom_status device_sim_open(struct device **device, const struct image *image, const char *argument, char *error)
{
    return open_sim(device, image, argument, false, error);
}

enum loom_status device_sim_open_stored(struct device **device, const struct image *image, const char *argument,
                                        char *error)
{
    return open_sim(device, image, argument, true, error);
}
