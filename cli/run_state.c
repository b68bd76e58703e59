/* The state of one sample between a network and a state file. Which parts a node has is the port's word, and a file
 * that has more or less is refused: a state that is half another one's would run, and be wrong. */
#include "run_state.h"

#include "command.h"
#include "data.h"
#include "state.h"
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LIST_BYTES = 1024 };

static bool has_state(const struct loom_port *port)
{
    return port->membrane || port->current || port->history > 0;
}

int run_state_check(const struct arguments *arguments, size_t samples)
{
    if (arguments->state_out && strcmp(arguments->state_out, arguments->output) == 0) {
        fprintf(stderr, "nirloom run: --state-out %s: is the file of -o; name another\n", arguments->state_out);
        return COMMAND_USAGE;
    }
    if (samples == 1 || (!arguments->state_in && !arguments->state_out))
        return COMMAND_DONE;
    talk_error("%s: %zu samples would be run, but a state is that of one: --skip N --limit 1 takes sample number N",
               arguments->input, samples);
    return COMMAND_INPUT;
}

/* ---- saving ---- */

static int no_memory(void)
{
    talk_error("out of memory for the state");
    return COMMAND_DEVICE;
}

/* Room for the parts that the port has. -1: memory is short. */
static int make_node(struct state_node *node, const struct loom_port *port, struct arena *arena)
{
    size_t count = data_count(1, port->history, port->size);
    void *history = NULL;

    *node = (struct state_node){.name = arena_copy(arena, port->name), .size = port->size};
    if (count == SIZE_MAX || !node->name)
        return -1;
    if (port->membrane && !(node->v = arena_allocate(arena, port->size, sizeof *node->v)))
        return -1;
    if (port->current && !(node->i = arena_allocate(arena, port->size, sizeof *node->i)))
        return -1;
    if (port->history == 0)
        return 0;
    if (!(history = arena_allocate(arena, count, port->graded ? sizeof *node->values : sizeof *node->spikes)))
        return -1;
    if (port->line) {
        node->delay_steps = port->history;
        node->delay_values = history;
        return 0;
    }
    node->history = port->history;
    if (port->graded)
        node->values = history;
    else
        node->spikes = history;
    return 0;
}

static struct loom_state state_of(const struct state_node *node)
{
    return (struct loom_state){
        .v = node->v,
        .i = node->i,
        .spikes = node->spikes,
        .values = node->delay_values ? node->delay_values : node->values,
    };
}

static int take_state(const struct state_subject *subject, struct state *state, struct arena *arena)
{
    state->nodes = arena_allocate(arena, subject->count, sizeof *state->nodes);
    if (!state->nodes)
        return no_memory();
    for (size_t index = 0; index < subject->count; index++) {
        struct loom_port port = subject->port(subject->self, index);

        if (!has_state(&port))
            continue;
        if (make_node(&state->nodes[state->count], &port, arena) != 0)
            return no_memory();
        struct loom_state parts = state_of(&state->nodes[state->count++]);
        enum loom_status status = subject->get(subject->self, index, &parts);
        if (status != LOOM_OK)
            return subject->failed(subject->self, status);
    }
    return COMMAND_DONE;
}

int run_state_save(const struct state_subject *subject, const struct arguments *arguments, double dt, uint64_t step)
{
    struct state state = {.dt = dt, .step = step};
    struct arena arena = {0};
    struct diagnostics diagnostics;
    int status = take_state(subject, &state, &arena);

    if (status == COMMAND_DONE) {
        diagnostics_begin(&diagnostics, arguments->state_out);
        status = state_write(&state, arguments->state_out, &diagnostics) == 0 ? COMMAND_DONE : COMMAND_INPUT;
        talk_messages(&diagnostics, arguments->verbose);
        diagnostics_free(&diagnostics);
    }
    arena_free(&arena);
    return status;
}

/* ---- loading ---- */

static const struct state_node *find_node(const struct state *state, const char *name)
{
    for (size_t index = 0; index < state->count; index++)
        if (strcmp(state->nodes[index].name, name) == 0)
            return &state->nodes[index];
    return NULL;
}

static void refuse_unknown(const struct state_subject *subject, const struct state_node *node,
                           struct diagnostics *diagnostics)
{
    char place[LIST_BYTES], list[LIST_BYTES] = "";
    size_t used = 0;

