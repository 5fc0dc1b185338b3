/* data/example.h: one image as a tf.train.Example, with tf-slim's feature names and our own:
 * image/encoded, image/format, image/class/label, image/height, image/width; image/filename,
 * image/group, image/source; image/fingerprint: the byte LEUKO_FINGERPRINT_VERSION, then the 48
 * bytes of image/fingerprint.h, so that training need not decode an image to recognize it later;
 * image/centered: the byte LEUKO_CENTERED_VERSION, then the bytes of image/centered.h. */
#pragma once
#include "image/centered.h"
#include "image/fingerprint.h"

typedef struct {
    GBytes *encoded;     /* the encoded image; borrowed for packing, owned after unpacking */
    gchar *format;       /* "jpeg" or "png" */
    gint label;          /* index into Labels.txt */
    guint height, width; /* pixels */
    gchar *file, *group, *source;
    gboolean has_fingerprint; /* FALSE after unpacking also for one of another version */
    LeukoFingerprint fingerprint;
    gboolean has_centered; /* likewise */
    LeukoCentered centered;
} LeukoExample;

/* Pack an example; new. */
GBytes *leuko_example_pack(const LeukoExample *example);
/* Unpack a record. image/encoded and image/class/label are required. Absent features become: group,
 * file and format "", source = file, sizes 0. name: of the record, for messages.
 * Errors: LEUKO_ERROR_FORMAT. */
gboolean leuko_example_unpack(GBytes *data, LeukoExample *out, const char *name, GError **error);
/* The names of all features of a record, sorted: "x_byte, x_int". One line, free with g_free();
 * NULL if `data` is not a tf.train.Example. */
gchar *leuko_example_features(GBytes *data);
void leuko_example_clear(LeukoExample *example);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoExample, leuko_example_clear)
