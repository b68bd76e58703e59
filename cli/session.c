/* What run and eval share: an image that fits the data, the data, and devices opened on the image. Compiling
 * goes through a temporary file because a device takes an image by its path. */
#include "session.h"

#include "calibrate.h"
#include "command.h"
#include "compile.h"
#include "hdf5_access.h"
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_MAX = 32767 }; /* largest graded event, in units of the population's scale */

static const double default_dt = 1e-4;

/* What a file is meant to be that is none of the kinds: only its name tells. */
static enum file_kind kind_by_name(const char *path)
{
    const char *suffix = strrchr(path, '.');

    if (suffix && strcmp(suffix, ".loom") == 0)
        return FILE_IMAGE;
    if (suffix && (strcmp(suffix, ".h5") == 0 || strcmp(suffix, ".hdf5") == 0))
        return FILE_DATA;
    return FILE_UNREADABLE;
}

enum file_kind session_file_kind(const char *path)
{
    char reason[HDF5_REASON_BYTES];
    hid_t file = hdf5_open(path, reason);
    enum file_kind kind;

    if (file < 0)
        return kind_by_name(path);
    if (hdf5_kind(file, "loom") == HDF5_GROUP)
        kind = FILE_IMAGE;
    else if (hdf5_kind(file, "node") == HDF5_GROUP)
        kind = FILE_NETWORK;
    else if (hdf5_kind(file, "nodes") == HDF5_GROUP && hdf5_kind(file, "edges") == HDF5_ABSENT)
        kind = FILE_DATA;
    else
        kind = kind_by_name(path);
    hdf5_close(file);
    return kind;
}

/* A fresh folder for the image, and its path there. */
static int make_path(struct session *session)
{
    const char *place = getenv("TMPDIR");

    if (asprintf(&session->folder, "%s/nirloom-XXXXXX", place && *place ? place : "/tmp") < 0) {
        session->folder = NULL;
        talk_error("out of memory");
        return COMMAND_DEVICE;
    }
    if (!mkdtemp(session->folder)) {
        talk_error("%s: no temporary folder can be made here; set TMPDIR to one that can be written", session->folder);
        free(session->folder);
        session->folder = NULL;
        return COMMAND_DEVICE;
    }
    free(session->path);
    if (asprintf(&session->path, "%s/network.loom", session->folder) < 0) {
        session->path = NULL;
        talk_error("out of memory");
        return COMMAND_DEVICE;
    }
    return COMMAND_DONE;
}

