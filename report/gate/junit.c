/* SPDX-License-Identifier: MIT */
#include "report/gate/junit.h"

#include <string.h>
#include <time.h>

#include "report/base/markup.h"
#include "report/gate/gate_text.h"
#include "report/view/labels.h"

enum { MOST_FRAMES = 64 };

static void write_attribute(FILE *file, const char *name, const char *value)
{
    fprintf(file, " %s=\"", name);
    markup_text(file, value);
    fputc('"', file);
}

/* Test names stay the same from run to run: "robot", "robot #2", no pid. */
static struct label class_name(const struct judgement *judgement, const struct subject *subject)
{
    struct label name = label_process(subject->process), label;
    unsigned number = 1;

    for (const struct subject *other = judgement->subjects.all; other < subject; other++)
        number += strcmp(label_process(other->process).text, name.text) == 0;
    if (number == 1)
        snprintf(label.text, sizeof(label.text), "leakgraph.%.900s", name.text);
    else
        snprintf(label.text, sizeof(label.text), "leakgraph.%.900s #%u", name.text, number);
    return label;
}

static void start_case(const struct judgement *judgement, const struct subject *subject,
                       const char *name, FILE *file)
{
    fputs("    <testcase", file);
    write_attribute(file, "classname",
                    subject ? class_name(judgement, subject).text : "leakgraph.session");
    write_attribute(file, "name", name);
    fprintf(file, " time=\"%.3f\"", subject ? (double)subject->process->duration_ns / 1e9 : 0.0);
}

static void write_stack(FILE *file, const struct stack *stack)
{
    for (size_t i = 0; stack && i < stack->frame_count && i < MOST_FRAMES; i++) {
        fputs("\n    ", file);
        markup_text(file, label_place(&stack->frames[i]).text);
    }
}

/* Everything to blame for this budget, each with its stack. */
static void write_offences(const struct judgement *judgement, const struct ruling *ruling,
                           FILE *file)
{
    for (size_t i = 0; i < judgement->offence_count; i++) {
        const struct offence *offence = &judgement->offences[i];
        const struct finding *finding = offence->finding;
        bool of_kind = finding->kind == budget_kinds[ruling->measure].finding ||
                       (finding->kind == FINDING_CYCLE &&
                        budget_kinds[ruling->measure].finding == FINDING_LEAK);

        if (offence->subject != ruling->subject || !of_kind)
            continue;
        markup_text(file, finding_text(finding, &finding->counted).text);
        markup_text(file, gate_text_runs(judgement, finding).text);
        fprintf(file, " [%s]", finding->fingerprint);
        write_stack(file, finding->stack);
        fputc('\n', file);
    }
}

static void write_failure(const struct judgement *judgement, const struct ruling *ruling,
                          FILE *file)
{
    static const struct stack nothing = {0};
    const struct stack *stack = ruling->stack ? ruling->stack : &nothing;
    char message[2 * LABEL_BYTES];

    snprintf(message, sizeof(message), "%.900s: %.900s%.100s", label_stack(stack).text,
             gate_text_ruling(ruling).text, gate_text_share(ruling).text);
    fputs(">\n      <failure", file);
    write_attribute(file, "message", message);
    write_attribute(file, "type", budget_kinds[ruling->measure].id);
    fputc('>', file);
    if (ruling->culprit)
        write_offences(judgement, ruling, file);
    else
        write_stack(file, ruling->stack);
    fputs("</failure>\n    </testcase>\n", file);
}

static void write_error(FILE *file, const char *why_not)
{
    fputs(">\n      <error", file);
    write_attribute(file, "message", why_not);
    fputs(" type=\"no verdict\"/>\n    </testcase>\n", file);
}

static void write_ruling(const struct judgement *judgement, const struct ruling *ruling, FILE *file)
{
    char name[LABEL_BYTES];

    snprintf(name, sizeof(name), "%s", budget_kinds[ruling->measure].name);
    if (ruling->measure == BUDGET_SITE)
        snprintf(name, sizeof(name), "leaked by site %s", ruling->culprit->fingerprint);
    start_case(judgement, ruling->subject, name, file);
    switch (ruling->outcome) {
    case BUDGET_KEPT:
        fputs("/>\n", file);
        break;
    case BUDGET_EXCEEDED:
        write_failure(judgement, ruling, file);
        break;
    case BUDGET_NO_VERDICT:
        write_error(file, ruling->why_not);
        break;
    }
}

static size_t count_errors(const struct judgement *judgement)
{
    size_t errors = judgement->doubt_count;

    for (size_t i = 0; i < judgement->ruling_count; i++)
        errors += judgement->rulings[i].outcome == BUDGET_NO_VERDICT;
    return errors;
}

static void write_counts(const struct judgement *judgement, FILE *file)
{
    fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
            judgement->ruling_count + judgement->doubt_count, judgement->exceeded_count,
            count_errors(judgement));
}

static void start_suite(const struct judgement *judgement, FILE *file)
{
    const struct subject *first = judgement->subjects.count ? judgement->subjects.all : NULL;
    time_t started = first ? (time_t)(first->process->started_realtime_ns / 1000000000u) : 0;
    char date[32];
    struct tm utc;

    gmtime_r(&started, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    fputs("  <testsuite", file);
    write_attribute(file, "name", judgement->session_path);
    write_counts(judgement, file);
    fprintf(file, " skipped=\"0\" timestamp=\"%s\" hostname=\"localhost\" time=\"%.3f\">\n", date,
            first ? (double)first->process->duration_ns / 1e9 : 0.0);
}

void junit_write(const struct judgement *judgement, FILE *file)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"leakgraph\"", file);
    write_counts(judgement, file);
    fputs(">\n", file);
    start_suite(judgement, file);
    for (size_t i = 0; i < judgement->ruling_count; i++)
        write_ruling(judgement, &judgement->rulings[i], file);
    for (size_t i = 0; i < judgement->doubt_count; i++) {
        char name[32];

        snprintf(name, sizeof(name), i ? "verdict %zu" : "verdict", i + 1);
        start_case(judgement, judgement->doubts[i].subject, name, file);
        write_error(file, judgement->doubts[i].text);
    }
    fputs("    <system-out>", file);
    markup_text(file, gate_text_outcome(judgement).text);
    fputs("; not counted: ", file);
    markup_text(file, gate_text_not_counted(judgement).text);
    fputs("</system-out>\n  </testsuite>\n</testsuites>\n", file);
}
