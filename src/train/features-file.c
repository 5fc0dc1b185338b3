#include "train/features-file.h"
#include "base/csv.h"
#include "base/durable.h"
#include "data/dataset-report.h"
#include "engine/precision-choice.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *file, *class_name; /* borrowed from the data set */
    const float *x;                /* (C) */
} Row;

static int by_file(const void *a, const void *b)
{
    return strcmp(((const Row *)a)->file, ((const Row *)b)->file);
}

/* Write the header, padded to a multiple of 64 bytes, then the rows. The file is synced but not yet
 * renamed. */
static LeukoDurable *write_npy(const char *path, const GArray *rows, guint n_features,
                               GError **error)
{
    GString *header = g_string_new(NULL);
    g_string_append_printf(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%u, %u), }",
                           rows->len, n_features);
    while ((10 + header->len + 1) % 64 != 0)
        g_string_append_c(header, ' ');
    g_string_append_c(header, '\n');
    const guint8 start[10] = {0x93,
                              'N',
                              'U',
                              'M',
                              'P',
                              'Y',
                              1,
                              0,
                              (guint8)(header->len & 255),
                              (guint8)(header->len >> 8)};
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    gboolean ok = file && leuko_durable_write(file, start, sizeof start, error) &&
                  leuko_durable_write(file, header->str, header->len, error);
    g_string_free(header, TRUE);
    for (guint i = 0; ok && i < rows->len; i++)
        ok = leuko_durable_write(file, g_array_index(rows, Row, i).x, n_features * sizeof(float),
                                 error);
    return ok && leuko_durable_sync(file, error) ? g_steal_pointer(&file) : NULL;
}

/* Write the table. The file is synced but not yet renamed. */
static LeukoDurable *write_csv(const char *path, const GArray *rows, GError **error)
{
    g_autoptr(GString) text = g_string_new("file,class\n");
    for (guint i = 0; i < rows->len; i++) {
        leuko_csv_append(text, g_array_index(rows, Row, i).file);
        leuko_csv_append(text, g_array_index(rows, Row, i).class_name);
        leuko_csv_end_row(text);
    }
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    return file && leuko_durable_write(file, text->str, text->len, error) &&
                   leuko_durable_sync(file, error)
               ? g_steal_pointer(&file)
               : NULL;
}

/* f.npy -> f.csv */
static gchar *csv_path_of(const char *npy)
{
    gsize n = strlen(npy);
    return g_strdup_printf("%.*s.csv", (int)(g_str_has_suffix(npy, ".npy") ? n - 4 : n), npy);
}

/* Open every split of a folder of shards, or else the folder of images. Shards have their groups
 * and classes; other names of classes apply. */
static GPtrArray *open_all(const char *dir, const LeukoFolderOptions *folder,
                           LeukoReporter reporter, GError **error)
{
    static const char *const splits[] = {"train", "validation", "test"};
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_dataset_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(splits); i++) {
        if (!leuko_dataset_has_split(dir, splits[i]))
            continue;
        LeukoDataset *d = leuko_dataset_open_shards_as(dir, splits[i], folder, error);
        if (!d)
            return NULL;
        g_ptr_array_add(all, d);
    }
    if (all->len == 0) {
        LeukoDataset *d = leuko_dataset_open_images(dir, folder, NULL, NULL, error);
        if (!d)
            return NULL;
        g_ptr_array_add(all, d);
        leuko_dataset_report(d, reporter);
    }
    return g_steal_pointer(&all);
}

static void add_rows(GArray *rows, const LeukoDataset *d, const LeukoFeatures *f)
{
    for (guint i = 0; i < f->n; i++) {
        const LeukoRecord *r = leuko_dataset_record(d, i);
        Row row = {r->file, leuko_dataset_classes(d)[r->label], f->x + (gsize)i * f->n_features};
        g_array_append_val(rows, row);
    }
}

void leuko_features_file_clear(LeukoFeaturesFile *file)
{
    g_clear_pointer(&file->csv_path, g_free);
}

static gboolean write_files(const char *npy_path, const char *csv_path, const GArray *rows,
                            guint n_features, GError **error)
{
    g_autoptr(LeukoDurable) values = write_npy(npy_path, rows, n_features, error);
    g_autoptr(LeukoDurable) table = values ? write_csv(csv_path, rows, error) : NULL;
    LeukoDurable *const both[] = {table, values};
    return table && leuko_durable_commit_all(both, G_N_ELEMENTS(both), error);
}

gboolean leuko_features_write(const char *dataset, const LeukoFolderOptions *folder,
                              const char *npy_path, const LeukoStart *start,
                              const LeukoFeatureOptions *options, LeukoFeaturesFile *file,
                              LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    LeukoFeatureOptions own = *options;
    g_auto(LeukoPrecisionChoice) choice = {0};
    g_autoptr(GPtrArray) datasets = open_all(dataset, folder, reporter, error);
    g_autoptr(GPtrArray) features =
        g_ptr_array_new_with_free_func((GDestroyNotify)leuko_features_free);
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_auto(LeukoFeaturesFile) out = {.n_features = leuko_net_feature_channels(start->net)};
    if (!datasets)
        return FALSE;
    leuko_precision_choose(options->precision, LEUKO_WORK_INFERENCE, &choice);
    if (options->precision == LEUKO_PRECISION_AUTO)
        leuko_precision_choice_report(&choice, reporter, "features");
    own.precision = out.precision = choice.precision;
    for (guint i = 0; i < datasets->len; i++) {
        LeukoFeatures *f =
            leuko_features_compute(datasets->pdata[i], start, &own, reporter, cancellable, error);
        if (!f)
            return FALSE;
        g_ptr_array_add(features, f);
        add_rows(rows, datasets->pdata[i], f);
        out.n_cached += f->n_cached;
        out.seconds += f->seconds;
    }
    qsort(rows->data, rows->len, sizeof(Row), by_file);
    out.n_images = rows->len;
    out.csv_path = csv_path_of(npy_path);
    if (!write_files(npy_path, out.csv_path, rows, out.n_features, error))
        return FALSE;
    *file = out;
    out.csv_path = NULL;
    return TRUE;
}
