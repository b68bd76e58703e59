/* Lockstep over a random network and random inputs (lockstep.h). */
#include "hardware.h"
#include "lockstep.h"
#include "random_network.h"
#include "support.h"

#include <criterion/criterion.h>

/* Each seed is a network, its board and its inputs. */
struct random_subject {
    struct image image;
    struct input_range inputs[RANDOM_INPUTS_MAX];
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

size_t lockstep_random(uint64_t seed, const char *board, device_opener left, device_opener right,
                       const char *right_argument)
{
    struct arena arena = { 0 };
    struct network network = { .arena = &arena };
    struct random_subject subject = { .image = { .arena = &arena }, .state = seed };
    struct diagnostics diagnostics;
    char report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    diagnostics_begin(&diagnostics, NULL);
    cr_assert_eq(random_network(&network, subject.inputs, &arena, seed), 0);
    cr_assert_eq(image_quantize(&subject.image, &network, subject.inputs, NULL, &diagnostics), 0, "seed %llu",
                 (unsigned long long)seed);
    cr_assert_eq(image_place(&subject.image, board_find(board), &diagnostics), 0, "seed %llu: %s",
                 (unsigned long long)seed,
                 diagnostics.count ? diagnostics.messages[diagnostics.count - 1].text : "");
    struct lockstep run = { .image = &subject.image,
                            .left = left,
                            .right = right,
                            .right_argument = right_argument,
                            .samples = 2,
                            .steps = 12,
                            .source = random_step,
                            .self = &subject };
    cr_assert_eq(lockstep(&run, report, &activity), 0, "seed %llu on %s: %s", (unsigned long long)seed, board, report);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return activity;
}
