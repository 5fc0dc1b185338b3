/* Records, archives, and what Leuko only knows by its header. */
#include "base/map.h"
#include "cli/info.h"
#include "data/example.h"
#include "data/tfrecord.h"
#include "formats/headers.h"
#include "formats/weights/known.h"
#include "leuko/error.h"
#include <string.h>

typedef struct {
    guint64 n, n_images, n_bytes;
    gchar *features; /* of the first record */
    gboolean events; /* TensorBoard's */
} Records;

static void look_at(Records *r, GBytes *data)
{
    g_auto(LeukoExample) e = {0};
    gsize n = 0;
    const char *bytes = g_bytes_get_data(data, &n);
    if (r->n == 0) {
        r->features = leuko_example_features(data);
        r->events = g_strstr_len(bytes ? bytes : "", (gssize)n, "brain.Event:") != NULL;
    }
    r->n++;
    r->n_bytes += n;
    r->n_images += leuko_example_unpack(data, &e, "", NULL) ? 1 : 0;
}

gboolean info_tfrecord(const char *path, GError **error)
{
    g_autoptr(LeukoTfrecord) file = leuko_tfrecord_open(path, error);
    GBytes *data = NULL;
    Records r = {0};
    g_autoptr(GError) why = NULL;
    if (!file)
        return FALSE;
    while (leuko_tfrecord_next(file, &data, NULL, &why)) {
        look_at(&r, data);
        g_clear_pointer(&data, g_bytes_unref);
    }
    g_autofree gchar *features = r.features;
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    info_tell("records", "%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes, every checksum right",
              r.n, r.n_bytes);
    if (r.events)
        info_tell("contents", "TensorBoard's events: tensorboard --logdir FOLDER draws them");
    else
        info_tell("images", "%" G_GUINT64_FORMAT " of them are labeled images", r.n_images);
    if (features)
        info_tell("features", "%.500s", features);
    return TRUE;
}

gboolean info_archive(const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_auto(GStrv) entries = leuko_weights_list_archive(path, &why);
    if (!entries && !g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    guint n = entries ? g_strv_length(entries) : 0;
    g_autofree gchar *list = entries ? g_strjoinv(", ", entries) : g_strdup(why->message);
    info_tell("holds", "%s%s", list, n == LEUKO_WEIGHTS_MAX_LISTED ? ", perhaps more" : "");
    return TRUE;
}

gboolean info_headers(const char *path, LeukoFileKind kind, GError **error)
{
    g_autoptr(GMappedFile) map = leuko_map(path, error);
    if (!map)
        return FALSE;
    g_autoptr(json_t) told = leuko_headers_json(kind, g_mapped_file_get_contents(map),
                                                g_mapped_file_get_length(map), path, error);
    const char *key;
    json_t *text;
    json_object_foreach(told, key, text) info_tell(key, "%s", json_string_value(text));
    return told != NULL;
}
