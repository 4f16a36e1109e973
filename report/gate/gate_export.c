/* SPDX-License-Identifier: MIT */
#include "report/gate/gate_export.h"

#include "report/gate/judgement.h"
#include "report/gate/junit.h"
#include "report/gate/markdown.h"
#include "report/gate/sarif.h"
#include "report/gate/suppression_options.h"

static struct judgement *judge(const struct session *session, struct error *error)
{
    static struct budget_plan plan;
    static struct session *sessions[1];
    static struct judgement_request request;

    budget_plan_start(&plan);
    sessions[0] = (struct session *)session;
    request = (struct judgement_request){.who = {.sessions = sessions, .session_count = 1},
                                         .plan = &plan,
                                         .rules = suppression_options_rules()};
    return judgement_new(&request, error);
}

bool gate_export_junit(const struct session *session, FILE *file, struct error *error)
{
    struct judgement *judgement = judge(session, error);

    if (judgement)
        junit_write(judgement, file);
    judgement_free(judgement);
    return judgement != NULL;
}

bool gate_export_sarif(const struct session *session, FILE *file, struct error *error)
{
    struct judgement *judgement = judge(session, error);
    bool done = judgement && sarif_write(judgement, file, error);

    judgement_free(judgement);
    return done;
}

bool gate_export_markdown(const struct session *session, FILE *file, struct error *error)
{
    struct judgement *judgement = judge(session, error);

    if (judgement)
        markdown_write(judgement, file);
    judgement_free(judgement);
    return judgement != NULL;
}
