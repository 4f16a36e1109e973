/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STYLE_H
#define LEAKGRAPH_STYLE_H

/*
 * How text looks at its destination: colours only on a terminal (and not with NO_COLOR), the
 * terminal's width, line drawing only in a UTF-8 locale.
 *
 *     struct style style = style_of(stdout);
 *     fprintf(stdout, "%s%s%s", style_on(&style, STYLE_BAD), "3 leaks", style_off(&style));
 */

#include <stdbool.h>
#include <stdio.h>

struct style {
    bool colour, utf8;
    unsigned width;
};

enum style_kind { STYLE_GOOD, STYLE_BAD, STYLE_DOUBT, STYLE_HEADING, STYLE_STRONG, STYLE_FAINT };

struct style style_of(FILE *file);
const char *style_on(const struct style *style, enum style_kind kind);
const char *style_off(const struct style *style);

#endif
