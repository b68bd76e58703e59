/* What run and eval share: an image that fits the data, the data, and devices opened on the image. */
#ifndef NIRLOOM_SESSION_H
#define NIRLOOM_SESSION_H

#include "arguments.h"
#include "arena.h"
#include "data.h"
#include "image.h"
#include "nirloom.h"

#include <stdbool.h>

enum file_kind { FILE_UNREADABLE, FILE_NETWORK, FILE_IMAGE, FILE_DATA };

/* What the file at path is, by its contents; where these are none of the kinds, what its name says (.loom, .h5), so
 * that reading it as that says why it is not. FILE_UNREADABLE: neither; reading it as a network says why. */
enum file_kind session_file_kind(const char *path);

struct session {
    struct arena arena;
    struct image image;
    struct data data;
    char *path;   /* of the image that the devices open */
    char *folder; /* a temporary one that holds it, or NULL */
};

/* Compiles a .nir, or takes a .loom (compiled anew where its Inputs are not what the data carry), and reads the
 * samples. Faults are told on stderr. Returns a command status; session_close() in any case. */
int session_open(struct session *session, const struct arguments *arguments);
void session_close(struct session *session);

/* Opens a device on the session's image; a fault is told. *loom must be closed in any case. */
int session_device(const struct session *session, struct loom **loom, const char *device);

/* The command status for a failed call on loom, whose sentence is told. */
int session_failed(const struct loom *loom, enum loom_status status, const char *device);

/* Removes the temporary image; devices that are open no longer need it. */
void session_forget_image(struct session *session);

/* Points buffers, one an Input of loom, at step 0 of a sample; session_open() has made the kinds agree. */
void session_inputs(const struct session *session, const struct loom *loom, size_t sample,
                    struct loom_buffer *buffers);

#endif
