/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FLAME_SVG_H
#define LEAKGRAPH_FLAME_SVG_H

/*
 * A flame graph as one self-contained SVG file: a picture in any viewer; in a browser it zooms
 * (click, Enter), searches ('/', regular expressions) and describes the frame under the pointer.
 * The root is at the top. Colours tell Python, the program and its libraries apart or, compared
 * with another session, growth (red) from decline (blue). Frames too narrow to see are left out and
 * counted.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/flame/flame_tree.h"

bool flame_svg_write(const struct flame_tree *tree, const struct flame_options *options, FILE *file,
                     struct error *error);

#endif
