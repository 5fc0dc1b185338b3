/* data/example.h: one image as a tf.train.Example, with slim's feature names and ours:
 * image/encoded, image/format, image/class/label, image/height, image/width; image/filename,
 * image/group, image/source. */
#pragma once
#include <glib.h>

typedef struct {
    GBytes *encoded;     /* the image's file; borrowed on packing, owned after unpacking */
    gchar *format;       /* "jpeg" or "png" */
    gint label;          /* index into Labels.txt */
    guint height, width; /* pixels */
    gchar *file, *group, *source;
} LeukoExample;

GBytes *leuko_example_pack(const LeukoExample *example);
/* Fields that are absent: group "", file "", source = file, format "", sizes 0. image/encoded and
 * image/class/label must be there. `name` stands in the messages. Errors: LEUKO_ERROR_FORMAT. */
gboolean leuko_example_unpack(GBytes *data, LeukoExample *out, const char *name, GError **error);
/* The names of all its features, "x_byte, x_int", sorted; NULL: not an Example. New, one line. */
gchar *leuko_example_features(GBytes *data);
void leuko_example_clear(LeukoExample *example);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoExample, leuko_example_clear)
