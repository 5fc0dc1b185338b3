#include "train/splits.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/shards.h"
#include "data/small-data.h"
#include "data/split-audit.h"
#include "leuko/error.h"
#include <string.h>

void leuko_train_splits_clear(LeukoTrainSplits *s)
{
    g_clear_pointer(&s->training, leuko_dataset_unref);
    g_clear_pointer(&s->validation, leuko_dataset_unref);
    g_clear_pointer(&s->leaks, json_decref);
    g_clear_pointer(&s->leaks_text, g_free);
}

/* Check that the folder has training shards; the message says what it has instead. */
static gboolean require_shards(const char *dir, GError **error)
{
    if (leuko_dataset_has_split(dir, "train"))
        return TRUE;
    if (!g_file_test(dir, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: no such folder", dir);
        return FALSE;
    }
    g_autoptr(LeukoDataset) folder = leuko_dataset_open_folder(dir, NULL, NULL);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: %s; training needs shards", dir,
                folder ? "a folder per class, not yet divided into splits" : "no training shards");
    return FALSE;
}

/* Refuse splits that share groups or images: the list goes to the caller. */
static gboolean refuse(const LeukoLeaks *leaks, const LeukoSplitsOptions *o, GError **error)
{
    if (leaks->leaks->len > 0 && o->refused) {
        g_autoptr(json_t) list = leuko_leaks_to_json(leaks);
        g_autofree gchar *text = leuko_json_to_line(list);
        o->refused(text, o->refused_data);
    }
    return leuko_leaks_refuse(leaks, o->shards, "", error);
}

/* Refuse splits that share groups or images, and record those that are allowed. */
static gboolean audit(const LeukoSplitsOptions *o, LeukoReporter reporter,
                      GCancellable *cancellable, LeukoTrainSplits *s, GError **error)
{
    g_autoptr(LeukoLeaks) leaks =
        leuko_split_audit(o->shards, NULL, MAX(o->n_threads, 1), cancellable, reporter, error);
    if (!leaks || !leuko_leaks_allow(leaks, o->allow_leaks, error))
        return FALSE;
    if (leaks->leaks->len > 0 && o->ignore_audit && !leuko_leaks_allow(leaks, "all", error))
        return FALSE;
    s->leaks = leuko_leaks_allowed_json(leaks);
    s->leaks_text = leuko_leaks_trained_text(s->leaks);
    if (s->leaks_text)
        leuko_report_line(reporter, "audit", "WARNING: %s", s->leaks_text);
    return refuse(leaks, o, error);
}

static gint find_class(const gchar *const *classes, const char *name)
{
    for (gint k = 0; classes[k]; k++)
        if (strcmp(classes[k], name) == 0)
            return k;
    return -1;
}

/* Index of the class whose name means illness (all, blast, leukemic, positive, 1 ...); -1 unless
 * exactly one does. */
static gint guess_positive(const gchar *const *classes)
{
    static const char *const ill[] = {"1",         "all",      "aml",       "blast",
                                      "blasts",    "leukemia", "leukemic",  "leukaemia",
                                      "leukaemic", "positive", "malignant", "cancer"};
    gint found = -1;
    for (gint k = 0; classes[k]; k++)
        for (gsize i = 0; i < G_N_ELEMENTS(ill); i++)
            if (g_ascii_strcasecmp(classes[k], ill[i]) == 0) {
                if (found >= 0)
                    return -1;
                found = k;
            }
    return found;
}

gboolean leuko_train_find_positive(const gchar *const *classes, const char *asked, gint *positive,
                                   GError **error)
{
    guint n_classes = g_strv_length((GStrv)classes);
    g_autofree gchar *names = g_strjoinv(", ", (GStrv)classes);
    *positive = asked ? find_class(classes, asked) : n_classes == 2 ? guess_positive(classes) : -1;
    if (asked && *positive < 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "positive class \"%s\": no such class; the classes are %s", asked, names);
        return FALSE;
    }
    if (!asked && *positive < 0 && n_classes == 2) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "the positive class cannot be guessed from the class names (%s); name it",
                    names);
        return FALSE;
    }
    return TRUE;
}

gboolean leuko_train_check_positive(const char *shards, const char *positive, GError **error)
{
    gint index;
    g_auto(GStrv) classes = leuko_shard_labels(shards, error);
    return classes &&
           leuko_train_find_positive((const gchar *const *)classes, positive, &index, error);
}

guint *leuko_train_count_originals(const LeukoDataset *training)
{
    guint *n_images = g_new0(guint, leuko_dataset_n_classes(training) + 1);
    g_autoptr(GHashTable) sources = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < leuko_dataset_n_records(training); i++) {
        const LeukoRecord *record = leuko_dataset_record(training, i);
        if (record->label >= 0 &&
            (!*record->source || g_hash_table_add(sources, (gpointer)record->source)))
            n_images[record->label]++;
    }
    return n_images;
}

/* Warn of the classes with few originals in the training split. */
static void warn_of_few_images(const LeukoDataset *training, LeukoReporter reporter)
{
    g_autofree guint *n_images = leuko_train_count_originals(training);
    for (guint k = 0; k < leuko_dataset_n_classes(training); k++)
        if (n_images[k] > 0) /* none is an error */
            leuko_report_few_images(leuko_dataset_path(training),
                                    leuko_dataset_classes(training)[k], n_images[k], reporter);
}

gboolean leuko_train_splits_open(const LeukoSplitsOptions *o, LeukoReporter reporter,
                                 GCancellable *cancellable, LeukoTrainSplits *splits,
                                 GError **error)
{
    const char *shards = o->shards, *positive = o->positive;
    g_auto(LeukoTrainSplits) s = {.positive = -1};
    if (!require_shards(shards, error) || !audit(o, reporter, cancellable, &s, error))
        return FALSE;
    s.training = leuko_dataset_open_shards(shards, "train", error);
    if (!s.training)
        return FALSE;
    const gchar *const *classes = leuko_dataset_classes(s.training);
    warn_of_few_images(s.training, reporter);
    if (!leuko_train_find_positive(classes, positive, &s.positive, error))
        return FALSE;
    if (!positive && s.positive >= 0)
        leuko_report_line(reporter, "classes", "positive class: \"%s\" (guessed from its name)",
                          classes[s.positive]);
    if (leuko_dataset_has_split(shards, "validation")) {
        s.validation = leuko_dataset_open_shards(shards, "validation", error);
        if (!s.validation)
            return FALSE;
    }
    *splits = s;
    s = (LeukoTrainSplits){0};
    return TRUE;
}

gboolean leuko_train_check_classes(const LeukoDataset *training, const LeukoDataset *validation,
                                   GError **error)
{
    const gchar *const *classes = leuko_dataset_classes(training);
    guint n_classes = leuko_dataset_n_classes(training), present = 0;
    g_autofree guint *count = g_new0(guint, n_classes);
    for (guint i = 0; i < leuko_dataset_n_records(training); i++)
        present += count[leuko_dataset_record(training, i)->label]++ == 0;
    if (present < 2) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the training split has images of %u %s; at least two are needed",
                    leuko_dataset_path(training), present,
                    leuko_plural(present, "class", "classes"));
        return FALSE;
    }
    for (guint k = 0; k < n_classes; k++)
        if (count[k] == 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: the training split has no image of class \"%s\"",
                        leuko_dataset_path(training), classes[k]);
            return FALSE;
        }
    if (validation && !g_strv_equal(classes, leuko_dataset_classes(validation))) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the training and validation splits have different classes",
                    leuko_dataset_path(training));
        return FALSE;
    }
    return TRUE;
}
