/* SPDX-License-Identifier: MIT */
#include "report/text/csv.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/object_graph.h"
#include "report/view/labels.h"
#include "report/view/places.h"
#include "report/view/type_list.h"

static void write_text(FILE *file, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++)
        fprintf(file, *text == '"' ? "\"%c" : "%c", *text);
    fputc('"', file);
}

static void write_process(FILE *file, const struct process *process)
{
    write_text(file, label_process(process).text);
    fprintf(file, ",%d,", process->pid);
}

static void write_place(FILE *file, const struct process *process, const struct place *place)
{
    const struct frame *frame = label_frame(&place->site->stack);
    const struct figures *figures = &place->figures;

    write_process(file, process);
    write_text(file, frame ? label_function(frame).text : label_site(place->site).text);
    fputc(',', file);
    write_text(file, frame && frame->file ? frame->file : "");
    fputc(',', file);
    if (frame && frame->line)
        fprintf(file, "%u", frame->line);
    fputc(',', file);
    write_text(file, frame && frame->module ? frame->module : "");
    fprintf(file,
            ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
            ",%" PRIu64 "\n",
            figures->allocations, figures->allocated_bytes, figures->temporary_allocations,
            figures->live_blocks, figures->live_bytes, figures->peak_bytes, figures->leaked_blocks,
            figures->leaked_bytes);
}

bool csv_write_places(const struct session *session, FILE *file, struct error *error)
{
    fputs("process,pid,function,file,line,module,allocations,allocated_bytes,temporary_allocations,"
          "live_blocks,live_bytes,peak_bytes,leaked_blocks,leaked_bytes\n",
          file);
    for (size_t i = 0; i < session->process_count; i++) {
        struct places places;

        if (!places_collect(&places, &session->processes[i]))
            return error_set(error, "out of memory");
        places_sort_by_peak(&places);
        for (size_t k = 0; k < places.count; k++)
            write_place(file, &session->processes[i], &places.places[k]);
        places_release(&places);
    }
    return true;
}

static void write_type(FILE *file, const struct process *process, const struct type_row *row)
{
    write_process(file, process);
    write_text(file, row->name);
    fprintf(file, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", row->blocks, row->bytes,
            row->retained_bytes, row->leaked_blocks);
}

bool csv_write_types(const struct session *session, FILE *file, struct error *error)
{
    fputs("process,pid,type,blocks,bytes,retained_bytes,leaked_blocks\n", file);
    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];
        struct type_list list;

        if (!process->objects || process->objects->why_not)
            continue;
        if (!type_list_collect(&list, process->objects))
            return error_set(error, "out of memory");
        for (size_t k = 0; k < list.count; k++)
            write_type(file, process, &list.rows[k]);
        type_list_release(&list);
    }
    return true;
}
