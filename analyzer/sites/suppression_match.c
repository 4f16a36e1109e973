/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/suppression_match.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/cxx/demangle.h"
#include "analyzer/base/text.h"

/* --- texts --- */

/* Only * and ? are special: fnmatch(3) would also interpret brackets and backslashes. */
bool suppression_match_pattern(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* Finds the first `length` bytes of `part` in the text; NULL: not there. */
static const char *find_part(const char *text, const char *part, size_t length)
{
    return memmem(text, strlen(text), part, length);
}

static bool ends_with(const char *text, const char *part, size_t length)
{
    size_t text_length = strlen(text);
    return text_length >= length && memcmp(text + text_length - length, part, length) == 0;
}

bool suppression_match_template(const char *template, const char *text)
{
    bool at_start = *template == '^';
    if (*text == '\0')
        return false;
    for (template += at_start; *template && *template != '$'; at_start = false) {
        size_t length = strcspn(template, "*$");
        const char *found = find_part(text, template, length);
        if (!found || (at_start && found != text))
            return false;
        if (template[length] == '$')
            return ends_with(found, template, length) && (!at_start || !found[length]);
        text = found + length;
        template += length + (template[length] == '*');
        if (template[-1] == '*' && *template == '$')
            return true;
    }
    return *template != '$' || *text == '\0';
}

/* --- frames --- */

static bool matches_template(const struct suppression_rule *rule, struct arena *scratch,
                             const struct frame *frame)
{
    const char *texts[] = {frame->function, frame->file, frame->module_path, NULL};
    if (frame->symbol && strchr(rule->template, '('))
        texts[3] = demangle_with_parameters(scratch, frame->symbol);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] && suppression_match_template(rule->template, texts[i]))
            return true;
    return false;
}

/* valgrind's name for what calls main. */
static bool is_below_main(const char *pattern, const char *function)
{
    static const char *const functions[] = {"__libc_start_main", "__libc_start_main_impl",
                                            "__libc_start_call_main", "generic_start_main",
                                            "_start"};
    if (strcmp(pattern, "(below main)") != 0)
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(function, functions[i]) == 0)
            return true;
    return false;
}

/* Turns "robot::Pool<int>::make<int>" into "make<int>". */
static const char *without_scope(const char *function)
{
    const char *name = function;
    int depth = 0;
    for (const char *at = function; *at; at++) {
        depth += *at == '<' || *at == '(' || *at == '{';
        depth -= *at == '>' || *at == ')' || *at == '}';
        if (depth == 0 && at[0] == ':' && at[1] == ':')
            name = at + 2;
    }
    return name;
}

/* Compares linker names. An inlined function has only its name from the debug info, without its
 * scope. */
static bool is_function(const char *pattern, const struct frame *frame)
{
    if (frame->symbol && suppression_match_pattern(pattern, frame->symbol))
        return true;
    if (!frame->function || (frame->symbol && !frame->inlined))
        return false;
    return suppression_match_pattern(pattern, frame->inlined ? without_scope(frame->function)
                                                             : frame->function) ||
           is_below_main(pattern, frame->function);
}

/* "file" or "file:12"; the debug info has the directory too, the pattern need not. */
static bool is_source(const char *pattern, const struct frame *frame)
{
    char line[32];
    const char *colon = strrchr(pattern, ':');
    size_t length = colon ? (size_t)(colon - pattern) : strlen(pattern);
    char file[4096];
    if (!frame->file || length >= sizeof file)
        return false;
    snprintf(line, sizeof line, "%u", frame->line);
    if (colon && !suppression_match_pattern(colon + 1, line))
        return false;
    memcpy(file, pattern, length);
    file[length] = '\0';
    return suppression_match_pattern(file, text_base_name(frame->file)) ||
           suppression_match_pattern(file, frame->file);
}

static bool fits(const struct suppression_location *location, const struct frame *frame)
{
    switch (location->kind) {
    case FRAME_FUNCTION:
        return is_function(location->pattern, frame);
    case FRAME_OBJECT:
        return frame->module_path &&
               suppression_match_pattern(location->pattern, frame->module_path);
    case FRAME_SOURCE:
        return is_source(location->pattern, frame);
    case FRAME_ANY_NUMBER:
        break;
    }
    return false;
}

/* --- the allocator's own frames --- */

struct names {
    const char *const *all; /* NULL-terminated */
};

/* The recording does not distinguish malloc from calloc, so the frame has all of these names. */
static const char *const by_malloc[] = {
    "malloc",         "calloc",        "realloc", "reallocarray", "memalign",
    "posix_memalign", "aligned_alloc", "valloc",  "pvalloc",      NULL};
static const char *const by_new[] = {"_Znwm", "_ZnwmRKSt9nothrow_t", "_ZnwmSt11align_val_t",
                                     "_ZnwmSt11align_val_tRKSt9nothrow_t", NULL};
static const char *const by_new_array[] = {"_Znam", "_ZnamRKSt9nothrow_t", "_ZnamSt11align_val_t",
                                           "_ZnamSt11align_val_tRKSt9nothrow_t", NULL};
