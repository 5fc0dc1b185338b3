#include "study/crossval-data.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/dataset-copies.h"
#include "data/dataset-report.h"
#include "data/dataset-view.h"
#include "image/copies.h"
#include "leuko/error.h"
#include "study/crossval-units.h"
#include "train/splits.h"
#include <string.h>

void leuko_crossval_data_free(LeukoCrossvalData *d)
{
    if (!d)
        return;
    leuko_dataset_unref(d->dataset);
    g_strfreev(d->splits);
    g_free(d->labels);
    g_free(d->groups);
    g_free(d->sources);
    g_free(d->inner_groups);
    g_free(d->inner_sources);
    g_free(d->unit);
    g_free(d->scored);
    g_clear_pointer(&d->names, g_ptr_array_unref);
    g_clear_pointer(&d->numbers, g_ptr_array_unref);
    g_clear_pointer(&d->notes, g_ptr_array_unref);
    g_free(d);
}

void leuko_crossval_note(LeukoCrossvalData *d, LeukoReporter reporter, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    leuko_report_line(reporter, "cross-validation", "%s", text);
    g_ptr_array_add(d->notes, leuko_one_line(text));
}

/* --- opening ---------------------------------------------------------------------------------- */

static GStrv read_splits(const char *text, GError **error)
{
    static const char *const known[] = {"train", "validation", "test", NULL};
    g_auto(GStrv) splits = g_strsplit(text ? text : "train,validation", ",", -1);
    for (guint i = 0; splits[i]; i++)
        if (!g_strv_contains(known, splits[i])) {
            leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                       "splits %s: \"%s\" is none of train, validation and test", text, splits[i]);
            return NULL;
        } else if (g_strv_contains((const gchar *const *)splits + i + 1, splits[i])) {
            leuko_fail(LEUKO_ERROR_ARGUMENT, error, "splits %s: \"%s\" is named twice", text,
                       splits[i]);
            return NULL;
        }
    if (!splits[0])
        leuko_fail(LEUKO_ERROR_ARGUMENT, error, "no split is named");
    return splits[0] ? g_steal_pointer(&splits) : NULL;
}

static gboolean is_shards(const char *path)
{
    return leuko_dataset_has_split(path, "train") || leuko_dataset_has_split(path, "validation") ||
           leuko_dataset_has_split(path, "test");
}

/* A folder of images: the splits that its folders give, or all images. */
static gboolean open_folder(LeukoCrossvalData *d, const char *path, GStrv splits,
                            const LeukoCrossvalOptions *options, LeukoReporter reporter,
                            GError **error)
{
    d->dataset = leuko_dataset_open_image_splits(path, &options->folder,
                                                 (const char *const *)splits, &d->splits, error);
    if (!d->dataset)
        return FALSE;
    if (!d->splits && options->splits)
        return leuko_fail(
            LEUKO_ERROR_ARGUMENT, error,
            "%s: has no splits: it is not a folder of shards, nor do its folders give "
            "splits",
            path);
    for (guint k = 0; options->splits && splits[k]; k++)
        if (!g_strv_contains((const gchar *const *)d->splits, splits[k]))
            return leuko_fail(LEUKO_ERROR_DATA, error, "%s: has no %s images", path, splits[k]);
    leuko_dataset_report(d->dataset, reporter);
    return TRUE;
}

