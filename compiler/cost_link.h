/* The link of an array of several cores, and the host behind it, as the cost model follows them: messages of the ring,
 * and when the link takes them or puts them there. */
#ifndef NIRLOOM_COST_LINK_H
#define NIRLOOM_COST_LINK_H

#include "cost_parts.h"

enum message_kind { MESSAGE_NONE, MESSAGE_WRITE, MESSAGE_STEP, MESSAGE_SPIKE, MESSAGE_OUTPUT, MESSAGE_END };

struct ring_message {
    uint8_t kind;
    bool state; /* its word goes to the state memory */
    uint16_t core;
};

static const uint64_t cost_never = UINT64_MAX;

struct host_packet;

struct host_state {
    size_t packet;      /* that is carried out next */
    uint32_t left;      /* its messages */
    uint64_t offered;   /* from when on the next message can be put on the ring; never while an END is waited for */
    uint64_t waits;     /* from when on its first message waits in the link for an END; 0: it does not */
    uint64_t frame;     /* from when on the next frame can be sent */
    uint64_t launched;  /* steps whose STEP was put on the ring */
    uint64_t heard;     /* ENDs of which it knows */
};

/* A copy, with the same packets, is a link in the same state. */
struct cost_link {
    unsigned cores;
    struct host_packet *packets; /* (packet_count) of a step, in order */
    size_t packet_count;
    uint64_t looked;      /* when the message at its head was seen first; never */
    uint64_t free;        /* from when on it looks at another */
    unsigned frame_packets; /* in the frame for the host */
    unsigned end_packets; /* of those, ENDs: it is to be sent */
    uint64_t frame_free;  /* from when on that frame may be sent: the host has the one before */
    unsigned ends;        /* of the step that ends next */
    uint64_t ended;       /* steps that have ended */
    uint64_t end_time;    /* when the last of them did */
    struct host_state host;
};

/* The packets of the image's Inputs. False if memory is short; cost_link_close() in any case. */
bool cost_link_open(struct cost_link *link, const struct image *image, unsigned cores);
void cost_link_close(struct cost_link *link);

/* The first STEP is on the ring in cycle 0; the next one's inputs follow. */
void cost_link_reset(struct cost_link *link);

/* Sends the frame for the host in this cycle, if there is one to send. */
void cost_link_send_frame(struct cost_link *link, uint64_t now);

/* True if the link takes, in this cycle, a message of the ring that is for it: an OUTPUT or an END. */
bool cost_link_takes(struct cost_link *link, uint64_t now, const struct ring_message *message);

/* What the link puts on the ring in this cycle, for which there must be room; MESSAGE_NONE where that is nothing. Adds
 * to idle the cycles before a STEP in which none was under way. */
struct ring_message cost_link_sends(struct cost_link *link, uint64_t now, uint64_t *idle);

/* From when on the link can do something by itself; cost_never while it waits for a message. */
uint64_t cost_link_due(const struct cost_link *link);

#endif