static const struct names allocators[] = {
    [RECORDING_KIND_MALLOC] = {by_malloc},
    [RECORDING_KIND_NEW] = {by_new},
    [RECORDING_KIND_NEW_ARRAY] = {by_new_array},
    [RECORDING_KIND_PYTHON] = {by_malloc},
};

static const char *const by_free[] = {"free", "cfree", "realloc", NULL};
static const char *const by_delete[] = {
    "_ZdlPv", "_ZdlPvm", "_ZdlPvRKSt9nothrow_t", "_ZdlPvSt11align_val_t", "_ZdlPvmSt11align_val_t",
    NULL};
static const char *const by_delete_array[] = {
    "_ZdaPv", "_ZdaPvm", "_ZdaPvRKSt9nothrow_t", "_ZdaPvSt11align_val_t", "_ZdaPvmSt11align_val_t",
    NULL};
static const struct names deallocators[] = {
    [RECORDING_KIND_MALLOC] = {by_free},
    [RECORDING_KIND_NEW] = {by_delete},
    [RECORDING_KIND_NEW_ARRAY] = {by_delete_array},
    [RECORDING_KIND_PYTHON] = {by_free},
};

/* Where valgrind puts them. */
static const char allocator_object[] = "/usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so";

static bool is_one_of(const char *pattern, struct names names)
{
    for (; *names.all; names.all++)
        if (suppression_match_pattern(pattern, *names.all))
            return true;
    return false;
}

/* A stack as valgrind shows it: some frames of the allocator, then ours. */
struct calls {
    size_t allocator_frames;
    const struct names *families; /* by kind of block */
    enum recording_block_kind kind;
    const struct stack *stack;
};

/* The innermost is the one that was called; one around it, typically a program's own operator new,
 * may be of any family. */
static bool fits_allocator(const struct suppression_location *location, const struct calls *calls,
                           size_t index)
{
    if (location->kind == FRAME_OBJECT)
        return suppression_match_pattern(location->pattern, allocator_object);
    if (location->kind != FRAME_FUNCTION)
        return false;
    if (index == 0)
        return is_one_of(location->pattern, calls->families[calls->kind]);
    for (int kind = RECORDING_KIND_MALLOC; kind <= RECORDING_KIND_NEW_ARRAY; kind++)
        if (is_one_of(location->pattern, calls->families[kind]))
            return true;
    return false;
}

static bool fits_call(const struct suppression_location *location, const struct calls *calls,
                      size_t index)
{
    if (index < calls->allocator_frames)
        return fits_allocator(location, calls, index);
    return fits(location, &calls->stack->frames[index - calls->allocator_frames]);
}

/* Works like matching a file name pattern: `...` is the star, and frames beyond the last location
 * do not matter. */
static bool fit_calls(const struct suppression_rule *rule, const struct calls *calls)
{
    size_t call_count = calls->allocator_frames + calls->stack->frame_count;
    size_t call = 0, location = 0, star = SIZE_MAX, retry = 0;
    while (location < rule->location_count) {
        if (rule->locations[location].kind == FRAME_ANY_NUMBER) {
            star = location++;
            retry = call;
        } else if (call < call_count && fits_call(&rule->locations[location], calls, call)) {
            location++;
            call++;
        } else if (star != SIZE_MAX && retry < call_count) {
            location = star + 1;
            call = ++retry;
        } else {
            return false;
        }
    }
    return true;
}

/* One frame of the allocator, or two: a program's own operator new calls malloc, and only malloc
 * can have another around it. */
static bool matches_locations(const struct suppression_rule *rule, struct calls calls)
{
    size_t most = calls.kind == RECORDING_KIND_MALLOC ? 2 : 1;
    for (calls.allocator_frames = 1; calls.allocator_frames <= most; calls.allocator_frames++)
        if (fit_calls(rule, &calls))
            return true;
    return false;
}

static bool matches(const struct suppression_rule *rule, struct arena *scratch, struct calls calls)
{
    if (!rule->template)
        return matches_locations(rule, calls);
    for (size_t i = 0; i < calls.stack->frame_count; i++)
        if (matches_template(rule, scratch, &calls.stack->frames[i]))
            return true;
    return false;
}

struct suppression_rule *suppression_match_leak(const struct suppression_rules *rules,
                                                struct arena *scratch,
                                                const struct suppression_block *block)
{
    struct calls calls = {.families = allocators, .kind = block->kind, .stack = block->stack};
    for (size_t i = 0; i < suppression_rules_count(rules); i++) {
        struct suppression_rule *rule = suppression_rules_get(rules, i);
        if (rule->use == SUPPRESSES_LEAKS && rule->classes[block->class] &&
            matches(rule, scratch, calls))
            return rule;
    }
    return NULL;
}

struct suppression_rule *suppression_match_free(const struct suppression_rules *rules,
                                                struct arena *scratch, const struct stack *stack,
                                                enum recording_block_kind kind)
{
    struct calls calls = {.families = deallocators, .kind = kind, .stack = stack};
    for (size_t i = 0; i < suppression_rules_count(rules); i++) {
        struct suppression_rule *rule = suppression_rules_get(rules, i);
        if (rule->use == SUPPRESSES_FREES && matches(rule, scratch, calls))
            return rule;
    }
    return NULL;
}
