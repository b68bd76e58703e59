// One Verilated array as struct model_operations. MODEL_CLASS is the Verilated class, MODEL_HEADER its header,
// MODEL_BOARD the board's name, MODEL_SOURCES the identity of the Verilog and MODEL_SYMBOL the object to define;
// MODEL_TRACED is defined for one with traces.
// MODEL_MEMORIES_HEADER is what sim/memories.sh made, where there is one.
#include "model.h"

#include MODEL_HEADER
#ifdef MODEL_MEMORIES_HEADER
#include "hardware.h"
#include MODEL_MEMORIES_HEADER
#endif

#ifdef MODEL_TRACED
#include "verilated_fst_c.h"
#endif

#include <memory>
#include <new>

namespace {

struct Model {
    VerilatedContext context;
    std::unique_ptr<MODEL_CLASS> array;
#ifdef MODEL_TRACED
    std::unique_ptr<VerilatedFstC> trace;
    uint64_t time = 0; /* half cycles */
#endif
};

inline void set_clock(Model *model, int level)
{
    model->array->clk = static_cast<uint8_t>(level);
    model->array->eval();
#ifdef MODEL_TRACED
    if (model->trace)
        model->trace->dump(model->time++);
#endif
}

void tick(Model *model)
{
    set_clock(model, 0);
    set_clock(model, 1);
}

void *model_open(void)
{
    try {
        auto model = std::make_unique<Model>();
        model->context.randReset(2);
        model->context.randSeed(1);
#ifdef MODEL_TRACED
        model->context.traceEverOn(true);
#endif
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
#ifdef MODEL_TRACED
    if (model && model->trace)
        model->trace->close();
#endif
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
        set_clock(model, 0);
        bool takes = array->i_byte_valid && array->o_byte_ready;
        bool gives = array->o_byte_valid && array->i_byte_ready;
        if (gives)
            out[(*got)++] = array->o_byte;
        if (takes)
            (*taken)++;
        set_clock(model, 1);
        cycle++;
    }
    return cycle;
}

#ifdef MODEL_MEMORIES_HEADER
/* A bank of a memory: every so many words of a space, one a row. */
struct Bank {
    SData *rows;
    uint32_t count;
};

enum { BANKS_MAX = 16 };

/* The banks of a space in a core; returns how many. */
unsigned find_banks(MODEL_CORE_ROOT *core, unsigned space, Bank *banks)
{
    unsigned count = 0;

#define MODEL_BANK(in_space, bank, member, rows)                                                                       \
    if (space == in_space && bank < BANKS_MAX) {                                                                       \
        banks[bank] = Bank{&core->member[0], rows};                                                                    \
        count++;                                                                                                       \
    }
    MODEL_MEMORIES(MODEL_BANK)
#undef MODEL_BANK
    return count;
}

int model_store(void *self, unsigned number, unsigned space, uint32_t address, const uint16_t *words, size_t count)
{
    MODEL_CLASS *array = static_cast<Model *>(self)->array.get();
    MODEL_CORE_ROOT *core = nullptr;
    Bank banks[BANKS_MAX] = {};

    switch (number) {
#define MODEL_CORE(of, root)                                                                                           \
    case of:                                                                                                           \
        core = root;                                                                                                   \
        break;
        MODEL_CORES(MODEL_CORE)
#undef MODEL_CORE
    default:
        return -1;
    }
    unsigned bank_count = find_banks(core, space, banks);
    if (bank_count == 0 || count > UINT32_MAX - address)
        return -1;
    for (size_t word = 0; word < count; word++) {
        uint32_t at = address + static_cast<uint32_t>(word);
        const Bank &bank = banks[at % bank_count];
        if (at / bank_count >= bank.count)
            return -1;
        bank.rows[at / bank_count] = words[word];
    }
    return 0;
}
#else
constexpr int (*model_store)(void *, unsigned, unsigned, uint32_t, const uint16_t *, size_t) = nullptr;
#endif

#ifdef MODEL_TRACED
int model_trace(void *self, const char *path)
{
    auto *model = static_cast<Model *>(self);
    try {
        model->trace = std::make_unique<VerilatedFstC>();
        model->trace->set_time_unit("1ns");
        model->trace->set_time_resolution("1ns");
        model->array->trace(model->trace.get(), 99);
        model->trace->open(path);
        return model->trace->isOpen() ? 0 : -1;
    } catch (const std::bad_alloc &) {
        return -1;
    }
}
#else
constexpr int (*model_trace)(void *, const char *) = nullptr;
#endif

} // namespace

extern "C" __attribute__((visibility("default"))) const struct model_operations MODEL_SYMBOL;
extern "C" const struct model_operations MODEL_SYMBOL = { MODEL_BOARD, model_open, model_close, model_run,
                                                            model_trace, model_store };

extern "C" __attribute__((visibility("default"))) const char model_sources[];
extern "C" const char model_sources[] = MODEL_SOURCES;
