/* A board on a serial port. */
#include "device_array.h"
#include "hardware.h"
#include "transport_serial.h"

#include <stdio.h>

enum loom_status device_serial_open(struct device **device, const struct image *image, const char *argument,
                                    char *error)
{
    const struct board *board = board_find(image->board);
    struct transport transport;

    *device = NULL;
    if (!board) {
        snprintf(error, DEVICE_ERROR_BYTES, "serial: board %s of the image is not known", image->board);
        return LOOM_BAD_IMAGE;
    }
    enum loom_status status = transport_serial_open(&transport, argument, board->baud, error);
    if (status != LOOM_OK)
        return status;
    return device_array_open(device, image, "serial", transport, error);
}
