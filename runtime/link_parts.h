/* What the two parts of the host's end of the link share: link_frames.c, the conversation in frames, and link.c, the
 * packets in them. */
#ifndef NIRLOOM_LINK_PARTS_H
#define NIRLOOM_LINK_PARTS_H

#include "frame.h"
#include "link.h"
#include "packet.h"

enum {
    LINK_ERROR_BYTES = 256,
    LINK_QUEUE_MESSAGES = 1 << 16 /* messages that wait for link_receive(): two steps of the largest outputs */
};

struct link {
    struct transport transport;
    unsigned timeout_ms;
    unsigned retry_ms;
    struct link_statistics statistics;
    char error[LINK_ERROR_BYTES];
    enum loom_status broken;      /* LOOM_OK, or what ended the conversation */

    struct frame filling;         /* packets that are not yet sent */
    uint8_t sent[FRAME_BYTES];    /* the frame that is not yet acknowledged */
    size_t sent_bytes;
    bool outstanding;
    uint64_t sent_ms;
    uint8_t own_sequence;         /* of that frame, or of the next */

    struct frame_decoder decoder;
    uint8_t expected_sequence;
    bool acknowledge_due;
    bool synchronising;

    uint64_t heard_ms;            /* when the last good frame came */
    uint64_t progress_ms;         /* when the last frame came that brought something new */

    struct link_message *queue;
    size_t queue_first;
    size_t queue_count;

    bool reading;                 /* link_read() waits for replies */
    struct link_message reply;    /* the next one, but for its data */
    uint16_t *reply_words;
    size_t reply_count;           /* still to come */
};

/* Keeps the message for link_error(), and that the conversation is over where status says so. Returns status. */
__attribute__((format(printf, 3, 4)))
enum loom_status link_fail(struct link *link, enum loom_status status, const char *format, ...);

/* Begins a wait: the array has the whole timeout from now. */
void link_wait_begin(struct link *link);

/* One turn of a wait for what: sends again what is due, takes what comes, and fails when it is time to give up. */
enum loom_status link_wait_turn(struct link *link, const char *what);

#endif
