#include "study/adapt-model.h"
#include "train/head-model.h"
#include "train/provenance.h"

/* Record the laboratory's cells as training images, in front of those of the given model. */
static gboolean add_training(const LeukoAdaptLab *lab, LeukoModel *m, LeukoReporter reporter,
                             GCancellable *cancellable, GError **error)
{
    LeukoStart start = *lab->start; /* borrows everything; its lists keep their parts below */
    start.training = NULL;
    const LeukoProvenanceInput in = {
        lab->data->dataset, lab->plain->sha256, &start,
        LEUKO_PART_HEAD,    lab->options->seed, lab->features.n_threads};
    LeukoTrainingList *list = leuko_provenance_list(&in, reporter, cancellable, error);
    if (!list)
        return FALSE;
    leuko_provenance_add_training(m, &in, list);
    for (guint i = 0; i < lab->model->training->len; i++) {
        const LeukoTrainingList *old = lab->model->training->pdata[i];
        g_ptr_array_add(m->training, leuko_training_list_copy(old, old->part));
    }
    return TRUE;
}

LeukoModel *leuko_adapt_model_new(const LeukoAdaptLab *lab, const LeukoAdaptFit *fit,
                                  json_t *report, LeukoReporter reporter, GCancellable *cancellable,
                                  GError **error)
{
    const LeukoModel *old = lab->model;
    g_autoptr(LeukoModel) m = leuko_head_model_new(
        lab->start, fit->head, (const gchar *const *)old->classes, old->positive, error);
    if (!m || !add_training(lab, m, reporter, cancellable, error))
        return NULL;
    m->preprocess.color = fit->color;
    m->colors = old->colors;
    m->n_views = old->n_views;
    m->threshold = fit->decision->threshold;
    m->threshold_choice = fit->decision->threshold_choice;
    m->patient_share = fit->decision->patient_share;
    m->temperature = fit->decision->temperature;
    m->calibration = fit->decision->calibration;
    json_object_set_new(m->provenance, "recipe", json_string("adaptation"));
    json_object_set(m->provenance, "adaptation", report);
    json_object_set(m->provenance, "adapted_from", old->provenance);
    leuko_provenance_add_job(m, NULL, lab->options->command_line);
    if (leuko_model_note(old))
        leuko_model_set_note(m, leuko_model_note(old));
    return g_steal_pointer(&m);
}
