/* A serial port through termios. libserialport would do for real ports, but it does not open pseudo terminals,
 * and those stand for a board in tests and simulation. */
#include "transport_serial.h"

#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SEND_TIMEOUT_MS = 10000 }; /* a port that takes nothing for so long is dead */

struct serial {
    int port;
};

static const struct {
    unsigned baud;
    speed_t speed;
} speeds[] = {
    { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
    { 230400, B230400 }, { 460800, B460800 }, { 500000, B500000 }, { 576000, B576000 }, { 921600, B921600 },
    { 1000000, B1000000 }, { 1152000, B1152000 }, { 1500000, B1500000 }, { 2000000, B2000000 },
    { 2500000, B2500000 }, { 3000000, B3000000 }, { 3500000, B3500000 }, { 4000000, B4000000 },
};

static enum loom_status serial_send(void *self, const uint8_t *bytes, size_t count)
{
    struct serial *serial = self;
    while (count > 0) {
        ssize_t written = write(serial->port, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
            return LOOM_IO;
        } else {
            struct pollfd wait = { .fd = serial->port, .events = POLLOUT };
            int ready = poll(&wait, 1, SEND_TIMEOUT_MS);
            if (ready == 0)
                return LOOM_IO;
            if (ready < 0 && errno != EINTR)
                return LOOM_IO;
        }
    }
    return LOOM_OK;
}

static enum loom_status serial_receive(void *self, uint8_t *bytes, size_t capacity, size_t *count, unsigned timeout_ms)
{
    struct serial *serial = self;
    *count = 0;
    struct pollfd wait = { .fd = serial->port, .events = POLLIN };
    int ready = poll(&wait, 1, timeout_ms < 0x7FFFFFFF ? (int)timeout_ms : 0x7FFFFFFF);
    if (ready < 0)
        return errno == EINTR ? LOOM_OK : LOOM_IO;
    if (ready == 0)
        return LOOM_OK;
    ssize_t got = read(serial->port, bytes, capacity);
    if (got > 0)
        *count = (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        return LOOM_IO; /* the port is gone */
    return LOOM_OK;
}

static void serial_close(void *self)
{
    struct serial *serial = self;
    close(serial->port);
    free(serial);
}

static int configure(int port, speed_t speed)
{
    struct termios settings;
    if (tcgetattr(port, &settings))
        return -1;
    cfmakeraw(&settings);
    settings.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    if (cfsetispeed(&settings, speed) || cfsetospeed(&settings, speed) || tcsetattr(port, TCSANOW, &settings))
        return -1;
    return tcflush(port, TCIOFLUSH);
}

static bool find_speed(unsigned baud, speed_t *speed)
{
    for (size_t index = 0; index < sizeof speeds / sizeof speeds[0]; index++) {
        if (speeds[index].baud == baud) {
            *speed = speeds[index].speed;
            return true;
        }
    }
    return false;
}

enum loom_status transport_serial_open(struct transport *transport, const char *path, unsigned baud, char *error)
{
    speed_t speed;
    if (!find_speed(baud, &speed)) {
        snprintf(error, DEVICE_ERROR_BYTES, "%s: %u baud is not a rate of this system; give the board one of the usual "
                 "rates, as 115200 or 1000000", path, baud);
        return LOOM_BAD_ARGUMENT;
    }
    int port = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (port < 0) {
        snprintf(error, DEVICE_ERROR_BYTES, "%s: %s; is the board connected, and may you use the port?", path,
                 strerror(errno));
        return LOOM_IO;
    }
    struct serial *serial = malloc(sizeof *serial);
    if (!serial || configure(port, speed)) {
        enum loom_status status = serial ? LOOM_IO : LOOM_NO_MEMORY;
        snprintf(error, DEVICE_ERROR_BYTES, "%s: %s; is it a serial port?", path,
                 serial ? strerror(errno) : "no memory");
        free(serial);
        close(port);
        return status;
    }
    serial->port = port;
    *transport = (struct transport){ .self = serial, .send = serial_send, .receive = serial_receive,
                                     .close = serial_close };
    return LOOM_OK;
}
