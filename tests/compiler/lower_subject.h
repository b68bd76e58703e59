/* What the tests of lower() share: a graph with its network, and a look into the messages. */
#ifndef NIRLOOM_TESTS_LOWER_SUBJECT_H
#define NIRLOOM_TESTS_LOWER_SUBJECT_H

#include "network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

struct subject {
    struct arena arena;
    struct graph graph;
    struct network network;
    struct diagnostics diagnostics;
    int status;
};

static inline void lower_graph(struct subject *subject, struct options options)
{
    subject->network.arena = &subject->arena;
    subject->status = network_lower(&subject->network, &subject->graph, &options, &subject->diagnostics);
}

static inline void close_subject(struct subject *subject)
{
    diagnostics_free(&subject->diagnostics);
    arena_free(&subject->arena);
}

/* How many messages of a severity have all of the texts (ended by NULL). */
static inline size_t said(const struct subject *subject, enum severity severity, ...)
{
    size_t count = 0;

    for (size_t index = 0; index < subject->diagnostics.count; index++) {
        const struct message *message = &subject->diagnostics.messages[index];
        bool all = message->severity == severity;
        va_list texts;
        va_start(texts, severity);
        for (const char *text; (text = va_arg(texts, const char *)) != NULL;)
            all &= strstr(message->text, text) != NULL;
        va_end(texts);
        count += all;
    }
    return count;
}

static inline void check_order(const struct network *network, const char *name)
{
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        if (projection->delay > 0)
            continue;
        cr_expect(projection->source < projection->target, "%s", name);
        cr_expect(network->populations[projection->source].level < network->populations[projection->target].level, "%s",
                  name);
    }
}

#endif