/* The splits of shards, one behind the other. One that is not there is an error if it was named. */
static gboolean open_shards(LeukoCrossvalData *d, const char *path, GStrv splits,
                            const LeukoCrossvalOptions *options, GError **error)
{
    g_autoptr(GPtrArray) parts =
        g_ptr_array_new_with_free_func((GDestroyNotify)leuko_dataset_unref);
    g_autoptr(GStrvBuilder) opened = g_strv_builder_new();
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(LeukoRecordPlace));
    for (guint k = 0; splits[k]; k++) {
        if (!options->splits && !leuko_dataset_has_split(path, splits[k]))
            continue;
        LeukoDataset *part = leuko_dataset_open_shards_as(path, splits[k], &options->folder, error);
        if (!part)
            return FALSE;
        for (guint i = 0; i < leuko_dataset_n_records(part); i++) {
            const LeukoRecordPlace place = {parts->len, i};
            g_array_append_val(places, place);
        }
        g_ptr_array_add(parts, part);
        g_strv_builder_add(opened, splits[k]);
    }
    if (parts->len == 0)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "%s: has neither a training nor a validation split", path);
    d->splits = g_strv_builder_end(opened);
    d->dataset = leuko_dataset_view((LeukoDataset *const *)parts->pdata, parts->len,
                                    (const LeukoRecordPlace *)places->data, places->len);
    return TRUE;
}

static gboolean open_dataset(LeukoCrossvalData *d, const char *path,
                             const LeukoCrossvalOptions *options, LeukoReporter reporter,
                             GError **error)
{
    g_auto(GStrv) splits = read_splits(options->splits, error);
    if (!splits || !(is_shards(path) ? open_shards(d, path, splits, options, error)
                                     : open_folder(d, path, splits, options, reporter, error)))
        return FALSE;
    d->n = leuko_dataset_n_records(d->dataset);
    d->n_classes = leuko_dataset_n_classes(d->dataset);
    d->has_groups = leuko_dataset_has_groups(d->dataset);
    d->test_opened = d->splits && g_strv_contains((const gchar *const *)d->splits, "test");
    return TRUE;
}

/* --- what belongs together -------------------------------------------------------------------- */

static gboolean read_records(LeukoCrossvalData *d, GError **error)
{
    d->labels = g_new(gint, d->n + 1);
    d->groups = g_new(const char *, d->n + 1);
    d->sources = g_new(const char *, d->n + 1);
    d->unit = g_new(guint, d->n + 1);
    d->scored = g_new0(gboolean, d->n + 1);
    for (guint i = 0; i < d->n; i++) {
        const LeukoRecord *r = leuko_dataset_record(d->dataset, i);
        if (r->label < 0)
            return leuko_fail(LEUKO_ERROR_DATA, error, "%s: %s has no class",
                              leuko_dataset_path(d->dataset), r->file);
        d->labels[i] = r->label;
        d->groups[i] = r->group;
        d->sources[i] = r->source;
    }
    return TRUE;
}

/* Score the original of every source; the first record of a source without its original. */
static void choose_scored(LeukoCrossvalData *d, LeukoReporter reporter)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint n_orphans = 0;
    for (guint i = 0; i < d->n; i++)
        if (strcmp(leuko_dataset_record(d->dataset, i)->file, d->sources[i]) == 0) {
            d->scored[i] = TRUE;
            g_hash_table_add(seen, (gpointer)d->sources[i]);
        }
    for (guint i = 0; i < d->n; i++)
        if (g_hash_table_add(seen, (gpointer)d->sources[i])) {
            d->scored[i] = TRUE;
            n_orphans++;
        }
    for (guint i = 0; i < d->n; i++)
        d->n_scored += d->scored[i] != FALSE;
    if (d->n_scored < d->n)
        leuko_crossval_note(
            d, reporter, "%u augmented %s only in training parts, on the side of the source",
            d->n - d->n_scored, leuko_plural(d->n - d->n_scored, "copy is", "copies are"));
    if (n_orphans > 0)
        leuko_crossval_note(
            d, reporter, "%u %s: one copy of each is scored", n_orphans,
            leuko_plural(n_orphans, "source image is missing", "source images are missing"));
}

