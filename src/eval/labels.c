#include "eval/labels.h"
#include "leuko/error.h"

gint *leuko_eval_match_labels(const LeukoDataset *dataset, const LeukoModel *m, GError **error)
{
    const gchar *const *classes = leuko_dataset_classes(dataset);
    guint n = leuko_dataset_n_records(dataset), n_classes = leuko_dataset_n_classes(dataset);
    g_autofree gint *model_label = g_new(gint, MAX(n_classes, 1)); /* by label of the data set */
    for (guint k = 0; k < n_classes; k++) {
        model_label[k] = leuko_model_find_class(m, classes[k]);
        if (model_label[k] >= 0)
            continue;
        g_autofree gchar *data = g_strjoinv(", ", (GStrv)classes),
                         *model = g_strjoinv(", ", m->classes);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the model has no class \"%s\" (classes of the data: %s; of the model: %s)",
                    leuko_dataset_path(dataset), classes[k], data, model);
        return NULL;
    }
    g_autofree gint *labels = g_new(gint, MAX(n, 1));
    for (guint i = 0; i < n; i++) {
        const LeukoRecord *r = leuko_dataset_record(dataset, i);
        if (r->label < 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s/%s: has no class",
                        leuko_dataset_path(dataset), r->file);
            return NULL;
        }
        labels[i] = model_label[r->label];
    }
    return g_steal_pointer(&labels);
}
