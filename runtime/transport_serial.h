/* The link's bytes over a serial port (or a pseudo terminal with a simulated board behind it). */
#ifndef NIRLOOM_TRANSPORT_SERIAL_H
#define NIRLOOM_TRANSPORT_SERIAL_H

#include "link.h"

/* Opens the port at path, raw, 8N1, baud bits per second, and drops what waits in it. On failure transport is
 * untouched and error (DEVICE_ERROR_BYTES of device.h) tells why. transport->close() releases all. */
enum loom_status transport_serial_open(struct transport *transport, const char *path, unsigned baud, char *error);

#endif
