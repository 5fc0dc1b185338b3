#include "compile/context.h"
#include "base/plural.h"
#include "base/progress.h"
#include "engine/processor.h"
#include "formats/model-json.h"
#include "leuko/error.h"

void leuko_compile_context_clear(LeukoCompileContext *c)
{
    leuko_net_free(c->net);
    leuko_gate_free(c->gate);
    g_free(c->reference);
}

static double *classify(const LeukoCompileContext *c, LeukoProgram *program, const char *phase,
                        GError **error)
{
    g_autoptr(LeukoSession) session =
        leuko_session_new_for_program(c->model, program, LEUKO_GATE_BATCH, error);
    return session ? leuko_gate_run(c->gate, session, c->options->n_threads, phase, c->cancellable,
                                    c->reporter, error)
                   : NULL;
}

gboolean leuko_compile_open_gate(LeukoCompileContext *c, GError **error)
{
    const LeukoProgramOptions fp32 = {LEUKO_FP32, LEUKO_GATE_BATCH, c->options->n_threads};
    c->gate = leuko_gate_open(c->options->data, c->model, error);
    if (c->gate && c->gate->training)
        leuko_report_line(c->reporter, "compile",
                          "no validation split: the answers are compared on %u training %s that "
                          "calibration does not use",
                          c->gate->n, LEUKO_PLURAL(c->gate->n, "image"));
    g_autoptr(LeukoProgram) program =
        c->gate ? leuko_program_new(c->net, c->model->params, &fp32, error) : NULL;
    c->reference = program ? classify(c, program, "gate, fp32", error) : NULL;
    return c->reference != NULL;
}

gboolean leuko_compile_measure(LeukoCompileContext *c, LeukoProgram *program, LeukoGateFigures *out,
                               GError **error)
{
    g_autofree double *p = classify(c, program, "gate", error);
    if (!p)
        return FALSE;
    leuko_gate_compare(c->gate->n, c->model->spec.n_classes, c->gate->labels, c->model->positive,
                       c->model->threshold, c->reference, p, &c->options->limits, out);
    c->report->gated = TRUE;
    c->report->isa = leuko_processor_isa_name();
    return TRUE;
}

gboolean leuko_compile_gate_failed(GError **error)
{
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_GATE,
                        "the answers of the compiled graph differ from fp32 by more than the "
                        "limits allow; no graph was written");
    return FALSE;
}

LeukoGraph *leuko_compile_graph_new(const LeukoCompileContext *c, LeukoParams *params,
                                    GError **error)
{
    if (!params)
        return NULL;
    g_autoptr(json_t) json = leuko_model_to_json_apart(c->model);
    LeukoModel *copy = leuko_model_from_json(json, "model", error);
    if (!copy) {
        leuko_params_unref(params);
        return NULL;
    }
    for (guint i = 0; i < copy->training->len; i++) {
        const LeukoTrainingList *list = c->model->training->pdata[i];
        gboolean fits =
            leuko_training_list_attach(copy->training->pdata[i], list->images, "model", NULL);
        g_assert(fits);
    }
    if (c->options->strip_provenance)
        leuko_model_strip_provenance(copy);
    copy->params = params;
    return leuko_graph_new(copy, c->options->precision);
}
