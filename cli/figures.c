/* What the logs and reports of the flow say: warnings, clock, resources, critical path. */
#include "figures.h"

#include "process.h"
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Warnings of yosys and nextpnr that are known to be harmless, by a part of their text, each with its reason. A
 * warning may mean that the netlist is not the design (yosys resolves driver conflicts to a constant), so any other one
 * fails the build. */
static const char *const harmless_warnings[] = {
    "ABC: Warning: The network is combinational", /* of a module without registers: abc has nothing to retime */
    "Max frequency for clock", /* a missed target: the report has the figure, and the build judges it */
    NULL,
};

static bool is_harmless(const char *line)
{
    for (size_t index = 0; harmless_warnings[index]; index++)
        if (strstr(line, harmless_warnings[index]))
            return true;
    return false;
}

static bool is_fault(const char *line)
{
    bool warning = strncmp(line, "Warning: ", 9) == 0 || strncmp(line, "WARNING: ", 9) == 0 ||
                   strstr(line, ": Warning: ") || strstr(line, "Driver-driver conflict");

    return strncmp(line, "ERROR: ", 7) == 0 || strstr(line, ": ERROR: ") || (warning && !is_harmless(line));
}

bool figures_check_log(const char *path)
{
    char *text = process_log(path), *rest = NULL;
    bool clean = true;

    if (!text)
        return false;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (!is_fault(line))
            continue;
        talk_error("%s: %s", path, line);
        clean = false;
    }
    free(text);
    return clean;
}

static struct json_object *read_object(const char *path)
{
    struct json_object *object = json_object_from_file(path);

    if (!object)
        talk_error("%s: cannot be read as JSON: %s", path, json_util_get_last_err());
    return object;
}

static void count_up(struct json_object *cells, const char *name)
{
    struct json_object *count = json_object_object_get(cells, name);

    json_object_object_add(cells, name, json_object_new_int64(count ? json_object_get_int64(count) + 1 : 1));
}

bool figures_count_cells(struct json_object *cells, const char *path)
{
    struct json_object *object = read_object(path), *modules, *top, *instances;
    bool good = object && json_object_object_get_ex(object, "modules", &modules) &&
                json_object_object_get_ex(modules, "top", &top) &&
                json_object_object_get_ex(top, "cells", &instances);

    if (good) {
        json_object_object_foreach(instances, name, cell)
        {
            struct json_object *type = json_object_object_get(cell, "type");

            (void)name;
            if (type && json_object_get_string(type)[0] != '$')
                count_up(cells, json_object_get_string(type));
        }
    } else if (object) {
        talk_error("%s: has no module top with cells; see the log of yosys beside it", path);
    }
    json_object_put(object);
    return good;
}

bool figures_utilization(struct json_object *used, struct json_object *available, const char *path)
{
    struct json_object *object = read_object(path), *utilization;
    bool good = object && json_object_object_get_ex(object, "utilization", &utilization);

    if (good) {
        json_object_object_foreach(utilization, name, entry)
        {
            int64_t count = json_object_get_int64(json_object_object_get(entry, "used"));

            if (count == 0)
                continue;
            json_object_object_add(used, name, json_object_new_int64(count));
            struct json_object *all = json_object_object_get(entry, "available");
            json_object_object_add(available, name, json_object_new_int64(json_object_get_int64(all)));
        }
    }
    json_object_put(object);
    return good;
}

double figures_clock(const char *path)
{
    struct json_object *object = read_object(path), *clocks;
    double slowest = INFINITY;

    if (object && json_object_object_get_ex(object, "fmax", &clocks)) {
        json_object_object_foreach(clocks, name, entry)
        {
            (void)name;
            slowest = fmin(slowest, json_object_get_double(json_object_object_get(entry, "achieved")));
        }
    }
    if (object && !isfinite(slowest))
        talk_error("%s: no clock in the report; the design has no register", path);
    json_object_put(object);
    return isfinite(slowest) ? slowest : NAN;
}

static const char *text_of(struct json_object *object, const char *name, const char *member)
{
    struct json_object *inner = json_object_object_get(object, name);
    struct json_object *text = inner ? json_object_object_get(inner, member) : NULL;

    return text ? json_object_get_string(text) : "?";
}

static char *describe_path(struct json_object *path)
{
    size_t length = json_object_array_length(path);
    double logic = 0, routing = 0;
    char *text = NULL;

    if (length == 0)
        return NULL;
    for (size_t index = 0; index < length; index++) {
        struct json_object *segment = json_object_array_get_idx(path, index);
        struct json_object *type = json_object_object_get(segment, "type");
        double delay = json_object_get_double(json_object_object_get(segment, "delay"));

        if (type && strcmp(json_object_get_string(type), "routing") == 0)
            routing += delay;
        else
            logic += delay;
    }
    struct json_object *first = json_object_array_get_idx(path, 0);
    struct json_object *last = json_object_array_get_idx(path, length - 1);
    if (asprintf(&text, "%s.%s -> %s.%s, %.2f ns (%.2f logic, %.2f routing)", text_of(first, "to", "cell"),
                 text_of(first, "to", "port"), text_of(last, "to", "cell"), text_of(last, "to", "port"),
                 logic + routing, logic, routing) < 0)
        return NULL;
    return text;
}

char *figures_critical_path(const char *path)
{
    struct json_object *object = read_object(path), *paths = NULL;
    char *text = NULL;

    if (object)
        json_object_object_get_ex(object, "critical_paths", &paths);
    for (size_t index = 0; !text && paths && index < json_object_array_length(paths); index++) {
        struct json_object *entry = json_object_array_get_idx(paths, index);
        struct json_object *from = json_object_object_get(entry, "from");
        struct json_object *to = json_object_object_get(entry, "to");
        struct json_object *segments = json_object_object_get(entry, "path");

        if (from && to && segments && strcmp(json_object_get_string(from), "<async>") != 0 &&
            strcmp(json_object_get_string(to), "<async>") != 0)
            text = describe_path(segments);
    }
    json_object_put(object);
    return text;
}

double figures_icetime(const char *path)
{
    char *text = process_log(path);
    char *line = text ? strstr(text, "Total path delay:") : NULL;
    double nanoseconds, megahertz = NAN;

    if (line && sscanf(line, "Total path delay: %lf ns (%lf MHz)", &nanoseconds, &megahertz) != 2)
        megahertz = NAN;
    free(text);
    return megahertz;
}
