/* Bytes to and from a Verilated array. A millisecond is as many cycles as a 24 MHz board has in one: time is the
 * array's, so that a busy machine is no board that is silent, and a run is the same to the cycle whenever it is
 * made. */
#include "transport_sim.h"

#include <stdlib.h>
#include <string.h>

enum { CYCLES_A_MILLISECOND = 24000, KEPT_BYTES = 8192 };

struct transport_sim {
    const struct model_operations *operations;
    void *model;
    uint64_t cycles; /* since the model was opened */
    uint8_t kept[KEPT_BYTES]; /* came out while bytes went in */
    size_t kept_count;
};

static enum loom_status sim_send(void *self, const uint8_t *bytes, size_t count)
{
    struct transport_sim *sim = self;

    while (count) {
        size_t taken, got;
        size_t room = KEPT_BYTES - sim->kept_count;
        sim->cycles += sim->operations->run(sim->model, 64 * CYCLES_A_MILLISECOND, bytes, count, &taken,
                                            sim->kept + sim->kept_count, room, 0, &got);
        sim->kept_count += got;
        bytes += taken;
        count -= taken;
        if (!taken && count)
            return LOOM_TIMEOUT;
    }
    return LOOM_OK;
}

static enum loom_status sim_receive(void *self, uint8_t *bytes, size_t capacity, size_t *count, unsigned timeout_ms)
{
    struct transport_sim *sim = self;

    if (sim->kept_count) {
        *count = sim->kept_count < capacity ? sim->kept_count : capacity;
        memcpy(bytes, sim->kept, *count);
        sim->kept_count -= *count;
        memmove(sim->kept, sim->kept + *count, sim->kept_count);
        return LOOM_OK;
    }
    size_t taken;
    sim->cycles += sim->operations->run(sim->model, (uint64_t)timeout_ms * CYCLES_A_MILLISECOND, NULL, 0, &taken, bytes,
                                        capacity, 1, count);
    return LOOM_OK;
}

static uint64_t sim_now_ms(void *self)
{
    return ((struct transport_sim *)self)->cycles / CYCLES_A_MILLISECOND;
}

static bool sim_store(void *self, unsigned core, unsigned space, uint32_t address, const uint16_t *words, size_t count)
{
    struct transport_sim *sim = self;

    return sim->operations->store && sim->operations->store(sim->model, core, space, address, words, count) == 0;
}

static void sim_close(void *self)
{
    struct transport_sim *sim = self;

    sim->operations->close(sim->model);
    free(sim);
}

enum loom_status transport_sim_open(struct transport *transport, const struct model_operations *operations,
                                    const char *trace, bool store)
{
    struct transport_sim *sim = calloc(1, sizeof *sim);

    if (!sim)
        return LOOM_NO_MEMORY;
    sim->operations = operations;
    sim->model = operations->open();
    if (!sim->model) {
        free(sim);
        return LOOM_NO_MEMORY;
    }
    if (trace && operations->trace(sim->model, trace) != 0) {
        sim_close(sim);
        return LOOM_IO;
    }
    *transport = (struct transport){ sim, sim_send, sim_receive, sim_close, sim_now_ms,
                                      store ? sim_store : NULL };
    return LOOM_OK;
}
