// A Verilated top of a board, recovered from its bitstream, as struct model_operations: bytes become bits on the serial
// line, and bits bytes, at MODEL_DIVIDER clocks a bit; the other macros are those of model.cpp.
#include "model.h"

#include MODEL_HEADER

#include <memory>
#include <new>

namespace {

constexpr unsigned divider = MODEL_DIVIDER;
constexpr unsigned bits_a_frame = 10; // start, 8 data bits from the lowest on, stop

// A reset button where the board has one, not pressed.
template <class Top> auto release_button(Top *top, int) -> decltype(top->i_btn_n = 1, void())
{
    top->i_btn_n = 1;
}

template <class Top> void release_button(Top *, long)
{
}

struct Sender {
    unsigned frame = 0;
    unsigned bits = 0; // still to send; 0: idle
    unsigned cycles = 0;
};

struct Receiver {
    unsigned bits = 0; // still to come; 0: idle
    unsigned cycles = 0;
    unsigned byte = 0;
};

struct Model {
    VerilatedContext context;
    std::unique_ptr<MODEL_CLASS> top;
    Sender sender;
    Receiver receiver;
};

int cycle(Model *model, int line)
{
    model->top->i_uart = line != 0;
    model->top->i_clock = 0;
    model->top->eval();
    model->top->i_clock = 1;
    model->top->eval();
    return model->top->o_uart;
}

// The level of the next clock; true in *begins where it is the first of a new byte.
int drive(Sender &sender, const uint8_t *next, bool *begins)
{
    *begins = false;
    if (!sender.bits) {
        if (!next)
            return 1;
        *begins = true;
        sender = { 1u << 9 | unsigned(*next) << 1, bits_a_frame, 0 };
    }
    int level = sender.frame & 1;
    if (++sender.cycles == divider) {
        sender.cycles = 0;
        sender.frame >>= 1;
        sender.bits--;
    }
    return level;
}

// True when a byte is complete: each bit is taken in its middle.
bool sample(Receiver &receiver, int level, uint8_t *byte)
{
    if (!receiver.bits) {
        if (!level)
            receiver = { bits_a_frame, divider / 2, 0 };
        return false;
    }
    if (++receiver.cycles < divider)
        return false;
    receiver.cycles = 0;
    receiver.bits--;
    *byte = uint8_t(receiver.byte);
    if (receiver.bits == 0)
        return level != 0; // without a stop bit it is no byte
    if (receiver.bits < bits_a_frame - 1)
        receiver.byte = receiver.byte >> 1 | (level ? 0x80u : 0u);
    return false;
}

void *model_open(void)
{
    try {
        auto model = std::make_unique<Model>();
        model->context.randReset(2);
        model->context.randSeed(1);
        model->top = std::make_unique<MODEL_CLASS>(&model->context);
        release_button(model->top.get(), 0);
        for (int clock = 0; clock < 1000; clock++) // the board's own reset after configuration
            cycle(model.get(), 1);
        return model.release();
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void model_close(void *self)
{
    auto *model = static_cast<Model *>(self);
    if (model)
        model->top->final();
    delete model;
}

uint64_t model_run(void *self, uint64_t cycles, const uint8_t *in, size_t in_count, size_t *taken, uint8_t *out,
                   size_t capacity, size_t stop_at, size_t *got)
{
    auto *model = static_cast<Model *>(self);
    uint64_t done = 0;

    *taken = 0;
    *got = 0;
    while (done < cycles && *got < capacity && !(*taken == in_count && *got >= stop_at)) {
        bool begins;
        uint8_t byte;
        int level = drive(model->sender, *taken < in_count ? in + *taken : nullptr, &begins);
        if (begins)
            (*taken)++;
        if (sample(model->receiver, cycle(model, level), &byte))
            out[(*got)++] = byte;
        done++;
    }
    return done;
}

} // namespace

extern "C" __attribute__((visibility("default"))) const struct model_operations MODEL_SYMBOL;
extern "C" const struct model_operations MODEL_SYMBOL = { MODEL_BOARD, model_open, model_close, model_run, nullptr };

extern "C" __attribute__((visibility("default"))) const char model_sources[];
extern "C" const char model_sources[] = MODEL_SOURCES;
