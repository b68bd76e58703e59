/* Capacity: what just fits is placed, one more is refused with the count. The arithmetic is done here by hand for
 * sim-small (1 core, 4 lanes, 4 slots, words of 32 bits). */
#include "hand_image.h"
#include "hardware.h"

#include <criterion/criterion.h>
#include <string.h>

static bool fits(size_t sources, size_t neurons, const char *message)
{
    struct arena arena = { 0 };
    struct image image = hand_image(&arena, sources, neurons);
    struct diagnostics diagnostics;
    bool said = false;

    diagnostics_begin(&diagnostics, "hand");
    int status = image_place(&image, board_find("sim-small"), &diagnostics);
    for (size_t index = 0; index < diagnostics.count; index++)
        said = said || strstr(diagnostics.messages[index].text, message);
    cr_assert_eq(status != 0, diagnostics.failed);
    cr_assert(status == 0 || said, "not said: %s", message);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status == 0;
}

/* 160 neurons are 40 words a source; both programs have 6 operations of 4 words: 409 * 40 + 24 = 16384. */
Test(place, weight_memory)
{
    cr_expect(fits(409, 160, ""));
    cr_expect(!fits(410, 160, "needs 16424 words of weight memory and has 16384, 40 too many"));
}

/* Two buffers of 127 words and 2 words of the population are 256; one source more takes two words more. */
Test(place, spike_memory)
{
    cr_expect(fits(2032, 32, ""));
    cr_expect(!fits(2033, 32, "needs 258 words of spike memory and has 256, 2 too many"));
}

/* Four rows of parameters and 252 rows of four membranes are 256. */
Test(place, state_memory)
{
    cr_expect(fits(1, 1008, ""));
    cr_expect(!fits(1, 1009, "needs 257 rows of state memory and has 256, 1 too many"));
}

Test(place, neurons_of_a_population)
{
    cr_expect(!fits(1, 65536, "65536 neurons are more than a population may have (65535)"));
}

Test(place, a_board_that_would_do_is_named)
{
    cr_expect(!fits(410, 160, "it fits --board icebreaker"));
}
