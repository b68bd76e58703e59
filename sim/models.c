/* The Verilated arrays and board tops that are linked in, by board. */
#include "hardware.h"
#include "model.h"

#include <string.h>

#define BOARD(id, name, part, cores, lanes, slots, word_bits, weight_words, state_rows, accumulator_rows, spike_words, \
              clock_khz, baud)                                                                                          \
    extern const struct model_operations model_##id;
#include "boards.def"
#undef BOARD
extern const struct board_model_operations board_icebreaker;

static const struct model_operations *const models[] = {
#define BOARD(id, name, part, cores, lanes, slots, word_bits, weight_words, state_rows, accumulator_rows, spike_words, \
              clock_khz, baud)                                                                                          \
    &model_##id,
#include "boards.def"
#undef BOARD
};

static const struct board_model_operations *const board_models[] = { &board_icebreaker };

const struct model_operations *sim_model_find(const char *board)
{
    for (size_t index = 0; index < sizeof models / sizeof models[0]; index++) {
        if (!strcmp(models[index]->board, board))
            return models[index];
    }
    return NULL;
}

const struct board_model_operations *sim_board_find(const char *board)
{
    for (size_t index = 0; index < sizeof board_models / sizeof board_models[0]; index++) {
        if (!strcmp(board_models[index]->board, board))
            return board_models[index];
    }
    return NULL;
}
