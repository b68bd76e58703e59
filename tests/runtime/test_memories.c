/* Every memory of a core is written and read back over the link, on arrays of every shape: words at both ends and in between. The
 * same with words that were put there past the link. */
#include "hardware.h"
#include "link.h"
#include "subject.h"
#include "support.h"
#include "transport_sim.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { RUN = 40 };

static void check_run(struct link *link, const struct transport *past, unsigned core, unsigned space, uint32_t address,
                      uint64_t *state)
{
    uint16_t written[RUN], read[RUN];

    for (size_t word = 0; word < RUN; word++)
        written[word] = (uint16_t)random_next(state);
    if (past)
        cr_assert(past->store(past->self, core, space, address, written, RUN));
    else
        cr_assert_eq(link_write(link, core, space, address, written, RUN), LOOM_OK, "%s", link_error(link));
    cr_assert_eq(link_read(link, core, space, address, read, RUN), LOOM_OK, "%s", link_error(link));
    for (size_t word = 0; word < RUN; word++)
        cr_assert_eq(read[word], written[word], "core %u, space %u, address %u: %u, not %u", core, space,
                     (unsigned)(address + word), read[word], written[word]);
}

static void check_board(const struct board *board)
{
    struct transport transport;
    struct link *link;
    uint64_t state = 5;
    const uint32_t sizes[] = { [HW_SPACE_WEIGHT] = board->weight_words * (board->word_bits / 16),
                               [HW_SPACE_SPIKE] = board->spike_words,
                               [HW_SPACE_STATE] = board->state_rows * board->slots,
                               [HW_SPACE_PROGRAM] = board->operations * HW_OPERATION_WORDS };

    char error[MODEL_ERROR_BYTES];
    const struct model_operations *operations = sim_model_find(board->name, error);
    cr_assert_not_null(operations, "%s", error);
    cr_assert_eq(transport_sim_open(&transport, operations, NULL, true), LOOM_OK);
    cr_assert_eq(link_open(&link, transport, 1000, 100), LOOM_OK);
    cr_assert_eq(link_synchronise(link), LOOM_OK, "%s", link_error(link));
    for (unsigned core = 0; core < board->cores; core += board->cores > 1 ? board->cores - 1 : 1) {
        for (unsigned space = HW_SPACE_WEIGHT; space <= HW_SPACE_PROGRAM; space++) {
            if (space == HW_SPACE_CONTROL)
                continue;
            const struct transport *ways[] = { NULL, &transport };
            for (size_t way = 0; way < 2; way++) {
                check_run(link, ways[way], core, space, 0, &state);
                check_run(link, ways[way], core, space, sizes[space] / 2 - RUN / 2, &state);
                check_run(link, ways[way], core, space, sizes[space] - RUN, &state);
            }
            cr_expect_not(transport.store(transport.self, core, space, sizes[space], &(uint16_t){ 1 }, 1),
                          "space %u has a word behind its last", space);
        }
    }
    cr_expect_not(transport.store(transport.self, board->cores, HW_SPACE_SPIKE, 0, &(uint16_t){ 1 }, 1));
    link_close(link);
}

Test(memories, are_read_as_they_were_written, .timeout = 120)
{
    static const char *const boards[] = { "icebreaker", "sim-small", "sim-sixteen", "sim-wide", "sim-quad", "sim-large" };

    for (size_t index = 0; index < sizeof boards / sizeof boards[0]; index++)
        check_board(board_find(boards[index]));
}

/* Outputs of a run from reset, and its cycles. */
static uint64_t run(const struct subject *subject, device_opener open, uint8_t *spikes)
{
    char error[DEVICE_ERROR_BYTES] = "";
    struct device *device;
    uint64_t cycles;
    struct loom_buffer input = { .spikes = data_find(&subject->data, subject->image.inputs[0].name, NULL)->spikes };
    struct loom_buffer output = { .spikes = spikes };

    cr_assert_eq(open(&device, &subject->image, NULL, error), LOOM_OK, "%s", error);
    cr_assert_eq(device->operations->run(device, subject->data.steps, &input, &output), LOOM_OK, "%s", device->error);
    cycles = device->counters.cycles;
    device->operations->close(device);
    return cycles;
}

/* An image loaded past the link runs as one that came over it: the same spikes, the same cycles. */
Test(memories, load_past_the_link, .timeout = 120)
{
    static const char *const boards[] = { "icebreaker", "sim-quad", "sim-large" };

    for (size_t index = 0; index < sizeof boards / sizeof boards[0]; index++) {
        struct subject subject;
        subject_open(&subject, "examples/mnist/mnist.nir", "examples/mnist/digits.h5", boards[index], 8, 1);
        size_t size = subject.image.populations[subject.image.outputs[0].population].size * subject.data.steps, fired = 0;
        uint8_t *linked = calloc(size, 1), *stored = calloc(size, 1);

        uint64_t cycles = run(&subject, device_sim_open, linked);
        cr_expect_eq(run(&subject, device_sim_open_stored, stored), cycles, "%s", boards[index]);
        cr_expect_arr_eq(stored, linked, size, "%s", boards[index]);
        for (size_t spike = 0; spike < size; spike++)
            fired += stored[spike];
        cr_expect_gt(fired, 0, "%s: nothing fires, so nothing was compared", boards[index]);
        free(linked);
        free(stored);
        subject_close(&subject);
    }
}
