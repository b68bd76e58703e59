/* How commands talk: messages and progress on stderr, one JSON object on stdout. */
#include "talk.h"

#include "command.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void talk_messages(const struct diagnostics *diagnostics, bool notes)
{
    static const char *const prefix[] = {"note: ", "warning: ", ""};

    for (size_t index = 0; index < diagnostics->count; index++) {
        const struct message *message = &diagnostics->messages[index];

        if (notes || message->severity != SEVERITY_NOTE)
            fprintf(stderr, "nirloom: %s%s\n", prefix[message->severity], message->text);
    }
    if (diagnostics->failed && diagnostics->count == 0)
        fputs("nirloom: out of memory\n", stderr);
}

void talk_error(const char *format, ...)
{
    va_list arguments;

    fputs("nirloom: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void talk_warning(const char *format, ...)
{
    va_list arguments;

    fputs("nirloom: warning: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void talk_json_messages(struct json_object *list, const struct diagnostics *diagnostics)
{
    static const char *const names[] = {"note", "warning", "error"};

    for (size_t index = 0; index < diagnostics->count; index++) {
        const struct message *message = &diagnostics->messages[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "severity", json_object_new_string(names[message->severity]));
        json_object_object_add(entry, "text", json_object_new_string(message->text));
        json_object_array_add(list, entry);
    }
}

struct json_object *talk_json_number(double number)
{
    char text[32];

    if (!isfinite(number))
        return NULL;
    /* The shortest of the two that reads back as the same number. */
    snprintf(text, sizeof text, "%.15g", number);
    if (strtod(text, NULL) != number)
        snprintf(text, sizeof text, "%.17g", number);
    return json_object_new_double_s(number, text);
}

int talk_json(struct json_object *object)
{
    int flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
    bool good = puts(json_object_to_json_string_ext(object, flags)) >= 0;

    json_object_put(object);
    if (fflush(stdout) == 0 && good)
        return COMMAND_DONE;
    talk_error("standard output cannot be written; give it room");
    return COMMAND_INPUT;
}

void progress_begin(struct progress *progress, const char *label, size_t total)
{
    *progress = (struct progress){.label = label, .total = total, .percent = -1, .terminal = isatty(STDERR_FILENO)};
    progress_show(progress, 0);
}

void progress_show(struct progress *progress, size_t done)
{
    enum { WIDTH = 40 };
    char bar[WIDTH + 1];

    if (!progress->terminal || progress->total == 0)
        return;
    double share = (double)done / (double)progress->total;
    int percent = (int)(100 * share);
    if (percent == progress->percent)
        return;
    progress->percent = percent;
    for (int column = 0; column < WIDTH; column++)
        bar[column] = column < (int)(WIDTH * share) ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %3d %% (%zu of %zu)", progress->label, bar, percent, done, progress->total);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && progress->percent >= 0)
        fputs("\r\033[K", stderr);
}