/* The groups of each unit, or the file of its first record. */
static void name_units(LeukoCrossvalData *d)
{
    d->names = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(d->names, (gint)d->n_units);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < d->n; i++) {
        gchar **name = (gchar **)&d->names->pdata[d->unit[i]];
        if (!*d->groups[i] || !g_hash_table_add(seen, (gpointer)d->groups[i]))
            continue;
        g_autofree gchar *before = *name;
        *name = before ? g_strdup_printf("%s + %s", before, d->groups[i]) : g_strdup(d->groups[i]);
    }
    for (guint i = 0; i < d->n; i++) {
        gchar **name = (gchar **)&d->names->pdata[d->unit[i]];
        if (!*name)
            *name = g_strdup(leuko_dataset_record(d->dataset, i)->file);
    }
}

static void name_for_inner_folds(LeukoCrossvalData *d)
{
    d->inner_groups = g_new(const char *, d->n + 1);
    d->inner_sources = g_new(const char *, d->n + 1);
    d->numbers = g_ptr_array_new_with_free_func(g_free);
    for (guint u = 0; u < d->n_units; u++)
        g_ptr_array_add(d->numbers, g_strdup_printf("%u", u));
    for (guint i = 0; i < d->n; i++) {
        d->inner_groups[i] = *d->groups[i] ? d->names->pdata[d->unit[i]] : "";
        d->inner_sources[i] = d->numbers->pdata[d->unit[i]];
    }
}

static gboolean find_units(LeukoCrossvalData *d, const LeukoCrossvalOptions *options,
                           LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    g_autofree guint *copy_of = g_new(guint, d->n + 1);
    guint n_unsure = 0;
    if (!leuko_dataset_find_copies(d->dataset, options->features.n_threads, copy_of, &n_unsure,
                                   reporter, cancellable, error))
        return FALSE;
    LeukoUnitCounts counts =
        leuko_crossval_find_units(d->groups, d->sources, copy_of, d->n, d->unit);
    if (n_unsure > 0)
        leuko_crossval_note(d, reporter,
                            "%u %s more than %d others, of which only so many were compared: "
                            "copies among them may be on both sides",
                            n_unsure,
                            leuko_plural(n_unsure, "image looks like", "images look like"),
                            LEUKO_COPIES_MAX_ALIGNED);
    d->n_units = counts.n_units;
    name_units(d);
    name_for_inner_folds(d);
    if (counts.n_near > 0)
        leuko_crossval_note(
            d, reporter, "%u %s of an earlier image: copies are always on the same side",
            counts.n_near, leuko_plural(counts.n_near, "image is a copy", "images are copies"));
    if (counts.n_links > 0)
        leuko_crossval_note(d, reporter,
                            "copies connect different groups, which are therefore held "
                            "out together: %s of "
                            "group %s and %s of group %s%s",
                            leuko_dataset_record(d->dataset, counts.link[0])->file,
                            d->groups[counts.link[0]],
                            leuko_dataset_record(d->dataset, counts.link[1])->file,
                            d->groups[counts.link[1]], counts.n_links > 1 ? ", and others" : "");
    return TRUE;
}

LeukoCrossvalData *leuko_crossval_data_open(const char *path, const LeukoCrossvalOptions *options,
                                            LeukoReporter reporter, GCancellable *cancellable,
                                            GError **error)
{
    g_autoptr(LeukoCrossvalData) d = g_new0(LeukoCrossvalData, 1);
    d->positive = -1;
    d->notes = g_ptr_array_new_with_free_func(g_free);
    if (!open_dataset(d, path, options, reporter, error) || !read_records(d, error) ||
        (g_strcmp0(options->positive, "") != 0 &&
         !leuko_train_find_positive(leuko_dataset_classes(d->dataset), options->positive,
                                    &d->positive, error)))
        return NULL;
    if (!options->positive && d->positive >= 0)
        leuko_report_line(reporter, "classes", "positive class: \"%s\" (guessed from its name)",
                          leuko_dataset_classes(d->dataset)[d->positive]);
    choose_scored(d, reporter);
    return find_units(d, options, reporter, cancellable, error) ? g_steal_pointer(&d) : NULL;
}
