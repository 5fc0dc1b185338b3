#include "train/features-file.h"
#include "base/csv.h"
#include "base/durable.h"
#include "data/dataset-report.h"
#include "engine/precision-choice.h"
#include <stdlib.h>
#include <string.h>

/* A record of one of the data sets, in the order of the files. */
typedef struct {
    const char *file, *class_name; /* borrowed from the data set */
    guint *place;                  /* gets its position */
} Row;

static int by_file(const void *a, const void *b)
{
    return strcmp(((const Row *)a)->file, ((const Row *)b)->file);
}

/* Start the .npy file with its header, padded to a multiple of 64 bytes. */
static LeukoDurable *start_npy(const char *path, guint n_rows, guint n_features, GError **error)
{
    g_autoptr(GString) header = g_string_new(NULL);
    g_string_append_printf(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%u, %u), }",
                           n_rows, n_features);
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
    return ok ? g_steal_pointer(&file) : NULL;
}

/* Where the rows of one data set go: they are computed in its order. */
typedef struct {
    LeukoDurable *values;
    guint64 start;       /* of the first row */
    const guint *places; /* (n_records) rows */
    gsize row_bytes;
} Sink;

static gboolean write_row(guint record, const float *x, gpointer user_data, GError **error)
{
    const Sink *sink = user_data;
    return leuko_durable_write_at(sink->values,
                                  sink->start + sink->places[record] * sink->row_bytes, x,
                                  sink->row_bytes, error);
}

/* Write the table. The file is synced but not yet renamed. */
static LeukoDurable *write_csv(const char *path, const GArray *rows, GError **error)
{
    g_autoptr(GString) text = g_string_new("file,class\n");
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    gboolean ok = file && leuko_durable_write(file, text->str, text->len, error);
    for (guint i = 0; ok && i < rows->len; i++) {
        g_string_truncate(text, 0);
        leuko_csv_append(text, g_array_index(rows, Row, i).file);
        leuko_csv_append(text, g_array_index(rows, Row, i).class_name);
        leuko_csv_end_row(text);
        ok = leuko_durable_write(file, text->str, text->len, error);
    }
    return ok && leuko_durable_sync(file, error) ? g_steal_pointer(&file) : NULL;
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

/* The records of all data sets in the order of their files. places: one array for each data set. */
static GArray *sort_rows(const GPtrArray *datasets, GPtrArray *places)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));
    for (guint k = 0; k < datasets->len; k++) {
        const LeukoDataset *d = datasets->pdata[k];
        guint *place = g_new(guint, leuko_dataset_n_records(d) + 1);
        g_ptr_array_add(places, place);
        for (guint i = 0; i < leuko_dataset_n_records(d); i++) {
            const LeukoRecord *r = leuko_dataset_record(d, i);
            const Row row = {r->file, leuko_dataset_classes(d)[r->label], &place[i]};
            g_array_append_val(rows, row);
        }
    }
    if (rows->len > 0)
        qsort(rows->data, rows->len, sizeof(Row), by_file);
    for (guint i = 0; i < rows->len; i++)
        *g_array_index(rows, Row, i).place = i;
    return rows;
}

void leuko_features_file_clear(LeukoFeaturesFile *file)
{
    g_clear_pointer(&file->csv_path, g_free);
}

/* Compute the features of all data sets and write each row in its place. */
static gboolean write_values(LeukoDurable *values, const GPtrArray *datasets,
                             const GPtrArray *places, const LeukoStart *start,
                             const LeukoFeatureOptions *options, LeukoFeaturesFile *out,
                             LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    Sink sink = {values, leuko_durable_tell(values), NULL, out->n_features * sizeof(float)};
    for (guint k = 0; k < datasets->len; k++) {
        sink.places = places->pdata[k];
        g_autoptr(LeukoFeatures) f = leuko_features_stream(
            datasets->pdata[k], start, options, write_row, &sink, reporter, cancellable, error);
        if (!f)
            return FALSE;
        out->n_cached += f->n_cached;
        out->seconds += f->seconds;
    }
    return leuko_durable_sync(values, error);
}

gboolean leuko_features_write(const char *dataset, const LeukoFolderOptions *folder,
                              const char *npy_path, const LeukoStart *start,
                              const LeukoFeatureOptions *options, LeukoFeaturesFile *file,
                              LeukoReporter reporter, GCancellable *cancellable, GError **error)
{
    LeukoFeatureOptions own = *options;
    g_auto(LeukoPrecisionChoice) choice = {0};
    g_autoptr(GPtrArray) datasets = open_all(dataset, folder, reporter, error);
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
    g_auto(LeukoFeaturesFile) out = {.n_features = leuko_net_feature_channels(start->net)};
    if (!datasets)
        return FALSE;
    leuko_precision_choose(options->precision, LEUKO_WORK_INFERENCE, &choice);
    if (options->precision == LEUKO_PRECISION_AUTO)
        leuko_precision_choice_report(&choice, reporter, "features");
    own.precision = out.precision = choice.precision;
    g_autoptr(GArray) rows = sort_rows(datasets, places);
    out.n_images = rows->len;
    out.csv_path = csv_path_of(npy_path);
    g_autoptr(LeukoDurable) values = start_npy(npy_path, rows->len, out.n_features, error);
    if (!values ||
        !write_values(values, datasets, places, start, &own, &out, reporter, cancellable, error))
        return FALSE;
    g_autoptr(LeukoDurable) table = write_csv(out.csv_path, rows, error);
    LeukoDurable *const both[] = {table, values};
    if (!table || !leuko_durable_commit_all(both, G_N_ELEMENTS(both), error))
        return FALSE;
    *file = out;
    out.csv_path = NULL;
    return TRUE;
}
