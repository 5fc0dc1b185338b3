/* Copies a data set and normalizes the stain of each group:
 *   bench-normalize IN OUT REGEX
 * IN has one folder per class. REGEX gives the group of a file name. The stain of a group is
 * estimated over all its images, without labels. The images are written to OUT as PNG, with the
 * stain of Macenko's reference. */
#include "image/stain.h"
#include "leuko/dataset.h"
#include "leuko/image.h"
#include <stdio.h>
#include <string.h>

static LeukoImage *decode_record(LeukoDataset *d, guint index, GError **error)
{
    g_autoptr(GBytes) bytes = leuko_dataset_read(d, index, error);
    gsize n;
    gconstpointer data = bytes ? g_bytes_get_data(bytes, &n) : NULL;
    return data ? leuko_image_decode(data, n, leuko_dataset_record(d, index)->file, error) : NULL;
}

static gboolean measure(LeukoDataset *d, const char *group, LeukoStain *stain, GError **error)
{
    g_autoptr(LeukoStainMeter) meter = leuko_stain_meter_new();
    for (guint i = 0; i < leuko_dataset_n_records(d); i++) {
        if (strcmp(leuko_dataset_record(d, i)->group, group) != 0)
            continue;
        g_autoptr(LeukoImage) image = decode_record(d, i, error);
        if (!image)
            return FALSE;
        leuko_stain_meter_add(meter, image);
    }
    return leuko_stain_meter_finish(meter, stain, error);
}

static gboolean write_one(LeukoDataset *d, guint index, const LeukoStain *from, const char *out,
                          GError **error)
{
    const LeukoRecord *r = leuko_dataset_record(d, index);
    const LeukoStain to = leuko_stain_reference();
    g_autoptr(LeukoImage) image = decode_record(d, index, error);
    g_autoptr(LeukoImage) same = image ? leuko_stain_normalize(image, from, &to, error) : NULL;
    if (!same)
        return FALSE;
    g_autofree gchar *bare = g_strndup(r->file, (gsize)(strrchr(r->file, '.') - r->file));
    g_autofree gchar *name = g_strconcat(bare, ".png", NULL),
                     *path = g_build_filename(out, name, NULL);
    g_autofree gchar *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0777);
    return leuko_image_save(same, path, error);
}

static gboolean run(char **argv, GError **error)
{
    g_autoptr(LeukoDataset) d = leuko_dataset_open_folder(argv[1], argv[3], error);
    g_autoptr(GHashTable) stains = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; d && i < leuko_dataset_n_records(d); i++) {
        const char *group = leuko_dataset_record(d, i)->group;
        LeukoStain *stain = g_hash_table_lookup(stains, group);
        if (!stain) {
            stain = g_new0(LeukoStain, 1);
            g_hash_table_insert(stains, (gpointer)group, stain);
            if (!measure(d, group, stain, error))
                return FALSE;
        }
        if (!write_one(d, i, stain, argv[2], error))
            return FALSE;
    }
    return d != NULL;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc == 4 && run(argv, &error))
        return 0;
    fprintf(stderr, "bench-normalize: %s\n", error ? error->message : "IN OUT REGEX");
    return 1;
}
