/* SPDX-License-Identifier: MIT */
/* What no leak search can look into: allocators on top of malloc. */
#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"

/* "4.0 MiB in 12 blocks of std::pmr::monotonic_buffer_resource" and who took from it then */
void text_pools(const struct text_writer *writer, const struct process *process)
{
    if (process->pool_count)
        text_heading(writer, "Pools: what is inside is not seen, only that they grow",
                     process->pool_count);
    for (size_t i = 0; i < process->pool_count && i < writer->options->top; i++) {
        const struct pool *pool = &process->pools[i];

        fprintf(writer->file, "  %s in %s of %s\n", format_size(pool->amount.bytes).text,
                format_plural(pool->amount.blocks, "block").text, pool->name);
        text_stack(writer, &pool->site->stack, 6, "for");
    }
}
