// One Verilated board top as struct board_model_operations; the macros are those of model.cpp.
#include "model.h"

#include MODEL_HEADER

#include <memory>
#include <new>

namespace {

struct Board {
    VerilatedContext context;
    std::unique_ptr<MODEL_CLASS> top;
};

int board_cycle(void *self, int line_in)
{
    auto *board = static_cast<Board *>(self);
    board->top->i_uart = line_in != 0;
    board->top->clk = 0;
    board->top->eval();
    board->top->clk = 1;
    board->top->eval();
    return board->top->o_uart;
}

void *board_open(void)
{
    try {
        auto board = std::make_unique<Board>();
        board->context.randReset(2);
        board->context.randSeed(1);
        board->top = std::make_unique<MODEL_CLASS>(&board->context);
        board->top->rst = 1;
        for (int cycle = 0; cycle < 4; cycle++)
            board_cycle(board.get(), 1);
        board->top->rst = 0;
        return board.release();
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void board_close(void *self)
{
    auto *board = static_cast<Board *>(self);
    if (board)
        board->top->final();
    delete board;
}

} // namespace

extern "C" __attribute__((visibility("default"))) const struct board_model_operations MODEL_SYMBOL;
extern "C" const struct board_model_operations MODEL_SYMBOL = { MODEL_BOARD, board_open, board_close, board_cycle };

extern "C" __attribute__((visibility("default"))) const char model_sources[];
extern "C" const char model_sources[] = MODEL_SOURCES;
