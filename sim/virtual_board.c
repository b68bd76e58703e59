/* A board top on a pseudo terminal: bytes from the descriptor become bits on the line in, bits of the line out
 * become bytes, at the board's own divider. */
#include "hardware.h"
#include "model.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BITS_A_FRAME = 10, CYCLES_A_TURN = 20000, BUFFER_BYTES = 4096 };

/* A byte on its way out of the descriptor onto the line. */
struct line_driver {
    unsigned frame; /* bits still to send, lowest first; 0: idle */
    unsigned bits;
    unsigned cycles;
};

struct line_sampler {
    unsigned bits; /* 0: idle */
    unsigned cycles;
    unsigned byte;
};

static int drive(struct line_driver *driver, unsigned divider, const uint8_t *bytes, size_t count, size_t *used)
{
    if (!driver->bits) {
        if (*used == count)
            return 1;
        driver->frame = 1u << 9 | (unsigned)bytes[(*used)++] << 1; /* stop, data, start */
        driver->bits = BITS_A_FRAME;
        driver->cycles = 0;
    }
    int level = driver->frame & 1;
    if (++driver->cycles == divider) {
        driver->cycles = 0;
        driver->frame >>= 1;
        driver->bits--;
    }
    return level;
}

/* True when a byte is complete. */
static int sample(struct line_sampler *sampler, unsigned divider, int level, uint8_t *byte)
{
    if (!sampler->bits) {
        if (level)
            return 0;
        sampler->bits = BITS_A_FRAME;
        sampler->cycles = divider / 2;
        return 0;
    }
    if (++sampler->cycles < divider)
        return 0;
    sampler->cycles = 0;
    sampler->bits--;
    if (sampler->bits == 0) {
        *byte = (uint8_t)sampler->byte;
        return level; /* a missing stop bit: no byte */
    }
    if (sampler->bits < BITS_A_FRAME - 1)
        sampler->byte = sampler->byte >> 1 | (level ? 0x80u : 0u);
    return 0;
}

/* Ends early, without failing, when *stop is set. */
static int write_all(int file_descriptor, const uint8_t *bytes, size_t count, volatile sig_atomic_t *stop)
{
    while (count && !*stop) {
        ssize_t written = write(file_descriptor, bytes, count);
        if (written < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int sim_board_run(const char *name, int file_descriptor, volatile sig_atomic_t *stop, char *error)
{
    const struct board *board = board_find(name);
    const struct board_model_operations *operations = sim_board_find(name, error);
    struct line_driver driver = { 0 };
    struct line_sampler sampler = { 0 };
    uint8_t in[BUFFER_BYTES], out[BUFFER_BYTES];
    size_t in_count = 0, in_used = 0;
    int status = 0;

    if (!board || !operations)
        return -1;
    unsigned divider = board_divider(board);
    void *model = operations->open();
    if (!model) {
        snprintf(error, MODEL_ERROR_BYTES, "not enough memory to simulate %s", name);
        return -1;
    }
    unsigned quiet = 0;
    while (!*stop) {
        size_t out_count = 0;
        if (in_used == in_count) {
            struct pollfd poll_descriptor = { .fd = file_descriptor, .events = POLLIN };
            /* After a while without traffic the simulation slows down, so that an idle board costs little. */
            if (poll(&poll_descriptor, 1, quiet > 200 ? 5 : 0) > 0 && poll_descriptor.revents & POLLIN) {
                ssize_t got = read(file_descriptor, in, sizeof in);
                in_count = got > 0 ? (size_t)got : 0;
                in_used = 0;
                quiet = 0;
            }
        }
        for (unsigned cycle = 0; cycle < CYCLES_A_TURN && out_count < sizeof out; cycle++) {
            int level = operations->cycle(model, drive(&driver, divider, in, in_count, &in_used));
            if (sample(&sampler, divider, level, &out[out_count]))
                out_count++;
        }
        if (out_count)
            quiet = 0;
        else
            quiet++;
        if (out_count && write_all(file_descriptor, out, out_count, stop)) {
            snprintf(error, MODEL_ERROR_BYTES, "writing to the pseudo terminal failed: %s", strerror(errno));
            status = -1;
            break;
        }
    }
    operations->close(model);
    return status;
}
