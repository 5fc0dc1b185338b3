#include "study/crossval-answers.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/stage.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define PREFIX "fold-"

void leuko_fold_answers_free(LeukoFoldAnswers *a)
{
    if (!a)
        return;
    g_free(a->held);
    g_free(a->p);
    g_free(a);
}

static gchar *path_of(const char *folder, const LeukoFold *f, const char *suffix)
{
    return g_strdup_printf("%s/" PREFIX "%u-%u%s", folder, f->repeat + 1, f->index + 1, suffix);
}

gchar *leuko_fold_run_folder(const char *folder, const LeukoFold *fold)
{
    return path_of(folder, fold, ".run");
}

gboolean leuko_fold_run_discard(const char *folder, const LeukoFold *fold, GError **error)
{
    g_autofree gchar *run = leuko_fold_run_folder(folder, fold);
    return leuko_is_absent(run) || leuko_remove_tree(run, error);
}

gboolean leuko_fold_answers_save(const LeukoFoldAnswers *a, const char *folder,
                                 const LeukoFold *fold, const char *identity, guint n_classes,
                                 GError **error)
{
    g_autofree gchar *path = path_of(folder, fold, ".json");
    json_t *held = json_array(), *p = json_array();
    for (guint i = 0; i < a->n_held; i++)
        json_array_append_new(held, json_integer(a->held[i]));
    for (gsize i = 0; i < (gsize)a->n_held * n_classes; i++)
        json_array_append_new(p, leuko_json_exact(a->p[i]));
    g_autoptr(json_t) json = json_pack(
        "{s:i, s:s, s:i, s:i, s:i, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "format", 1,
        "identity", identity, "repeat", (int)fold->repeat + 1, "fold", (int)fold->index + 1,
        "n_training", (int)a->n_training, "inner_folds", (int)a->inner_folds, "strong_l2",
        a->strong_l2, "l2", leuko_json_exact(a->l2), "shrinkage", leuko_json_exact(a->shrinkage),
        "threshold", leuko_json_exact(a->threshold), "patient_share",
        leuko_json_exact(a->patient_share), "held", held, "probabilities", p);
    return leuko_json_save(json, path, error);
}

static gboolean read_answers(json_t *json, LeukoFoldAnswers *a, guint n_classes, const char *path,
                             GError **error)
{
    gint64 n_training, inner_folds;
    json_t *held = json_object_get(json, "held"), *p = json_object_get(json, "probabilities");
    if (!leuko_json_get_int(json, "n_training", 1, G_MAXINT, &n_training, path, error) ||
        !leuko_json_get_int(json, "inner_folds", 0, G_MAXINT, &inner_folds, path, error) ||
        !leuko_json_get_bool(json, "strong_l2", &a->strong_l2, path, error))
        return FALSE;
    a->n_training = (guint)n_training;
    a->inner_folds = (guint)inner_folds;
    gboolean ok =
        leuko_json_exact_value(json_object_get(json, "l2"), 0, G_MAXDOUBLE, &a->l2) &&
        leuko_json_exact_value(json_object_get(json, "shrinkage"), 0, 1, &a->shrinkage) &&
        leuko_json_exact_value(json_object_get(json, "threshold"), 0, 1, &a->threshold) &&
        leuko_json_exact_value(json_object_get(json, "patient_share"), 0, 1, &a->patient_share) &&
        json_array_size(held) == a->n_held && json_array_size(p) == (gsize)a->n_held * n_classes;
    for (guint i = 0; ok && i < a->n_held; i++)
        ok = json_integer_value(json_array_get(held, i)) == (json_int_t)a->held[i];
    for (gsize i = 0; ok && i < (gsize)a->n_held * n_classes; i++)
        ok = leuko_json_exact_value(json_array_get(p, i), 0, 1, &a->p[i]) && !isnan(a->p[i]);
    return ok || leuko_fail_format(path, error, "its answers are not those of this fold");
}

gboolean leuko_fold_answers_load(const char *folder, const LeukoFold *fold, const char *identity,
                                 const guint *held, guint n_held, guint n_classes,
                                 LeukoFoldAnswers **answers, GError **error)
{
    g_autofree gchar *path = path_of(folder, fold, ".json");
    const char *whose;
    *answers = NULL;
    if (leuko_is_absent(path))
        return TRUE;
    g_autoptr(json_t) json = leuko_json_load(path, error);
    if (!json || !leuko_json_check_format(json, 1, path, error) ||
        !leuko_json_get_string(json, "identity", &whose, path, error))
        return FALSE;
    if (strcmp(whose, identity) != 0)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: belongs to a cross-validation with other settings or images", path);
    g_autoptr(LeukoFoldAnswers) a = g_new0(LeukoFoldAnswers, 1);
    a->n_held = n_held;
    a->held = g_memdup2(held, MAX(n_held, 1) * sizeof *held);
    a->p = g_new(double, (gsize)n_held *n_classes + 1);
    if (!read_answers(json, a, n_classes, path, error))
        return FALSE;
    *answers = g_steal_pointer(&a);
    return TRUE;
}

gboolean leuko_fold_answers_discard(const char *folder, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree gchar *path = g_build_filename(folder, name, NULL);
        if (!g_str_has_prefix(name, PREFIX))
            continue;
        gboolean is_run = g_str_has_suffix(name, ".run");
        if (!is_run && !g_str_has_suffix(name, ".json"))
            continue;
        if (is_run ? !leuko_remove_tree(path, error)
                   : g_unlink(path) != 0 && !leuko_fail_io(path, "remove", error))
            return FALSE;
    }
    return TRUE;
}
