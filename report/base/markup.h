/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MARKUP_H
#define LEAKGRAPH_MARKUP_H

/* Text inside XML, SVG and HTML, in elements and in quoted attributes. */

#include <stdio.h>

/* `text` is UTF-8; characters that XML does not allow become question marks. */
void markup_text(FILE *file, const char *text);
/* Up to 255 bytes. */
void markup_printf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
