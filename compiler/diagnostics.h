/* What a pass has to say about its input. Passes never print: they add messages here and return a
 * status; the command prints them. */
#ifndef NIRLOOM_DIAGNOSTICS_H
#define NIRLOOM_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct message {
    enum severity severity;
    char *text; /* "FILE: /node/attribute: what is wrong (value); what would be right" */
};

struct diagnostics {
    char *file; /* prefix of every message, may be NULL */
    struct message *messages;
    size_t count;
    size_t capacity;
    bool failed; /* an error was added, or memory ran out */
};

/* Starts empty; file is copied. Freed by diagnostics_free(). */
void diagnostics_begin(struct diagnostics *diagnostics, const char *file);
void diagnostics_free(struct diagnostics *diagnostics);

/* Adds a message about a place ("" for the file as a whole; a node is "/name", its parameter
 * "/name/parameter"), printf-like. add_error() always returns -1, for `return diagnostics_error(…)`. */
int diagnostics_error(struct diagnostics *diagnostics, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostics_warning(struct diagnostics *diagnostics, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diagnostics_note(struct diagnostics *diagnostics, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
