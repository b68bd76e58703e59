/* An array behind the link, whatever the bytes travel over: simulated, a netlist, or a board. */
#ifndef NIRLOOM_DEVICE_ARRAY_H
#define NIRLOOM_DEVICE_ARRAY_H

#include "device.h"
#include "link.h"

/* Opens the link over transport (taken over, closed on failure too), checks that the array is the image's board and
 * version, loads the image and clears the state. name is the device's name in messages. *device is NULL on
 * failure, with a sentence in error (DEVICE_ERROR_BYTES). */
enum loom_status device_array_open(struct device **device, const struct image *image, const char *name,
                                   struct transport transport, char *error);

#endif
