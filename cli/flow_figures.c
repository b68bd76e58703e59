/* The figures of a build as a JSON object, and back from it: so a build that the cache had says the same as the first. */
#include "flow.h"

#include "command.h"
#include "flow_command.h"
#include "talk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *describe_build(const struct flow *flow)
{
    struct json_object *object = json_object_new_object();
    struct json_object *clocks = json_object_new_array(), *icetimes = json_object_new_array();
    struct json_object *seeds = json_object_new_array();

    for (size_t index = 0; index < flow->seed_count; index++) {
        json_object_array_add(seeds, json_object_new_int64(flow->seeds[index]));
        json_object_array_add(clocks, talk_json_number(flow->clock_mhz[index]));
        json_object_array_add(icetimes, talk_json_number(flow->icetime_mhz[index]));
    }
    json_object_object_add(object, "board", json_object_new_string(flow->board->name));
    json_object_object_add(object, "part", json_object_new_string(flow->board->part));
    json_object_object_add(object, "target_mhz", talk_json_number(flow->board->clock_khz / 1000.0));
    json_object_object_add(object, "seeds", seeds);
    json_object_object_add(object, "clock_mhz", clocks);
    json_object_object_add(object, "icetime_mhz", icetimes);
    json_object_object_add(object, "resources", json_object_get(flow->resources));
    json_object_object_add(object, "available", json_object_get(flow->available));
    json_object_object_add(object, "critical_path",
                           flow->critical_path ? json_object_new_string(flow->critical_path) : NULL);
    json_object_object_add(object, "bitstream_seed", json_object_new_int64(flow->seeds[flow->best]));
    return object;
}

struct json_object *flow_describe(const struct flow *flow)
{
    struct json_object *object = describe_build(flow);

    json_object_object_add(object, "bitstream", json_object_new_string(flow->bitstream));
    json_object_object_add(object, "cached", json_object_new_boolean(flow->cached));
    return object;
}

int flow_write_figures(const struct flow *flow)
{
    char *path = flow_text("%s/" FLOW_FIGURES, flow->folder);
    struct json_object *object = describe_build(flow);
    int status = COMMAND_DEVICE;

    if (path && json_object_to_file_ext(path, object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE) == 0)
        status = COMMAND_DONE;
    else if (path)
        talk_error("%s: cannot be written; make room", path);
    json_object_put(object);
    free(path);
    return status;
}

/* Numbers of a list, one a seed; null is NAN. */
static bool read_list(double *numbers, size_t count, struct json_object *object, const char *key)
{
    struct json_object *list = json_object_object_get(object, key);

    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) != count)
        return false;
    for (size_t index = 0; index < count; index++) {
        struct json_object *number = json_object_array_get_idx(list, index);

        numbers[index] = number ? json_object_get_double(number) : NAN;
    }
    return true;
}

static bool take_object(struct json_object **to, struct json_object *object, const char *key)
{
    struct json_object *found = json_object_object_get(object, key);

    if (!json_object_is_type(found, json_type_object))
        return false;
    json_object_put(*to);
    *to = json_object_get(found);
    return true;
}

bool flow_read_figures(struct flow *flow)
{
    char *path = flow_text("%s/" FLOW_FIGURES, flow->folder);
    struct json_object *object = path ? json_object_from_file(path) : NULL, *critical_path;
    bool good = object && read_list(flow->clock_mhz, flow->seed_count, object, "clock_mhz") &&
                read_list(flow->icetime_mhz, flow->seed_count, object, "icetime_mhz") &&
                take_object(&flow->resources, object, "resources") &&
                take_object(&flow->available, object, "available");

    if (good) {
        int64_t seed = json_object_get_int64(json_object_object_get(object, "bitstream_seed"));

        for (size_t index = 0; index < flow->seed_count; index++)
            if (flow->seeds[index] == seed)
                flow->best = index;
        critical_path = json_object_object_get(object, "critical_path");
        flow->critical_path = critical_path ? flow_text("%s", json_object_get_string(critical_path)) : NULL;
    } else if (path) {
        talk_warning("%s: not the figures of this build", path);
    }
    json_object_put(object);
    free(path);
    return good;
}
