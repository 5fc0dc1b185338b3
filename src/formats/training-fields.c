#include "formats/training-fields.h"
#include "base/error.h"

ProtobufCBinaryData *leuko_training_fields(const GPtrArray *lists)
{
    g_autofree ProtobufCBinaryData *items = g_new0(ProtobufCBinaryData, lists->len + 1);
    gsize n_bytes = 0;
    for (guint i = 0; i < lists->len; i++) {
        const LeukoTrainingList *l = lists->pdata[i];
        if (l->images)
            items[i].data = (uint8_t *)g_bytes_get_data(l->images, &items[i].len);
        n_bytes += items[i].len;
    }
    return n_bytes > 0 ? g_steal_pointer(&items) : NULL;
}

gboolean leuko_training_fields_attach(GPtrArray *lists, const ProtobufCBinaryData *items, gsize n,
                                      const char *name, GError **error)
{
    if (n == 0)
        return TRUE;
    if (n != lists->len)
        return leuko_fail_format(name, error, "images of training lists (%zu found, %u expected)",
                                 n, lists->len);
    for (guint i = 0; i < lists->len; i++) {
        g_autofree gchar *label = g_strdup_printf("%s: training list %u", name, i);
        g_autoptr(GBytes) images = items[i].len ? g_bytes_new(items[i].data, items[i].len) : NULL;
        if (!leuko_training_list_attach(lists->pdata[i], images, label, error))
            return FALSE;
    }
    return TRUE;
}
