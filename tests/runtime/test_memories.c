/* Every memory of a core is written and read back over the link, on arrays of every shape: words at both ends and in between. */
#include "hardware.h"
#include "link.h"
#include "support.h"
#include "transport_sim.h"

#include <criterion/criterion.h>

enum { RUN = 40 };

static void check_run(struct link *link, unsigned core, unsigned space, uint32_t address, uint64_t *state)
{
    uint16_t written[RUN], read[RUN];

    for (size_t word = 0; word < RUN; word++)
        written[word] = (uint16_t)random_next(state);
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
    cr_assert_eq(transport_sim_open(&transport, operations, NULL), LOOM_OK);
    cr_assert_eq(link_open(&link, transport, 1000, 100), LOOM_OK);
    cr_assert_eq(link_synchronise(link), LOOM_OK, "%s", link_error(link));
    for (unsigned core = 0; core < board->cores; core += board->cores > 1 ? board->cores - 1 : 1) {
        for (unsigned space = HW_SPACE_WEIGHT; space <= HW_SPACE_PROGRAM; space++) {
            if (space == HW_SPACE_CONTROL)
                continue;
            check_run(link, core, space, 0, &state);
            check_run(link, core, space, sizes[space] / 2 - RUN / 2, &state);
            check_run(link, core, space, sizes[space] - RUN, &state);
        }
    }
    link_close(link);
}

Test(memories, are_read_as_they_were_written, .timeout = 120)
{
    static const char *const boards[] = { "icebreaker", "sim-small", "sim-sixteen", "sim-wide", "sim-quad", "sim-large" };

    for (size_t index = 0; index < sizeof boards / sizeof boards[0]; index++)
        check_board(board_find(boards[index]));
}
