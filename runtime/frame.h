/* Frames of the link as bytes (hardware.def, Frame): pure functions, no input or output. */
#ifndef NIRLOOM_FRAME_H
#define NIRLOOM_FRAME_H

#include "hardware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_CRC_BYTES = 4,
    FRAME_BODY_BYTES = HW_FRAME_HEAD_BYTES + 2 * HW_FRAME_PAYLOAD_WORDS + FRAME_CRC_BYTES,
    FRAME_BYTES = 2 * FRAME_BODY_BYTES + 2 /* every byte escaped, and two flags */
};

struct frame {
    bool data;
    bool synchronise;
    uint8_t sequence;
    uint8_t acknowledge;
    size_t length;                           /* words, at most HW_FRAME_PAYLOAD_WORDS */
    uint16_t payload[HW_FRAME_PAYLOAD_WORDS];
};

struct frame_decoder { /* all 0 to begin with */
    bool open;         /* a flag was seen, and nothing since that no frame has */
    bool escaped;
    size_t count;      /* bytes since the flag; more than FRAME_BODY_BYTES are counted, not kept */
    uint8_t body[FRAME_BODY_BYTES];
};

enum frame_event {
    FRAME_NONE,  /* no frame ends with this byte */
    FRAME_GOOD,
    FRAME_BAD    /* a frame ends whose sum, length or escapes are wrong */
};

/* Writes frame with its flags and sum to bytes (FRAME_BYTES); returns how many. */
size_t frame_encode(const struct frame *frame, uint8_t *bytes);

/* Takes the next byte of the link; fills frame on FRAME_GOOD alone. */
enum frame_event frame_decode(struct frame_decoder *decoder, uint8_t byte, struct frame *frame);

#endif
