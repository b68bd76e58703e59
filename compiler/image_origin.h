/* What of an image's NIR graph its integers stand for: the nodes whose weights a projection carries, and how far
 * rounding moved the leaks from those of the file. */
#ifndef NIRLOOM_IMAGE_ORIGIN_H
#define NIRLOOM_IMAGE_ORIGIN_H

#include "image.h"

struct image_origin {
    const struct image *image;
    struct graph graph;   /* that of the image file */
    bool *relayed;        /* (node_count) a relay stands behind the node */
    size_t *edges[2];     /* (edge_count) edges in the order of their source; of their target */
    size_t *first[2];     /* (node_count + 1) where those of a node begin */
    bool *behind;         /* (node_count) two marks of image_origin_nodes() */
    bool *before;
};

/* Reads the graph of the image from its file at path. Everything is in image->arena. 0, or -1 with an error. */
int image_origin_open(struct image_origin *origin, const struct image *image, const char *path,
                      struct diagnostics *diagnostics);

/* nodes (node_count of the graph): those without state between source and target of a projection, whose weights,
 * factors and delays it carries, whatever the delay of the path. Their number. */
size_t image_origin_nodes(struct image_origin *origin, size_t projection, bool *nodes);

/* Largest relative error of the leaks of v, or of the current, of a population, beside those of the file; 0 where
 * nothing leaks. */
double image_origin_leak_error(const struct image_origin *origin, size_t population, bool current);

#endif
