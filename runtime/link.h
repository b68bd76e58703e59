/* The link: packets to and from an array over a byte transport, in frames with sequence numbers,
 * CRC-32, acknowledgement and retransmission (hardware.def, Frame and Packet).
 *
 * Errors: enum loom_status; link_error() has the sentence. After LOOM_TIMEOUT or LOOM_PROTOCOL the link is
 * unusable until link_synchronise(). No function allocates but link_open(). */
#ifndef NIRLOOM_LINK_H
#define NIRLOOM_LINK_H

#include "nirloom.h"

/* Bytes to and from a board. send() takes all count bytes or fails. receive() waits at most timeout_ms for
 * the first byte and stores 0 to capacity bytes, their number in *count; 0 is no failure. */
struct transport {
    void *self;
    enum loom_status (*send)(void *self, const uint8_t *bytes, size_t count);
    enum loom_status (*receive)(void *self, uint8_t *bytes, size_t capacity, size_t *count, unsigned timeout_ms);
    void (*close)(void *self);
    uint64_t (*now_ms)(void *self); /* the board's time, which timeouts go by; NULL: that of this machine */
    /* Past the link, into a core's memory at once; false if it cannot be reached. NULL: all goes over the link. */
    bool (*store)(void *self, unsigned core, unsigned space, uint32_t address, const uint16_t *words, size_t count);
};

/* A message from the array to the host: KIND REPLY, OUTPUT or END. */
struct link_message {
    unsigned kind;
    unsigned space;
    unsigned core;
    uint32_t address;
    uint16_t data;
};

struct link_statistics {
    uint64_t frames_sent;
    uint64_t frames_received;
    uint64_t frames_repeated;  /* sent again by us */
    uint64_t frames_dropped;   /* received damaged or twice */
};

struct link;

/* Takes over transport (closed by link_close(), and on failure here). timeout_ms: how long an array may be
 * silent before LOOM_TIMEOUT; retry_ms: when an unanswered frame is sent again. */
enum loom_status link_open(struct link **link, struct transport transport, unsigned timeout_ms, unsigned retry_ms);
void link_close(struct link *link);
const char *link_error(const struct link *link);
struct link_statistics link_statistics(const struct link *link);

/* Begins sequence numbers anew on both sides; what was under way is dropped. */
enum loom_status link_synchronise(struct link *link);

/* Queue a packet; full frames go out at once, the rest with link_flush(). Long writes are split. */
enum loom_status link_write(struct link *link, unsigned core, unsigned space, uint32_t address, const uint16_t *words,
                            size_t count);

/* The same, with words 2^increment_log2 addresses apart: a step of a ring. */
enum loom_status link_write_apart(struct link *link, unsigned core, unsigned space, uint32_t address,
                                  unsigned increment_log2, const uint16_t *words, size_t count);
enum loom_status link_fill(struct link *link, unsigned core, unsigned space, uint32_t address, uint16_t word,
                           size_t count);

/* Runs the program at entry; step is the step's number (modulo 2^HW_STEP_BITS). */
enum loom_status link_step(struct link *link, uint32_t entry, unsigned step);

/* The same where the step before was the last of the same program, and nothing but inputs was written since:
 * operations that would change nothing may be left out. */
enum loom_status link_next_step(struct link *link, uint32_t entry, unsigned step);

/* Sends what is queued; returns when the array has it (not when it has carried it out). */
enum loom_status link_flush(struct link *link);

/* Takes the next message from the array, waiting up to the link's timeout. */
enum loom_status link_receive(struct link *link, struct link_message *message);

/* Reads count words; messages other than REPLY that arrive meanwhile are kept for link_receive(). */
enum loom_status link_read(struct link *link, unsigned core, unsigned space, uint32_t address, uint16_t *words,
                           size_t count);

#endif
