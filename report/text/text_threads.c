/* SPDX-License-Identifier: MIT */
/* What each thread allocated, and where. */
#include <stdlib.h>

#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"
#include "report/view/places.h"

enum { PLACES = 3, THREAD_COLUMNS = 41, PLACE_COLUMNS = THREAD_COLUMNS + 2 };

static void write_place(const struct text_writer *writer, const struct place *place)
{
    fprintf(writer->file, "  %13s  %9s  %11s    ", format_count(place->figures.allocations).text,
            "", format_size(place->figures.allocated_bytes).text);
    text_styled(writer, STYLE_FAINT, "%s",
                label_fit(label_site(place->site), text_room(writer, PLACE_COLUMNS),
                          writer->options->style.utf8)
                    .text);
    fputc('\n', writer->file);
}

static uint64_t allocated_bytes(const struct thread *thread)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < thread->site_count; i++)
        bytes += thread->sites[i].allocated_bytes;
    return bytes;
}

/* "camera  4 threads in turn, real-time": threads that followed one another share a line. */
static void write_name(const struct text_writer *writer, const struct thread *thread)
{
    const struct process named = {.executable = thread->name ? thread->name : "unnamed"};

    text_styled(writer, STYLE_STRONG, "%s", label_process(&named).text);
    if (thread->threads > 1)
        fprintf(writer->file, "  %s in turn", format_plural(thread->threads, "thread").text);
    else
        fprintf(writer->file, "  tid %d", thread->tid);
    fprintf(writer->file, "%s\n", thread->real_time ? ", real-time" : "");
}

static void write_thread(const struct text_writer *writer, const struct thread *thread)
{
    struct places places;

    fprintf(writer->file, "  %13s  %9s  %11s  ", format_count(thread->allocations).text,
            format_count(thread->frees).text, format_size(allocated_bytes(thread)).text);
    write_name(writer, thread);
    if (places_collect_thread(&places, thread))
        places_sort_by_allocations(&places);
    for (size_t i = 0; i < places.count && i < PLACES; i++)
        write_place(writer, &places.places[i]);
    places_release(&places);
}

static int by_allocations(const void *left, const void *right)
{
    const struct thread *a = *(const struct thread *const *)left;
    const struct thread *b = *(const struct thread *const *)right;

    return (a->allocations < b->allocations) - (a->allocations > b->allocations);
}

void text_threads(const struct text_writer *writer, const struct process *process)
{
    const struct thread **order = calloc(process->thread_count + 1, sizeof(*order));

    for (size_t i = 0; order && i < process->thread_count; i++)
        order[i] = &process->threads[i];
    if (order && process->thread_count) {
        qsort(order, process->thread_count, sizeof(*order), by_allocations);
        text_heading(writer, "Threads", process->thread_count);
        text_styled(writer, STYLE_FAINT, "  %13s  %9s  %11s", "allocations", "frees", "bytes");
        fputc('\n', writer->file);
    }
    for (size_t i = 0; order && i < process->thread_count && i < writer->options->top; i++)
        write_thread(writer, order[i]);
    free(order);
}
