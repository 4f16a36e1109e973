/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/python_frames.h"

#include <string.h>

struct python_frames {
    struct arena *arena;
    const struct recording *recording;
    const char *directory;       /* the working directory when the program started */
    struct frame **codes;        /* by code object: its frame without a line */
    struct symbol_frames *nodes; /* by node; count 0: not asked for yet */
};

struct python_frames *python_frames_new(struct arena *arena, const struct recording *recording)
{
    struct python_frames *frames = arena_alloc(arena, sizeof *frames);
    uint64_t code_count = recording->records[RECORDING_CHUNK_CODES].end;
    frames->arena = arena;
    frames->recording = recording;
    frames->directory = recording_text(recording, arena, recording->header.directory);
    frames->codes = arena_array(arena, code_count, sizeof(*frames->codes));
    if (code_count > 0)
        frames->nodes = arena_array(arena, recording->stack_node_count, sizeof *frames->nodes);
    return frames;
}

/* A path like "node.py" is relative to where the program was started; "<string>" is no file. */
static const char *source_path(const struct python_frames *frames, const char *file)
{
    if (!file || !*file)
        return NULL;
    if (*file == '/' || *file == '<' || !frames->directory || *frames->directory != '/')
        return file;
    return arena_printf(frames->arena, "%s/%s", frames->directory, file);
}

static const struct frame *frame_of_code(struct python_frames *frames, uint64_t id)
{
    const struct recording_code *code = recording_code(frames->recording, id);
    if (!frames->codes[id]) {
        struct frame *frame = arena_alloc(frames->arena, sizeof *frame);
        const char *name = recording_text(frames->recording, frames->arena, code->name);
        const char *file = recording_text(frames->recording, frames->arena, code->file);
        *frame = (struct frame){.function = name && *name ? name : NULL,
                                .file = source_path(frames, file),
                                .language = FRAME_PYTHON};
        frames->codes[id] = frame;
    }
    return frames->codes[id];
}

const struct symbol_frames *python_frames_get(struct python_frames *frames, uint32_t node)
{
    struct symbol_frames *known = &frames->nodes[node];
    if (known->count == 0) {
        uint64_t place = recording_stack_node(frames->recording, node)->pc;
        struct frame *frame = arena_alloc(frames->arena, sizeof *frame);
        *frame = *frame_of_code(frames, place >> RECORDING_LINE_BITS);
        frame->line = place & ((1u << RECORDING_LINE_BITS) - 1);
        *known = (struct symbol_frames){frame, 1};
    }
    return known;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool python_frames_is_interpreter(const struct frame *frame)
{
    static const char *const sources[] = {"/Python/", "/Objects/", "/Modules/", "/Parser/",
                                          "/Include/"};
    if (!frame->function || has_prefix(frame->function, "Py") || has_prefix(frame->function, "_Py"))
        return true;
    for (size_t i = 0; frame->file && i < sizeof sources / sizeof *sources; i++)
        if (strstr(frame->file, sources[i]))
            return true;
    return false;
}
