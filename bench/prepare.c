/* usage: bench-prepare MODEL SHARDS SPLIT COUNT OUT
 * Writes the images of one split as MODEL preprocesses them, so that other programs can run on
 * exactly the same input: OUT.f32 holds (n, 3, S, S) floats, OUT.txt one label per line. COUNT is
 * the maximum number of images, evenly spaced over the split; 0 = all. */
#include "data/loader.h"
#include "formats/model.h"
#include <stdio.h>
#include <stdlib.h>

static FILE *create(const char *stem, const char *ending)
{
    g_autofree gchar *path = g_strconcat(stem, ending, NULL);
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 6)
        return 2;
    g_autoptr(LeukoModel) model = leuko_model_load(argv[1], &error);
    g_autoptr(LeukoDataset) data =
        model ? leuko_dataset_open_shards(argv[2], argv[3], &error) : NULL;
    guint n_all = data ? leuko_dataset_n_records(data) : 0, wanted = (guint)atoi(argv[4]);
    guint n = wanted && wanted < n_all ? wanted : n_all;
    g_autofree guint *order = g_new(guint, n + 1);
    for (guint i = 0; i < n; i++)
        order[i] = (guint)((guint64)i * n_all / n);
    LeukoLoaderOptions o = {.batch = 8};
    g_autoptr(LeukoLoader) loader =
        data ? leuko_loader_new(data, order, n, &model->preprocess, &o, NULL, &error) : NULL;
    if (!loader) {
        fprintf(stderr, "bench-prepare: %s\n", error->message);
        return 1;
    }
    FILE *images = create(argv[5], ".f32"), *labels = create(argv[5], ".txt");
    gsize values = (gsize)3 * model->spec.side_px * model->spec.side_px;
    LeukoBatch b;
    while (leuko_loader_next(loader, &b, &error)) {
        fwrite(b.x_nchw, sizeof(float), b.n * values, images);
        for (guint i = 0; i < b.n; i++)
            fprintf(labels, "%d\n", b.labels[i]);
    }
    if (error || fclose(images) || fclose(labels)) {
        fprintf(stderr, "bench-prepare: %s\n", error ? error->message : "could not write");
        return 1;
    }
    return 0;
}
