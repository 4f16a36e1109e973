/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_JSON_VALUES_H
#define LEAKGRAPH_JSON_VALUES_H

/*
 * What the JSON files are made of. jansson's functions pass a NULL on to whoever holds the value,
 * so memory is checked once, at the end.
 */

#include <jansson.h>
#include <stdint.h>

#include "analyzer/model.h"

json_t *json_text(const char *string); /* clean UTF-8; null for NULL */
/* jansson's numbers are signed; no program has 8 EiB. */
json_t *json_number(uint64_t count);
json_t *json_hex(uint64_t address);
json_t *json_amount(const struct amount *of);
json_t *json_stack(const struct stack *of);
json_t *json_site_stack(const struct site *site); /* an empty one for NULL */

#endif
