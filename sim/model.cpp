// One Verilated array as struct model_operations. MODEL_CLASS is the Verilated class, MODEL_HEADER its header,
// MODEL_BOARD the board's name and MODEL_SYMBOL the object to define.
#include "model.h"

#include MODEL_HEADER

#include <memory>
#include <new>

namespace {

struct Model {
    VerilatedContext context;
    std::unique_ptr<MODEL_CLASS> array;
};

void tick(Model *model)
{
    model->array->clk = 0;
    model->array->eval();
    model->array->clk = 1;
    model->array->eval();
}

void *model_open(void)
{
    try {
        auto model = std::make_unique<Model>();
        model->context.randReset(2);
        model->context.randSeed(1);
        model->array = std::make_unique<MODEL_CLASS>(&model->context);
        model->array->i_byte_valid = 0;
        model->array->i_byte = 0;
        model->array->i_byte_ready = 0;
        model->array->rst = 1;
        for (int cycle = 0; cycle < 4; cycle++)
            tick(model.get());
        model->array->rst = 0;
        return model.release();
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void model_close(void *self)
{
    auto *model = static_cast<Model *>(self);
    if (model)
        model->array->final();
    delete model;
}

uint64_t model_run(void *self, uint64_t cycles, const uint8_t *in, size_t in_count, size_t *taken, uint8_t *out,
                   size_t capacity, size_t stop_at, size_t *got)
{
    auto *model = static_cast<Model *>(self);
    MODEL_CLASS *array = model->array.get();
    uint64_t cycle = 0;

    *taken = 0;
    *got = 0;
    while (cycle < cycles && !(*taken == in_count && *got >= stop_at)) {
        array->i_byte_valid = *taken < in_count;
        array->i_byte = *taken < in_count ? in[*taken] : 0;
        array->i_byte_ready = *got < capacity;
        array->clk = 0;
        array->eval();
        bool takes = array->i_byte_valid && array->o_byte_ready;
        bool gives = array->o_byte_valid && array->i_byte_ready;
        if (gives)
            out[(*got)++] = array->o_byte;
        if (takes)
            (*taken)++;
        array->clk = 1;
        array->eval();
        cycle++;
    }
    return cycle;
}

} // namespace

extern "C" __attribute__((visibility("default"))) const struct model_operations MODEL_SYMBOL;
extern "C" const struct model_operations MODEL_SYMBOL = { MODEL_BOARD, model_open, model_close, model_run };
