/* What a device is to libnirloom: a struct of functions over one open image. */
#ifndef NIRLOOM_DEVICE_H
#define NIRLOOM_DEVICE_H

#include "image.h"
#include "nirloom.h"

enum { DEVICE_ERROR_BYTES = 512 };

struct device {
    const struct device_operations *operations;
    const struct image *image; /* outlives the device */
    struct loom_counters counters;
    char error[DEVICE_ERROR_BYTES];
};

/* Buffers as in nirloom.h; run() counts steps and, where it can, cycles; libnirloom counts the
 * synaptic operations of devices that leave them 0 from nothing: each device counts its own. */
struct device_operations {
    const char *name;
    enum loom_status (*reset)(struct device *device);
    enum loom_status (*run)(struct device *device, size_t steps, const struct loom_buffer *inputs,
                            const struct loom_buffer *outputs);
    enum loom_status (*get_state)(struct device *device, size_t population, const struct loom_state *state);
    enum loom_status (*set_state)(struct device *device, size_t population, const struct loom_state *state);
    void (*close)(struct device *device); /* frees device */
    /* What get_state() and set_state() know: the image's populations by index, and perhaps more behind them. NULL: just
     * those, with the history of the image. */
    size_t (*population_count)(const struct device *device);
    struct loom_port (*population)(const struct device *device, size_t population);
};

/* Each makes a device for image; *device is NULL on failure and error (DEVICE_ERROR_BYTES) tells why.
 * argument: for float the path of the file with the graph, for serial the port's path, for netlist the
 * shared object of the simulated netlist, for sim the file for a trace or NULL, NULL for ref. */
enum loom_status device_float_open(struct device **device, const struct image *image, const char *argument, char *error);
enum loom_status device_ref_open(struct device **device, const struct image *image, const char *argument, char *error);
enum loom_status device_sim_open(struct device **device, const struct image *image, const char *argument, char *error);
/* The same, with the image put into the simulated memories past the link: in no time, whatever its size. */
enum loom_status device_sim_open_stored(struct device **device, const struct image *image, const char *argument,
                                        char *error);
enum loom_status device_netlist_open(struct device **device, const struct image *image, const char *argument, char *error);
enum loom_status device_serial_open(struct device **device, const struct image *image, const char *argument, char *error);

/* The kind of netlist that a device's name asks for, as the shared object's name has it: "synthesis" for "netlist" and
 * "netlist:synthesis", "routed" for "netlist:routed", "bitstream" for "netlist:bitstream", "board" for
 * "netlist:board"; NULL for other names. */
const char *device_netlist_kind(const char *name);

/* The integer that a graded input value becomes: round to nearest, ties away from zero, saturated at +-limit
 * (image_population.limit, 1 … 32767), for which the accumulators were proven wide enough; 0 for NaN. One function
 * for ref and the array. */
int16_t device_quantize_value(double value, double scale, int32_t limit);

/* The same for a state that is set: saturated at 16 bits, 0 where there is no unit. */
int16_t device_quantize_state(double value, double scale);

/* Real value of one unit of a neuron's v, or of its current. */
static inline double device_state_scale(const struct image *image, size_t population, bool current, size_t neuron)
{
    const struct image_population *from = &image->populations[population];

    return current ? from->current_unit[neuron] : image_unit(from, neuron);
}

#endif
