/* Lockstep over a random graph and random inputs (lockstep.h). */
#include "hardware.h"
#include "lockstep.h"
#include "random_graph.h"
#include "support.h"

#include <criterion/criterion.h>

/* Each seed is a graph and its inputs. */
struct random_subject {
    struct image image;
    struct input_range *inputs;
    uint64_t state;
};

static void random_step(void *self, size_t sample, size_t step, const struct loom_buffer *inputs)
{
    struct random_subject *subject = self;

    (void)sample;
    (void)step;
    for (size_t input = 0; input < subject->image.input_count; input++) {
        size_t size = subject->image.populations[subject->image.inputs[input].population].size;
        if (inputs[input].spikes)
            random_spikes(&subject->state, inputs[input].spikes, size);
        else
            random_values(&subject->state, &subject->inputs[input], inputs[input].values, size);
    }
}

static const char *last_message(const struct diagnostics *diagnostics)
{
    for (size_t index = diagnostics->count; index > 0; index--) {
        if (diagnostics->messages[index - 1].severity == SEVERITY_ERROR)
            return diagnostics->messages[index - 1].text;
    }
    return "no message";
}

/* False where the board is too small for the graph. */
static bool compile(struct random_subject *subject, struct arena *arena, uint64_t seed, const char *board)
{
    struct random_case random;
    struct network network = { .arena = arena };
    struct diagnostics diagnostics;
    unsigned long long number = seed;

    diagnostics_begin(&diagnostics, "random graph");
    subject->image = (struct image){ .arena = arena };
    subject->state = seed * 0x9E3779B97F4A7C15u | 1;
    cr_assert_eq(random_case_make(&random, arena, seed, &diagnostics), 0, "seed %llu: %s", number,
                 last_message(&diagnostics));
    cr_assert_eq(network_lower(&network, &random.graph, &random.options, &diagnostics), 0, "seed %llu: %s", number,
                 last_message(&diagnostics));
    subject->inputs = random.inputs;
    cr_assert_eq(image_quantize(&subject->image, &network, random.inputs, NULL, &diagnostics), 0, "seed %llu: %s", number,
                 last_message(&diagnostics));
    /* The random graph knows nothing of boards: where the seed lies tells how it runs there. */
    subject->image.options.pipeline = seed / 16 % 2 ? PIPELINE_ON : PIPELINE_OFF;
    bool fits = image_place(&subject->image, board_find(board), &diagnostics) == 0;
    diagnostics_free(&diagnostics);
    return fits;
}

bool lockstep_random(uint64_t seed, const char *board, device_opener left, device_opener right,
                     const char *right_argument, size_t *activity)
{
    struct arena arena = { 0 };
    struct random_subject subject;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    bool fits = compile(&subject, &arena, seed, board);

    if (fits) {
        struct lockstep run = { .image = &subject.image,
                                .left = left,
                                .right = right,
                                .right_argument = right_argument,
                                .samples = 2,
                                .steps = 8,
                                .steps_a_call = (size_t)1 << seed / 4 % 4,
                                .source = random_step,
                                .self = &subject };
        cr_assert_eq(lockstep(&run, report, activity), 0, "seed %llu on %s: %s", (unsigned long long)seed, board, report);
    }
    arena_free(&arena);
    return fits;
}
