/* SPDX-License-Identifier: MIT */
#include "report/view/line_view.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/line_table.h"
#include "report/base/format.h"
#include "report/base/utf8.h"
#include "report/view/source_file.h"

#define FIGURES "Line #    Mem usage    Increment  Occurrences         Peak  Temporary"
#define ALL_FIGURES FIGURES "    Allocated       Leaked"
#define CONTENTS "   Line Contents"

/* Lines of one function: lines[first .. end - 1] of the table. */
struct function {
    size_t first, end;
    uint64_t own_bytes;
    uint64_t most_bytes;     /* allocated by one line and what it calls */
    uint64_t file_own_bytes; /* of all functions of its file */
};

struct view {
    const struct line_view_options *options;
    const struct line_table *table;
    struct function *functions;
    size_t function_count;
    FILE *file;
};

/* --- what is shown --- */

/* "map/node.py" of "/home/robot/map/node.py" */
static bool is_end_of_path(const char *end, const char *path)
{
    size_t length = strlen(end), path_length = strlen(path);

    while (strncmp(end, "./", 2) == 0) {
        end += 2;
        length -= 2;
    }
    return length <= path_length && strcmp(path + path_length - length, end) == 0 &&
           (length == path_length || *end == '/' || path[path_length - length - 1] == '/');
}

static bool is_wanted_source(const struct line_view_options *options,
                             const struct function_line *line)
{
    for (size_t i = 0; i < options->source_count; i++)
        if (is_end_of_path(options->sources[i], line->file))
            return true;
    return options->source_count == 0 && (options->function || !line->is_system);
}

/* "plan" and "Node.plan" are names of "robot.Node.plan" and of "robot::Node::plan(int)". */
static bool is_wanted_function(const char *wanted, const char *function)
{
    size_t length = strlen(wanted), end;

    if (!function)
        return false;
    if (strcmp(wanted, function) == 0)
        return true;
    end = strcspn(function, "(");
    return length <= end && strncmp(function + end - length, wanted, length) == 0 &&
           (length == end || function[end - length - 1] == '.' ||
            function[end - length - 1] == ':');
}

static bool is_wanted(const struct view *view, const struct function_line *line)
{
    const char *function = view->options->function;

    return is_wanted_source(view->options, line) &&
           (!function || is_wanted_function(function, line->function));
}

static bool collect_functions(struct view *view)
{
    const struct line_table *table = view->table;

    view->functions = calloc(table->count + 1, sizeof(*view->functions));
    if (!view->functions)
        return false;
    for (size_t i = 0; i < table->count; i++) {
        struct function *last = &view->functions[view->function_count];

        if (!is_wanted(view, &table->lines[i]))
            continue;
        if (view->function_count == 0 || last[-1].end != i ||
            !line_table_is_same_function(&table->lines[i - 1], &table->lines[i]))
            view->functions[view->function_count++] = (struct function){.first = i, .end = i};
        last = &view->functions[view->function_count - 1];
        last->end = i + 1;
        last->own_bytes += table->lines[i].own_bytes;
        if (table->lines[i].figures.allocated_bytes > last->most_bytes)
            last->most_bytes = table->lines[i].figures.allocated_bytes;
    }
    return true;
}

static const struct function_line *first_line(const struct view *view,
                                              const struct function *function)
{
    return &view->table->lines[function->first];
}

/* Functions of one file are next to each other. Returns what all allocate. */
static uint64_t sum_files(struct view *view)
{
    uint64_t all_bytes = 0;

    for (size_t first = 0, end; first < view->function_count; first = end) {
        const char *file = first_line(view, &view->functions[first])->file;
        uint64_t own_bytes = 0;

        for (end = first; end < view->function_count; end++) {
            if (strcmp(first_line(view, &view->functions[end])->file, file) != 0)
                break;
            own_bytes += view->functions[end].own_bytes;
        }
        for (size_t i = first; i < end; i++)
            view->functions[i].file_own_bytes = own_bytes;
        all_bytes += own_bytes;
    }
    return all_bytes;
}

