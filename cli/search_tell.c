/* What a search tried, its front and its choice, for people and as JSON. */
#include "search.h"

#include "talk.h"

#include <math.h>

void search_print(FILE *file, const struct search *search)
{
    fprintf(file, "  tried %zu combinations of board and width on samples %zu to %zu; ", search->count,
            search->first, search->first + search->samples - 1);
    if (search->judge == JUDGE_LABELS)
        fprintf(file, "float has %.2f %% of the labels\n", 100 * search->float_accuracy);
    else
        fprintf(file, "no labels: %s\n", search->judge == JUDGE_TRACE ? "100 % less the relative error of the output"
                                                                     : "share of samples answered as by float");
    for (size_t index = 0; index < search->count; index++) {
        const struct search_trial *trial = &search->trials[index];

        fprintf(file, "    %-12s %u bits  ", trial->board->name, trial->weight_bits);
        if (!trial->fits)
            fputs("does not fit\n", file);
        else
            fprintf(file, "%6.2f %%  loss %5.2f  %9.0f cycles, %8.1f us a sample  %8llu bytes%s%s\n",
                    100 * trial->accuracy, trial->loss, trial->cycles, trial->latency_us,
                    (unsigned long long)trial->memory, trial->pareto ? "  front" : "",
                    search->met && index == search->chosen ? "  chosen" : "");
    }
}

void search_json(struct json_object *object, const struct search *search)
{
    static const char *const judges[] = {
        [JUDGE_LABELS] = "labels", [JUDGE_ANSWERS] = "answers", [JUDGE_TRACE] = "output"};
    struct json_object *entry = json_object_new_object(), *trials = json_object_new_array();

    for (size_t index = 0; index < search->count; index++) {
        const struct search_trial *trial = &search->trials[index];
        struct json_object *row = json_object_new_object();
        double none = NAN;

        json_object_object_add(row, "board", json_object_new_string(trial->board->name));
        json_object_object_add(row, "weight_bits", json_object_new_int64(trial->weight_bits));
        json_object_object_add(row, "fits", json_object_new_boolean(trial->fits));
        json_object_object_add(row, "accuracy", talk_json_number(trial->fits ? trial->accuracy : none));
        json_object_object_add(row, "loss", talk_json_number(trial->fits ? trial->loss : none));
        json_object_object_add(row, "cycles", talk_json_number(trial->fits ? trial->cycles : none));
        json_object_object_add(row, "latency_us", talk_json_number(trial->fits ? trial->latency_us : none));
        json_object_object_add(row, "memory_bytes", trial->fits ? json_object_new_int64((int64_t)trial->memory) : NULL);
        json_object_object_add(row, "pareto", json_object_new_boolean(trial->pareto));
        json_object_object_add(row, "chosen", json_object_new_boolean(index == search->chosen));
        json_object_array_add(trials, row);
    }
    json_object_object_add(entry, "max_loss", talk_json_number(search->max_loss));
    json_object_object_add(entry, "judge", json_object_new_string(judges[search->judge]));
    json_object_object_add(entry, "first_sample", json_object_new_int64((int64_t)search->first));
    json_object_object_add(entry, "samples", json_object_new_int64((int64_t)search->samples));
    json_object_object_add(entry, "float_accuracy", talk_json_number(search->float_accuracy));
    json_object_object_add(entry, "trials", trials);
    json_object_object_add(object, "search", entry);
}
