/* A netlist as a device: after synthesis, after routing, or recovered from a bitstream, of the array by itself or of a
 * whole board; a shared object made by `make netlists` or `make netlist-board`, with the same interface as the
 * simulated RTL. */
#include "device_array.h"
#include "object_path.h"
#include "transport_sim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char *device_netlist_kind(const char *name)
{
    static const char *const kinds[] = { "synthesis", "routed", "bitstream", "board" };
    static const char prefix[] = "netlist";
    const char *rest = name + sizeof prefix - 1;

    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return NULL;
    if (!*rest)
        return kinds[0];
    for (size_t index = 0; index < sizeof kinds / sizeof kinds[0]; index++)
        if (*rest == ':' && !strcmp(rest + 1, kinds[index]))
            return kinds[index];
    return NULL;
}

enum loom_status device_netlist_open(struct device **device, const struct image *image, const char *argument,
                                     char *error)
{
    struct transport transport;

    *device = NULL;
    void *object = dlopen(argument, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        snprintf(error, DEVICE_ERROR_BYTES, "netlist: %s cannot be loaded (%s); `make netlist` makes those after "
                 "synthesis, `make netlists` routed ones and those of bitstreams, `make netlist-board` a board's",
                 argument, dlerror());
        return LOOM_BAD_ARGUMENT;
    }
    /* The object stays loaded: its code runs until the process ends. */
    const struct model_operations *operations = dlsym(object, "model_netlist");
    if (!operations || strcmp(operations->board, image->board) != 0) {
        snprintf(error, DEVICE_ERROR_BYTES, "netlist: %s is of %s, the image is for %s", argument,
                 operations ? operations->board : "no board", image->board);
        dlclose(object);
        return LOOM_BAD_IMAGE;
    }
    if (!object_is_current(argument, object)) {
        snprintf(error, DEVICE_ERROR_BYTES, "netlist: %s was made from other Verilog than that of rtl/ now; `make netlist`, "
                 "`make netlists` or `make netlist-board` makes it anew", argument);
        dlclose(object);
        return LOOM_BAD_ARGUMENT;
    }
    if (transport_sim_open(&transport, operations, NULL, false) != LOOM_OK) {
        snprintf(error, DEVICE_ERROR_BYTES, "netlist: not enough memory to simulate %s", image->board);
        return LOOM_NO_MEMORY;
    }
    return device_array_open(device, image, "netlist", transport, error);
}