/* Compiles request into the session, whose image it replaces. */
static int compile_into(struct session *session, const struct compile_request *request,
                        const struct arguments *arguments)
{
    struct diagnostics diagnostics, sample_diagnostics;
    int status = make_path(session);

    if (status != COMMAND_DONE)
        return status;
    arena_free(&session->arena);
    diagnostics_begin(&diagnostics, arguments->file);
    diagnostics_begin(&sample_diagnostics, request->samples);
    if (compile_network(&session->image, &session->arena, request, &diagnostics, &sample_diagnostics) ||
        image_save(&session->image, session->path, request->path, &diagnostics))
        status = COMMAND_INPUT;
    talk_messages(&diagnostics, arguments->verbose);
    talk_messages(&sample_diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    return status;
}

static int take_network(struct session *session, const struct arguments *arguments)
{
    struct compile_request request = {
        .path = arguments->network,
        .options = arguments->options,
        .board = arguments->board,
        .samples = arguments->calibrate ? arguments->calibrate : arguments->input,
        .calibrate = arguments->calibrate != NULL,
    };
    return compile_into(session, &request, arguments);
}

static int take_image(struct session *session, const struct arguments *arguments)
{
    struct diagnostics diagnostics;

    if (arguments->compile_option) {
        talk_error("%s: compiled already; --%s goes with the .nir file, or with nirloom compile", arguments->file,
                   arguments->compile_option);
        return COMMAND_USAGE;
    }
    diagnostics_begin(&diagnostics, arguments->file);
    session->image = (struct image){.arena = &session->arena};
    int status = image_load(&session->image, arguments->file, &diagnostics);
    session->path = strdup(arguments->file);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    return status || !session->path ? COMMAND_INPUT : COMMAND_DONE;
}

static int read_data(struct session *session, const struct arguments *arguments)
{
    struct diagnostics diagnostics;
    double dt = session->image.options.dt;

    diagnostics_begin(&diagnostics, arguments->input);
    int status = data_read(&session->data, arguments->input, arguments->skip, arguments->limit,
                           dt > 0 ? dt : default_dt, &diagnostics);
    if (status == 0 && (session->data.samples == 0 || session->data.steps == 0))
        status = diagnostics_error(&diagnostics, "", "no samples from number %zu on; --skip takes fewer",
                                   arguments->skip);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

static int match_data(struct session *session, const struct arguments *arguments)
{
    const struct image *image = &session->image;
    struct diagnostics diagnostics;
    size_t *sizes = calloc(image->input_count + 1, sizeof *sizes);
    int status = -1;

    diagnostics_begin(&diagnostics, arguments->input);
    if (sizes) {
        for (size_t index = 0; index < image->input_count; index++)
            sizes[index] = image->populations[image->inputs[index].population].size;
        status = calibrate_match(&session->data, image->inputs, image->input_count, sizes, &diagnostics);
    }
    free(sizes);
    talk_messages(&diagnostics, arguments->verbose);
    diagnostics_free(&diagnostics);
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

/* The first Input that carries values where the data have spikes, or the other way round; NULL if all agree. */
static const struct port *find_disagreement(const struct session *session)
{
    const struct image *image = &session->image;

    for (size_t index = 0; index < image->input_count; index++) {
        const struct data_series *series = data_find(&session->data, image->inputs[index].name, NULL);

        if (image->populations[image->inputs[index].population].graded != (series->values != NULL))
            return &image->inputs[index];
    }
    return NULL;
}

/* Makes the image anew from the network that it holds. */
static int compile_again(struct session *session, const struct arguments *arguments, const struct port *input)
{
    struct compile_request request = {
        .path = arguments->network,
        .options = session->image.options,
        .board = board_find(session->image.board),
        .samples = arguments->input,
    };
    bool values = data_find(&session->data, input->name, NULL)->values != NULL;

    if (arguments->calibrate) {
        talk_error("%s: /nodes/%s: has %s, but %s has %s; calibrate with data of the same kind", arguments->calibrate,
                   input->name, values ? "spikes" : "values", arguments->input, values ? "values" : "spikes");
        return COMMAND_INPUT;
    }
    if (!request.board) {
        talk_error("%s: made for board %s, which this version does not know; compile the network again",
                   arguments->file, session->image.board);
        return COMMAND_INPUT;
    }
    fprintf(stderr, "nirloom: note: %s: /%s: compiled for %s, but %s has %s: compiled again for this run\n",
            arguments->file, input->name, values ? "spikes" : "values", arguments->input,
            values ? "values" : "spikes");
    return compile_into(session, &request, arguments);
}

/* An observable may be spikes in the samples chosen and values in others: 0 and 1 are then given as values. */
static int widen_spikes(struct session *session, const struct port *input)
{
    for (size_t index = 0; index < session->data.series_count; index++) {
        struct data_series *series = &session->data.series[index];

        if (series != data_find(&session->data, input->name, NULL) || !series->spikes)
            continue;
        size_t count = session->data.samples * session->data.steps * series->neurons;
        series->values = calloc(count + 1, sizeof *series->values);
        if (!series->values)
            break;
        for (size_t element = 0; element < count; element++)
            series->values[element] = series->spikes[element];
        free(series->spikes);
        series->spikes = NULL;
        return COMMAND_DONE;
    }
    talk_error("/nodes/%s: the data cannot be given as the image wants them; compile the network again", input->name);
    return COMMAND_INPUT;
}

static void warn_of_magnitudes(const struct session *session, const struct arguments *arguments)
{
    const struct image *image = &session->image;

    for (size_t index = 0; index < image->input_count; index++) {
        const struct image_population *population = &image->populations[image->inputs[index].population];
        struct input_range range;

        calibrate_inputs(&range, &session->data, &image->inputs[index], 1);
        double largest = population->scale * (VALUE_MAX + 0.5);
        if (range.graded && population->scale > 0 && range.magnitude > largest)
            talk_warning("%s: /nodes/%s: values up to %g, compiled for %g: larger ones saturate; calibrate with this "
                         "file",
                         arguments->input, image->inputs[index].name, range.magnitude, largest);
    }
}

static void warn_of_step(const struct session *session, const struct arguments *arguments)
{
    double dt = session->image.options.dt, unit = session->image.options.time_unit;

    if (dt > 0 && unit == 1 && session->data.dt > 0 && fabs(session->data.dt - dt) > 1e-6 * dt)
        talk_warning("%s: dt is %g, the network's is %g; each step of the data is taken as one of the network's",
                     arguments->input, session->data.dt, dt);
}

int session_open(struct session *session, const struct arguments *arguments)
{
    *session = (struct session){0};
    bool is_image = session_file_kind(arguments->file) == FILE_IMAGE;
    int status = is_image ? take_image(session, arguments) : take_network(session, arguments);

    if (status == COMMAND_DONE)
        status = read_data(session, arguments);
    if (status == COMMAND_DONE)
        status = match_data(session, arguments);
    if (status != COMMAND_DONE)
        return status;
    const struct port *disagreement = find_disagreement(session);
    if (disagreement && (is_image || arguments->calibrate))
        status = compile_again(session, arguments, disagreement);
    while (status == COMMAND_DONE && (disagreement = find_disagreement(session)))
        status = widen_spikes(session, disagreement);
    if (status == COMMAND_DONE) {
        warn_of_magnitudes(session, arguments);
        warn_of_step(session, arguments);
    }
    return status;
}

void session_forget_image(struct session *session)
{
    if (!session->folder)
        return;
    if (session->path)
        unlink(session->path);
    rmdir(session->folder);
    free(session->folder);
    session->folder = NULL;
}

void session_close(struct session *session)
{
    session_forget_image(session);
    free(session->path);
    data_free(&session->data);
    arena_free(&session->arena);
    *session = (struct session){0};
}

int session_failed(const struct loom *loom, enum loom_status status, const char *device)
{
    if (loom && *loom_error(loom))
        talk_error("device %s: %s", device, loom_error(loom));
    else
        talk_error("device %s: %s", device, status == LOOM_NO_MEMORY ? "out of memory" : "failed");
    return status == LOOM_BAD_IMAGE || status == LOOM_BAD_ARGUMENT ? COMMAND_INPUT : COMMAND_DEVICE;
}

int session_device(const struct session *session, struct loom **loom, const char *device)
{
    enum loom_status status = loom_open(loom, session->path, device);

    return status == LOOM_OK ? COMMAND_DONE : session_failed(*loom, status, device);
}

void session_inputs(const struct session *session, const struct loom *loom, size_t sample, struct loom_buffer *buffers)
{
    for (size_t index = 0; index < loom_input_count(loom); index++) {
        const struct data_series *series = data_find(&session->data, loom_input(loom, index).name, NULL);
        size_t first = sample * session->data.steps * series->neurons;

        buffers[index] = (struct loom_buffer){.spikes = series->spikes ? series->spikes + first : NULL,
                                              .values = series->values ? series->values + first : NULL};
    }
}
