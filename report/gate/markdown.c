/* SPDX-License-Identifier: MIT */
#include "report/gate/markdown.h"

#include <string.h>

#include "report/base/markup.h"
#include "report/gate/gate_text.h"
#include "report/view/labels.h"

enum { MOST_ROWS = 50, MOST_STACKS = 10, MOST_FRAMES = 64 };

/* Template arguments look like tags, and underscores like emphasis. */
static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (strchr("&<>|`*_[]\\~#@", *text))
            fprintf(file, "&#%d;", *text);
        else
            fputc(*text, file);
    }
}

static void write_cell(FILE *file, const char *text)
{
    fputs("| ", file);
    write_escaped(file, text);
    fputc(' ', file);
}

static void write_rulings(const struct judgement *judgement, FILE *file)
{
    static const struct stack nothing = {0};
    size_t rows = 0;

    fputs("| Place | Budget | Measured | Allowed | Process |\n|---|---|---:|---:|---|\n", file);
    for (size_t i = 0; i < judgement->ruling_count; i++) {
        const struct ruling *ruling = &judgement->rulings[i];

        if (ruling->outcome != BUDGET_EXCEEDED || ++rows > MOST_ROWS)
            continue;
        write_cell(file, label_stack(ruling->stack ? ruling->stack : &nothing).text);
        write_cell(file, budget_kinds[ruling->measure].name);
        write_cell(file, budget_value(ruling->measure, ruling->measured).text);
        write_cell(file, budget_value(ruling->measure, ruling->limit).text);
        write_cell(file, subject_label(ruling->subject).text);
        fputs("|\n", file);
    }
    fputc('\n', file);
}

static void write_stack(FILE *file, const struct stack *stack)
{
    fputs("<pre>", file);
    for (size_t i = 0; stack && i < stack->frame_count && i < MOST_FRAMES; i++) {
        markup_text(file, label_place(&stack->frames[i]).text); /* Markdown ends at an HTML block */
        fputc('\n', file);
    }
    fputs("</pre>\n\n", file);
}

static void write_offences(const struct judgement *judgement, FILE *file)
{
    for (size_t i = 0; i < judgement->offence_count && i < MOST_STACKS; i++) {
        const struct offence *offence = &judgement->offences[i];
        const struct finding *finding = offence->finding;

        fputs("<details><summary>", file);
        write_escaped(file, finding_place(finding).text);
        fputs(": ", file);
        write_escaped(file, finding_text(finding, &finding->counted).text);
        write_escaped(file, gate_text_runs(judgement, finding).text);
        fprintf(file, "</summary>\n\n%s <code>%s</code>\n\n", finding_names[finding->kind],
                finding->fingerprint);
        write_stack(file, finding->stack);
        fputs("</details>\n\n", file);
    }
    if (judgement->offence_count > MOST_STACKS)
        fprintf(file, "and %zu more places\n\n", judgement->offence_count - MOST_STACKS);
}

static void write_list_item(FILE *file, const char *what, const char *text)
{
    fprintf(file, "- %s", what);
    write_escaped(file, text);
    fputc('\n', file);
}

static void write_flaky(const struct judgement *judgement, FILE *file)
{
    for (size_t i = 0; i < judgement->subjects.count && judgement->runs > 1; i++) {
        const struct subject *subject = &judgement->subjects.all[i];

        for (size_t k = 0; k < subject->findings.count; k++) {
            const struct finding *finding = &subject->findings.all[k];
            char text[2 * LABEL_BYTES];

            if (!judgement_is_flaky(judgement, finding))
                continue;
            snprintf(text, sizeof(text), "%.900s%.100s", finding_place(finding).text,
                     gate_text_runs(judgement, finding).text);
            write_list_item(file, "flaky: ", text);
        }
    }
}

static void write_expired(const struct judgement *judgement, FILE *file)
{
    for (size_t i = 0; i < baseline_count(judgement->baseline); i++) {
        const struct baseline_entry *entry = baseline_get(judgement->baseline, i);
        char text[2 * LABEL_BYTES];

        if (!entry || !entry->expired)
            continue;
        snprintf(text, sizeof(text), "%s %s on %s%s%.200s%.900s", finding_names[entry->kind],
                 entry->fingerprint, entry->expires, entry->owner ? ", owner " : "",
                 entry->owner ? entry->owner : "", entry->comment ? entry->comment : "");
        write_list_item(file, "expired: ", text);
    }
}

void markdown_write(const struct judgement *judgement, FILE *file)
{
    static const char *const signs[] = {
        [BUDGET_KEPT] = "✅", [BUDGET_EXCEEDED] = "❌", [BUDGET_NO_VERDICT] = "❓"};
    struct gate_doubt doubt;

    fprintf(file, "### %s leakgraph: ", signs[judgement->outcome]);
    write_escaped(file, gate_text_outcome(judgement).text);
    fputs("\n\n", file);
    if (judgement->exceeded_count)
        write_rulings(judgement, file);
    write_offences(judgement, file);
    for (size_t i = 0; (doubt = gate_text_doubt(judgement, i)).is_there; i++)
        write_list_item(file, "no verdict: ", doubt.text.text);
    write_flaky(judgement, file);
    write_expired(judgement, file);
    write_list_item(file, "not counted: ", gate_text_not_counted(judgement).text);
}
