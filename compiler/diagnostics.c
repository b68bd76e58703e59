/* Diagnostics: the list of messages that passes fill and commands print. Running out of memory for a message
 * must not hide an error, so the flag is set whether or not the text could be kept. */
#include "diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void diagnostics_begin(struct diagnostics *diagnostics, const char *file)
{
    *diagnostics = (struct diagnostics){0};
    if (!file)
        return;
    diagnostics->file = strdup(file);
    diagnostics->failed = !diagnostics->file;
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < diagnostics->count; index++)
        free(diagnostics->messages[index].text);
    free(diagnostics->messages);
    free(diagnostics->file);
    *diagnostics = (struct diagnostics){0};
}

/* "FILE: PLACE: detail", without the parts that are not there. NULL if memory is short. */
static char *compose(const struct diagnostics *diagnostics, const char *place, const char *format, va_list arguments)
{
    char *detail, *text;
    const char *file = diagnostics->file ? diagnostics->file : "";

    if (vasprintf(&detail, format, arguments) < 0)
        return NULL;
    if (asprintf(&text, "%s%s%s%s%s", file, *file ? ": " : "", place, *place ? ": " : "", detail) < 0)
        text = NULL;
    free(detail);
    return text;
}

static void add(struct diagnostics *diagnostics, enum severity severity, const char *place, const char *format,
                va_list arguments)
{
    if (severity == SEVERITY_ERROR)
        diagnostics->failed = true;
    if (diagnostics->count == diagnostics->capacity) {
        size_t capacity = diagnostics->capacity ? 2 * diagnostics->capacity : 8;
        struct message *messages = realloc(diagnostics->messages, capacity * sizeof *messages);
        if (!messages) {
            diagnostics->failed = true;
            return;
        }
        diagnostics->messages = messages;
        diagnostics->capacity = capacity;
    }
    char *text = compose(diagnostics, place, format, arguments);
    if (!text) {
        diagnostics->failed = true;
        return;
    }
    diagnostics->messages[diagnostics->count++] = (struct message){severity, text};
}

int diagnostics_error(struct diagnostics *diagnostics, const char *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(diagnostics, SEVERITY_ERROR, place, format, arguments);
    va_end(arguments);
    return -1;
}

void diagnostics_warning(struct diagnostics *diagnostics, const char *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(diagnostics, SEVERITY_WARNING, place, format, arguments);
    va_end(arguments);
}

void diagnostics_note(struct diagnostics *diagnostics, const char *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(diagnostics, SEVERITY_NOTE, place, format, arguments);
    va_end(arguments);
}
