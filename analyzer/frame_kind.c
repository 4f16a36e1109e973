/* SPDX-License-Identifier: MIT */
#include "analyzer/frame_kind.h"

#include <string.h>

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool frame_module_is_runtime(const char *module)
{
    static const char *const modules[] = {"libc.so",       "libc-",   "ld-linux",   "libpthread",
                                          "libstdc++.so.", "libc++.", "libc++abi.", "libgcc_s.so"};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (has_prefix(module, modules[i]))
            return true;
    return false;
}

bool frame_is_runtime(const struct frame *frame)
{
    return frame->module && frame_module_is_runtime(frame->module);
}

/* What was installed for Python (site-packages) is not part of it. */
static bool is_standard_library_of_python(const char *file)
{
    return has_prefix(file, "<frozen ") || (strstr(file, "/lib/python3.") && !strstr(file, "-packages/"));
}

bool frame_is_system_source(const struct frame *frame)
{
    if (!frame->file)
        return false;
    if (frame->language == FRAME_PYTHON)
        return is_standard_library_of_python(frame->file);
    return has_prefix(frame->file, "/usr/include/") || has_prefix(frame->file, "/usr/lib/") ||
           strstr(frame->file, "/include/c++/") || frame_is_runtime(frame);
}
