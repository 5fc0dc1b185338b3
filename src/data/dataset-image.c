#include "data/dataset-image.h"

LeukoImage *leuko_dataset_decode(const LeukoDataset *dataset, guint index, GBytes **encoded,
                                 GError **error)
{
    g_autoptr(GBytes) bytes = leuko_dataset_read(dataset, index, error);
    if (!bytes)
        return NULL;
    gsize n_bytes;
    gconstpointer data = g_bytes_get_data(bytes, &n_bytes);
    g_autofree gchar *name = g_build_filename(leuko_dataset_path(dataset),
                                              leuko_dataset_record(dataset, index)->file, NULL);
    LeukoImage *image = leuko_image_decode(data, n_bytes, name, error);
    if (image && encoded)
        *encoded = g_steal_pointer(&bytes);
    return image;
}
