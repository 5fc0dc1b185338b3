#include "base/csv.h"
#include "base/durable.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/start-options.h"
#include "leuko/error.h"
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

/* Version 1.0 of the format of numpy.save: a header padded to 64 bytes, then the rows. On disk, without
 * its name yet. */
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

/* FILE.npy -> FILE.csv */
static gchar *csv_beside(const char *npy)
{
    gsize n = strlen(npy);
    return g_strdup_printf("%.*s.csv", (int)(g_str_has_suffix(npy, ".npy") ? n - 4 : n), npy);
}

/* The folder, or every part of the shards. */
static GPtrArray *open_all(const char *dir, GError **error)
{
    static const char *const splits[] = {"train", "validation", "test"};
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_dataset_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(splits); i++) {
        if (!leuko_dataset_has_split(dir, splits[i]))
            continue;
        LeukoDataset *d = leuko_dataset_open_shards(dir, splits[i], error);
        if (!d)
            return NULL;
        g_ptr_array_add(all, d);
    }
    if (all->len == 0) {
        LeukoDataset *d = leuko_dataset_open_folder(dir, NULL, error);
        if (!d)
            return NULL;
        g_ptr_array_add(all, d);
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

static gboolean write_features(const char *dir, const char *out, const LeukoStart *start,
                               const LeukoFeatureOptions *options, GError **error)
{
    g_autoptr(GPtrArray) datasets = open_all(dir, error);
    if (!datasets)
        return FALSE;
    g_autoptr(GPtrArray) features =
        g_ptr_array_new_with_free_func((GDestroyNotify)leuko_features_free);
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
    guint n_cached = 0, n_features = leuko_net_feature_channels(start->net);
    double seconds = 0;
    for (guint i = 0; i < datasets->len; i++) {
        LeukoFeatures *f = leuko_features_compute(datasets->pdata[i], start, options,
                                                  cli_reporter(), cli_cancellable(), error);
        if (!f)
            return FALSE;
        g_ptr_array_add(features, f);
        add_rows(rows, datasets->pdata[i], f);
        n_cached += f->n_cached;
        seconds += f->seconds;
    }
    qsort(rows->data, rows->len, sizeof(Row), by_file);
    g_autofree gchar *csv = csv_beside(out);
    g_autoptr(LeukoDurable) values = write_npy(out, rows, n_features, error);
    g_autoptr(LeukoDurable) table = values ? write_csv(csv, rows, error) : NULL;
    if (!table || !leuko_durable_commit(values, error) || !leuko_durable_commit(table, error))
        return FALSE;
    guint n_computed = rows->len - n_cached;
    cli_print("%u images, %u features each, in %s and %s (%.1f images/s, %u from the cache)",
              rows->len, n_features, out, csv, n_computed > 0 ? n_computed / seconds : 0.0,
              n_cached);
    return TRUE;
}

gboolean cmd_features(int argc, char **argv, GError **error)
{
    g_auto(CliStartOptions) o = CLI_START_DEFAULT;
    g_autofree gchar *out = NULL;
    const GOptionEntry entries[] = {{"output", 'o', 0, G_OPTION_ARG_FILENAME, &out,
                                     "File to write; FILE.csv beside it", "FILE.npy"},
                                    CLI_START_ENTRIES(o),
                                    {NULL}};
    if (!cli_parse("features", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (!out)
        return cli_wrong_usage(error, "features: -o FILE.npy says where they go");
    LeukoStartOptions start_options;
    LeukoFeatureOptions options;
    if (!cli_start_options(&o, &start_options, &options, error))
        return FALSE;
    g_autoptr(LeukoStart) start = leuko_start_new(&start_options, cli_reporter(), error);
    return start && write_features(argv[1], out, start, &options, error);
}
