/* Packets in the payload of frames (hardware.def, Packet): pure functions on words. */
#ifndef NIRLOOM_PACKET_H
#define NIRLOOM_PACKET_H

#include "hardware.h"
#include "link.h"

#include <stdbool.h>
#include <stdint.h>

struct packet_head { /* of a packet to the array */
    unsigned kind;
    unsigned space;
    unsigned core;
    bool fill;         /* one data word, repeated */
    uint32_t address;  /* 24 bits */
    unsigned increment_log2; /* distance between the addresses of two data words, as a power of two */
    uint16_t count;
};

/* words has HW_PACKET_HEAD_WORDS. */
void packet_put_head(const struct packet_head *head, uint16_t *words);
void packet_get_head(struct packet_head *head, const uint16_t *words);

/* words has HW_PACKET_HOST_WORDS: a whole packet to the host. */
void packet_put_message(const struct link_message *message, uint16_t *words);
void packet_get_message(struct link_message *message, const uint16_t *words);

#endif