static int by_own_bytes(const void *left, const void *right)
{
    const struct function *one = left, *other = right;

    if (one->own_bytes != other->own_bytes)
        return one->own_bytes > other->own_bytes ? -1 : 1;
    return (one->first > other->first) - (one->first < other->first);
}

static int by_place(const void *left, const void *right, void *lines)
{
    const struct function_line *one =
        &((const struct function_line *)lines)[((const struct function *)left)->first];
    const struct function_line *other =
        &((const struct function_line *)lines)[((const struct function *)right)->first];
    int order = strcmp(one->file, other->file);

    return order ? order : (one->line > other->line) - (one->line < other->line);
}

/* In a file, and with at least a hundredth of all bytes. */
static bool is_hot(const struct function *function, uint64_t all_bytes)
{
    return function->file_own_bytes >= all_bytes / 100 &&
           (function->own_bytes >= all_bytes / 100 || function->most_bytes >= all_bytes / 100);
}

/* By default, the functions that allocate most by themselves. */
static void keep_hot_functions(struct view *view)
{
    uint64_t all_bytes = sum_files(view), top = view->options->top;
    size_t kept = 0;

    for (size_t i = 0; i < view->function_count; i++)
        if (is_hot(&view->functions[i], all_bytes) || top == 0)
            view->functions[kept++] = view->functions[i];
    if (kept)
        qsort(view->functions, kept, sizeof(*view->functions), by_own_bytes);
    view->function_count = top && kept > top ? top : kept;
}

/* --- the table of a function --- */

static struct formatted mebibytes(const struct view *view, uint64_t bytes)
{
    struct formatted formatted;

    snprintf(formatted.text, sizeof(formatted.text), "%.*f MiB", (int)view->options->precision,
             (double)bytes / (1 << 20));
    return formatted;
}

static void write_contents(const struct view *view, const char *contents)
{
    char clean[1024], *at = clean;

    for (; *contents && at < clean + sizeof(clean) - 5; contents++) {
        if (*contents == '\t')
            at += sprintf(at, "    ");
        else if (!iscntrl((unsigned char)*contents))
            *at++ = *contents;
    }
    *at = 0;
    char valid[sizeof(clean) * 4];
    utf8_copy(valid, sizeof(valid), clean, true);
    fprintf(view->file, "%s", valid);
}

static void write_figures(const struct view *view, unsigned number,
                          const struct function_line *line, uint64_t mem_usage)
{
    const char *figures = view->options->all_columns ? ALL_FIGURES : FIGURES;

    if (!line) {
        fprintf(view->file, "%6u%*s   ", number, (int)strlen(figures) - 6, "");
        return;
    }
    fprintf(view->file, "%6u %12s %12s  %11" PRIu64 " %12s %10" PRIu64, number,
            mebibytes(view, mem_usage).text, mebibytes(view, line->figures.kept_bytes).text,
            line->figures.allocations, mebibytes(view, line->figures.peak_bytes).text,
            line->figures.temporary_allocations);
    if (view->options->all_columns)
        fprintf(view->file, " %12s %12s", mebibytes(view, line->figures.allocated_bytes).text,
                mebibytes(view, line->figures.leaked_bytes).text);
    fputs("   ", view->file);
}

static void write_line(const struct view *view, const struct source_file *source, unsigned number,
                       const struct function_line *line, uint64_t mem_usage)
{
    write_figures(view, number, line, mem_usage);
    write_contents(view, source_file_line(source, number));
    fputc('\n', view->file);
}

/* The lines between two that have figures; a long gap is left out. */
static void write_between(const struct view *view, const struct source_file *source, unsigned first,
                          unsigned end)
{
    enum { CONTEXT = 3, LEAST_LEFT_OUT = 3 };

    if (!source->text)
        return;
    if (end - first < 2 * CONTEXT + LEAST_LEFT_OUT) {
        for (unsigned number = first; number < end; number++)
            write_line(view, source, number, NULL, 0);
        return;
    }
    for (unsigned number = first; number < first + CONTEXT; number++)
        write_line(view, source, number, NULL, 0);
    fprintf(view->file, "%6s\n", "...");
    for (unsigned number = end - CONTEXT; number < end; number++)
        write_line(view, source, number, NULL, 0);
}

