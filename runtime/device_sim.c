/* The Verilated RTL as a device, reached through the same link as a board. */
#include "device_array.h"
#include "transport_sim.h"

#include <stdio.h>

enum loom_status device_sim_open(struct device **device, const struct image *image, const char *argument, char *error)
{
    char missing[MODEL_ERROR_BYTES];
    const struct model_operations *operations = sim_model_find(image->board, missing);
    struct transport transport;

    (void)argument;
    *device = NULL;
    if (!operations) {
        snprintf(error, DEVICE_ERROR_BYTES, "sim: %.500s", missing);
        return LOOM_BAD_ARGUMENT;
    }
    if (transport_sim_open(&transport, operations) != LOOM_OK) {
        snprintf(error, DEVICE_ERROR_BYTES, "sim: not enough memory to simulate %s", image->board);
        return LOOM_NO_MEMORY;
    }
    return device_array_open(device, image, "sim", transport, error);
}
