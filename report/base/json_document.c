/* SPDX-License-Identifier: MIT */
#include "report/base/json_document.h"

bool json_document_write(json_t *root, FILE *file, size_t flags, struct error *error)
{
    if (!root)
        return error_set(error, "out of memory");
    if (json_dumpf(root, file, flags) == 0)
        fputc('\n', file);
    json_decref(root);
    return true;
}