    for (size_t index = 0; index < subject->count; index++) {
        struct loom_port port = subject->port(subject->self, index);

        if (strcmp(port.name, node->name) == 0 && has_state(&port))
            return;
        if (has_state(&port) && used < sizeof list - 80)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.64s", used ? ", " : "", port.name);
    }
    snprintf(place, sizeof place, "/%s", node->name);
    diagnostics_error(diagnostics, place, "the network has no such node with a state on this device; there are %s",
                      used ? list : "none");
}

/* steps: of the part in the file, wanted: in the network; 0 where it is not there. */
static void match_part(const struct loom_port *port, const char *part, size_t steps, size_t wanted,
                       struct diagnostics *diagnostics)
{
    char place[LIST_BYTES];

    snprintf(place, sizeof place, "/%s/%s", port->name, part);
    if (steps == 0 && wanted > 0)
        diagnostics_error(diagnostics, place, "is missing: the node needs %zu step%s of it", wanted,
                          wanted == 1 ? "" : "s");
    else if (steps > 0 && wanted == 0)
        diagnostics_error(diagnostics, place, "is no state of this node on this device; leave it out");
    else if (steps != wanted)
        diagnostics_error(diagnostics, place, "has %zu step%s, but the network needs the last %zu", steps,
                          steps == 1 ? "" : "s", wanted);
}

static void match_node(const struct loom_port *port, const struct state_node *node, struct diagnostics *diagnostics)
{
    char place[LIST_BYTES];
    bool lines = port->line, values = port->graded && !lines, spikes = !port->graded && !lines;

    snprintf(place, sizeof place, "/%s", port->name);
    if (!node) {
        diagnostics_error(diagnostics, place, "is missing: a state has every node that keeps one%s",
                          lines ? "; what a Delay holds is in states of the float device alone" : "");
        return;
    }
    if (node->size != port->size) {
        diagnostics_error(diagnostics, place, "has %zu neurons, but the network's has %zu", node->size, port->size);
        return;
    }
    match_part(port, "v", node->v != NULL, port->membrane, diagnostics);
    match_part(port, "i", node->i != NULL, port->current, diagnostics);
    match_part(port, "spikes", node->spikes ? node->history : 0, spikes ? port->history : 0, diagnostics);
    match_part(port, "values", node->values ? node->history : 0, values ? port->history : 0, diagnostics);
    match_part(port, "delay_spikes", node->delay_spikes ? node->delay_steps : 0, 0, diagnostics);
    match_part(port, "delay_values", node->delay_values ? node->delay_steps : 0, lines ? port->history : 0,
               diagnostics);
}

static int match(const struct state_subject *subject, const struct state *state, double dt,
                 struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < state->count; index++)
        refuse_unknown(subject, &state->nodes[index], diagnostics);
    for (size_t index = 0; index < subject->count; index++) {
        struct loom_port port = subject->port(subject->self, index);

        if (has_state(&port))
            match_node(&port, find_node(state, port.name), diagnostics);
    }
    if (state->dt > 0 && fabs(state->dt - dt) > 1e-6 * dt)
        diagnostics_warning(diagnostics, "", "dt is %g, that of this run %g; the state is taken as it is", state->dt,
                            dt);
    return diagnostics->failed ? COMMAND_INPUT : COMMAND_DONE;
}

static int set_state(const struct state_subject *subject, const struct state *state)
{
    enum loom_status status = LOOM_OK;

    for (size_t index = 0; status == LOOM_OK && index < subject->count; index++) {
        struct loom_port port = subject->port(subject->self, index);

        if (!has_state(&port))
            continue;
        struct loom_state parts = state_of(find_node(state, port.name));
        status = subject->set(subject->self, index, &parts);
    }
    return status == LOOM_OK ? COMMAND_DONE : subject->failed(subject->self, status);
}

int run_state_load(const struct state_subject *subject, const struct arguments *arguments, double dt, uint64_t *step)
{
    struct arena arena = {0};
    struct state state;
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, arguments->state_in);
    int status = state_read(&state, &arena, arguments->state_in, &diagnostics) == 0 ? COMMAND_DONE : COMMAND_INPUT;
    if (status == COMMAND_DONE)
        status = match(subject, &state, dt, &diagnostics);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    if (status == COMMAND_DONE)
        status = set_state(subject, &state);
    *step = state.step;
    arena_free(&arena);
    return status;
}
