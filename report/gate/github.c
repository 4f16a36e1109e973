/* SPDX-License-Identifier: MIT */
#include "report/gate/github.h"

#include <string.h>

#include "report/gate/gate_text.h"
#include "report/view/labels.h"
#include "report/view/source_path.h"

/* A message must not contain %, CR or LF; a property no : and , either. */
static void write_escaped(FILE *file, const char *text, bool is_property)
{
    const char *special = is_property ? "%\r\n:," : "%\r\n";

    for (; *text; text++) {
        if (strchr(special, *text))
            fprintf(file, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, file);
    }
}

static void write_property(FILE *file, const char *separator, const char *name, const char *value)
{
    fprintf(file, "%s%s=", separator, name);
    write_escaped(file, value, true);
}

/* "::error file=map.cpp,line=12,title=...::message" */
static void write_command(FILE *file, const char *command, const struct stack *stack,
                          const char *title, const char *message)
{
    const struct frame *frame = source_path_frame(stack);
    const char *separator = " ";

    fprintf(file, "::%s", command);
    if (frame) {
        write_property(file, separator, "file", source_path_relative(frame->file).text);
        separator = ",";
    }
    if (frame && frame->line)
        fprintf(file, "%sline=%u", separator, frame->line);
    write_property(file, separator, "title", title);
    fputs("::", file);
    write_escaped(file, message, false);
    fputc('\n', file);
}

static void write_offence(const struct judgement *judgement, const struct offence *offence,
                          FILE *file)
{
    const struct finding *finding = offence->finding;
    char message[2 * LABEL_BYTES];

    snprintf(message, sizeof(message), "%.700s: %.300s; %.600s%.100s [%s]",
             finding_place(finding).text, finding_text(finding, &finding->counted).text,
             subject_label(offence->subject).text, gate_text_runs(judgement, finding).text,
             finding->fingerprint);
    write_command(file, "error", finding->stack, "leakgraph", message);
}

/* Budgets without a finding to blame: the peak. */
static void write_ruling(const struct ruling *ruling, FILE *file)
{
    char message[2 * LABEL_BYTES];

    snprintf(message, sizeof(message), "%.700s; %.900s", gate_text_ruling(ruling).text,
             subject_label(ruling->subject).text);
    write_command(file, "error", ruling->stack, "leakgraph", message);
}

static void write_flaky(const struct judgement *judgement, const struct subject *subject,
                        FILE *file)
{
    for (size_t i = 0; i < subject->findings.count; i++) {
        const struct finding *finding = &subject->findings.all[i];
        struct quantity most = judgement_largest(judgement, finding);
        char message[2 * LABEL_BYTES];

        if (!judgement_is_flaky(judgement, finding) || finding->offends)
            continue;
        snprintf(message, sizeof(message), "%.700s: %.300s; %.600s%.100s",
                 finding_place(finding).text, finding_text(finding, &most).text,
                 subject_label(subject).text, gate_text_runs(judgement, finding).text);
        write_command(file, "warning", finding->stack, "leakgraph: flaky", message);
    }
}

static void write_expired(const struct judgement *judgement, FILE *file)
{
    for (size_t i = 0; i < baseline_count(judgement->baseline); i++) {
        const struct baseline_entry *entry = baseline_get(judgement->baseline, i);

        if (!entry || !entry->expired)
            continue;
        fputs("::warning", file);
        write_property(file, " ", "file",
                       source_path_relative(baseline_path(judgement->baseline)).text);
        fprintf(file, ",line=%u", entry->line);
        write_property(file, ",", "title", "leakgraph: expired");
        fprintf(file, "::known until %s", entry->expires);
        if (entry->owner) {
            fputs(", owner ", file);
            write_escaped(file, entry->owner, false);
        }
        fputc('\n', file);
    }
}

void github_write(const struct judgement *judgement, FILE *file)
{
    struct gate_doubt doubt;

    for (size_t i = 0; i < judgement->offence_count; i++)
        write_offence(judgement, &judgement->offences[i], file);
    for (size_t i = 0; i < judgement->ruling_count; i++)
        if (judgement->rulings[i].outcome == BUDGET_EXCEEDED && !judgement->rulings[i].culprit)
            write_ruling(&judgement->rulings[i], file);
    for (size_t i = 0; (doubt = gate_text_doubt(judgement, i)).is_there; i++)
        write_command(file, "error", NULL, "leakgraph: no verdict", doubt.text.text);
    for (size_t i = 0; i < judgement->subjects.count && judgement->runs > 1; i++)
        write_flaky(judgement, &judgement->subjects.all[i], file);
    write_expired(judgement, file);
    fprintf(file, "leakgraph: %s; not counted: %s\n", gate_text_outcome(judgement).text,
            gate_text_not_counted(judgement).text);
}