static void write_heading(const struct view *view, const struct function_line *line,
                          const struct source_file *source, const char *file)
{
    struct style style = view->options->style;
    const char *figures = view->options->all_columns ? ALL_FIGURES : FIGURES;
    char *function = utf8_clean(line->function ? line->function : "unknown");

    fprintf(view->file, "Filename: %s%s%s\nFunction: %s\n", style_on(&style, STYLE_HEADING), file,
            style_off(&style), function ? function : "");
    free(function);
    if (!source->text)
        fprintf(view->file, "Source not found: %s\n", source->tried ? source->tried : file);
    fprintf(view->file, "\n%s%s%s%s\n", style_on(&style, STYLE_FAINT), figures, CONTENTS,
            style_off(&style));
    for (size_t i = 0; i < strlen(figures) + strlen(CONTENTS); i++)
        fputc('=', view->file);
    fputc('\n', view->file);
}

static void write_function(const struct view *view, const struct function *function,
                           const struct source_file *source)
{
    const struct function_line *lines = view->table->lines;
    const struct function_line *first = &lines[function->first];
    unsigned next = source->text ? source_file_function_start(source, first->function, first->line)
                                 : first->line;
    char *file = utf8_clean(first->file);
    uint64_t mem_usage = 0;

    write_heading(view, first, source, file ? file : "");
    free(file);
    for (size_t i = function->first; i < function->end; i++) {
        write_between(view, source, next, lines[i].line);
        mem_usage += lines[i].figures.peak_bytes > lines[i].figures.kept_bytes
                         ? lines[i].figures.peak_bytes
                         : lines[i].figures.kept_bytes;
        write_line(view, source, lines[i].line, &lines[i], mem_usage);
        next = lines[i].line + 1;
    }
    fputc('\n', view->file);
}

static void write_functions(const struct view *view)
{
    struct source_file source = {0};
    const char *file = NULL;

    for (size_t i = 0; i < view->function_count; i++) {
        const struct function_line *first = &view->table->lines[view->functions[i].first];

        if (!file || strcmp(file, first->file) != 0) {
            source_file_release(&source);
            source_file_read(&source, first->file);
        }
        file = first->file;
        write_function(view, &view->functions[i], &source);
    }
    source_file_release(&source);
}

static bool nothing_found(const struct view *view, const struct session *session,
                          struct error *error)
{
    const struct line_view_options *options = view->options;

    if (options->function)
        return error_set(error, "%s: no function %s with known source lines allocated anything",
                         session->path, options->function);
    if (options->source_count)
        return error_set(error, "%s: no line of %s allocated anything", session->path,
                         options->sources[0]);
    return error_set(error, "%s: no allocation has a known source line", session->path);
}

static bool add_processes(struct line_table *table, const struct session *session,
                          const struct line_view_options *options, struct error *error)
{
    bool found = options->pid == 0;

    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        if (options->pid && (uint64_t)process->pid != options->pid)
            continue;
        found = true;
        if (!line_table_add(table, process->sites, process->site_count))
            return error_set(error, "out of memory");
    }
    return found ||
           error_set(error, "%s: no process with pid %" PRIu64, session->path, options->pid);
}

bool line_view_write(const struct session *session, const struct line_view_options *options,
                     FILE *file, struct error *error)
{
    struct line_table *table = line_table_new();
    struct view view = {.options = options, .table = table, .file = file};
    bool done = false;

    if (!table) {
        error_set(error, "out of memory");
        goto done;
    }
    if (!add_processes(table, session, options, error))
        goto done;
    line_table_sort(table);
    if (!collect_functions(&view)) {
        error_set(error, "out of memory");
        goto done;
    }
    if (!options->function && !options->source_count)
        keep_hot_functions(&view);
    if (view.function_count)
        qsort_r(view.functions, view.function_count, sizeof(*view.functions), by_place,
                table->lines);
    done = view.function_count > 0 || nothing_found(&view, session, error);
    if (done)
        write_functions(&view);
done:
    free(view.functions);
    line_table_free(table);
    return done;
}
