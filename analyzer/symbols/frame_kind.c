/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/frame_kind.h"

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

static bool has_part(const char *path, const char *const parts[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(path, parts[i]))
            return true;
    return false;
}

bool frame_module_is_installed(const char *path)
{
    static const char *const parts[] = {"/site-packages/", "/dist-packages/", "/node_modules/",
                                        "/lib-dynload/"};
    static const char *const folders[] = {"/usr/",  "/lib",   "/bin/",
                                          "/sbin/", "/snap/", "/opt/ros/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (has_prefix(path, folders[i]))
            return !has_prefix(path, "/usr/local/");
    return path[0] != '/' || has_part(path, parts, sizeof parts / sizeof *parts);
}

bool frame_is_own_without_line(const struct frame *frame)
{
    return frame->function && !frame->file && frame->language == FRAME_NATIVE &&
           frame->module_path && !frame_module_is_installed(frame->module_path) &&
           !frame_is_interpreter(frame) && !frame_starts_programs(frame);
}

bool frame_is_runtime(const struct frame *frame)
{
    return frame->module && frame_module_is_runtime(frame->module);
}

bool frame_is_interpreter(const struct frame *frame)
{
    if (frame->language != FRAME_NATIVE || !frame->module)
        return false;
    if (frame->module_path && strstr(frame->module_path, "/lib-dynload/"))
        return true;
    return has_prefix(frame->module, "python2") || has_prefix(frame->module, "python3") ||
           has_prefix(frame->module, "libpython");
}

/* Packages installed for Python (site-packages) are not part of it. */
static bool is_standard_library_of_python(const char *file)
{
    return has_prefix(file, "<frozen ") ||
           (strstr(file, "/lib/python3.") && !strstr(file, "-packages/"));
}

/* Asked for every frame: most files are known by their end. */
static bool is_library_of_rust(const char *file)
{
    size_t length = strlen(file);
    if (length < 3 || memcmp(file + length - 3, ".rs", 3) != 0)
        return false;
    return has_prefix(file, "/rustc/") || has_prefix(file, "/rust/deps/") ||
           strstr(file, "/.cargo/registry/");
}

bool frame_is_system_source(const struct frame *frame)
{
    if (!frame->file)
        return false;
    if (frame->language == FRAME_PYTHON)
        return is_standard_library_of_python(frame->file);
    return is_library_of_rust(frame->file) || has_prefix(frame->file, "/usr/include/") ||
           has_prefix(frame->file, "/usr/lib/") || strstr(frame->file, "/include/c++/") ||
           frame_is_runtime(frame) || frame_is_interpreter(frame);
}

bool frame_is_operator(const char *function)
{
    static const char *const operators[] = {"operator new", "operator new[]", "operator delete",
                                            "operator delete[]"};
    if (!function || strncmp(function, "operator ", strlen("operator ")) != 0)
        return false; /* nearly all: this runs for every frame */
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strcmp(function, operators[i]) == 0)
            return true;
    return false;
}

bool frame_starts_programs(const struct frame *frame)
{
    static const char *const starters[] = {"_start",
                                           "__libc_start_main",
                                           "__libc_start_main_impl",
                                           "__libc_start_call_main",
                                           "start_thread",
                                           "clone",
                                           "clone3",
                                           "__clone3"};
    for (size_t i = 0; frame->function && i < sizeof starters / sizeof *starters; i++)
        if (strcmp(frame->function, starters[i]) == 0)
            return true;
    return false;
}

bool frame_has_own_source(const struct frame *frame)
{
    return frame->file && !frame_is_system_source(frame) && !frame_is_operator(frame->function);
}

/* Functions whose callers say more. */
static bool is_wrapper(const char *function)
{
    static const char *const wrappers[] = {
        "xmalloc",   "xcalloc",   "xrealloc", "xstrdup",         "g_malloc",
        "g_malloc0", "g_realloc", "g_strdup", "PyMem_RawMalloc", "PyObject_Malloc"};
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (strcmp(function, wrappers[i]) == 0)
            return true;
    return false;
}

/* Libraries have their own names for malloc: sqlite3Malloc, CRYPTO_strdup, xmlMallocAtomic. */
static bool sounds_like_malloc(const char *function)
{
    static const char *const parts[] = {"malloc", "calloc", "realloc", "strdup", "memdup"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcasestr(function, parts[i]))
            return true;
    return false;
}

bool frame_is_malloc_of_library(const struct frame *frame)
{
    return frame->function && !frame->file && frame->language == FRAME_NATIVE &&
           (is_wrapper(frame->function) || sounds_like_malloc(frame->function));
}

/* C++'s and Rust's; Rust's methods of a type read `<alloc::vec::Vec<T> as
 * core::clone::Clone>::clone`. */
static bool is_of_standard_library(const char *function)
{
    static const char *const prefixes[] = {
        "std::",  "__gnu_cxx::", "alloc::",  "core::",  "hashbrown::", "__rust_",
        "__rdl_", "__rg_",       "<alloc::", "<core::", "<std::",      "<hashbrown::"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (has_prefix(function, prefixes[i]))
            return true;
    return false;
}

bool frame_is_machinery(const struct frame *frame)
{
    if (frame_is_runtime(frame) || (frame->module && has_prefix(frame->module, "libleakgraph.so")))
        return true;
    if (frame->function && (is_wrapper(frame->function) || frame_is_operator(frame->function)))
        return true;
    if (frame->file || frame->language == FRAME_PYTHON)
        return frame_is_system_source(frame);
    return frame->function &&
           (is_of_standard_library(frame->function) || frame_is_malloc_of_library(frame));
}

const struct frame *frame_choose(const struct frame *named, const struct frame *any)
{
    return named && strcmp(named->function, "_start") != 0 ? named : any;
}

const struct frame *frame_of_stack(const struct stack *stack)
{
    const struct frame *named = NULL, *any = NULL, *python = NULL, *own = NULL;
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct frame *frame = &stack->frames[i];
        if (frame->language == FRAME_PYTHON)
            python = frame;
        if (!named && frame_is_malloc_of_library(frame))
            any = NULL;
        if (frame_is_machinery(frame))
            continue;
        if (frame->file)
            return own && frame->language == FRAME_NATIVE ? own : frame;
        if (!own && frame_is_own_without_line(frame))
            own = frame;
        if (!named && frame->function)
            named = frame;
        if (!any)
            any = frame;
    }
    if (python) /* all of it is Python's own: the outermost frame says what for */
        return python;
    if (own)
        return own;
    if (!any && stack->frame_count)
        any = stack->frames;
    return frame_choose(named, any);
}
