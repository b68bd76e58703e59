/* How commands talk: messages and progress on stderr, one JSON object on stdout. */
#ifndef NIRLOOM_TALK_H
#define NIRLOOM_TALK_H

#include "diagnostics.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Prints messages on stderr, notes only where notes is set. */
void talk_messages(const struct diagnostics *diagnostics, bool notes);

/* printf one line "nirloom: …" on stderr. */
void talk_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void talk_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends each message as {"severity", "text"} to list. */
void talk_json_messages(struct json_object *list, const struct diagnostics *diagnostics);

/* A number, or null where it is not finite. */
struct json_object *talk_json_number(double number);

/* Prints object on stdout and releases it. COMMAND_DONE, or COMMAND_INPUT if stdout cannot be written. */
int talk_json(struct json_object *object);

/* A bar on stderr, where that is a terminal. */
struct progress {
    const char *label;
    size_t total;
    int percent; /* last shown; -1: none yet */
    bool terminal;
};

void progress_begin(struct progress *progress, const char *label, size_t total);
void progress_show(struct progress *progress, size_t done);
void progress_end(struct progress *progress);

#endif
