/* formats/weights/known.h: public weights of Inception V3, and bringing them here. */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

typedef struct {
    const char *name; /* what `leuko weights fetch` takes */
    const char *address;
    guint64 n_bytes;     /* 0: not published */
    const char *sha256;  /* 64 hex digits, or NULL: not published */
    const char *license; /* of the weights, as far as it is stated */
    const char *stated;  /* the page that states it, or where nothing was found */
    const char *what;
} LeukoKnownWeights;

extern const LeukoKnownWeights leuko_known_weights[]; /* ends with a NULL name */
const LeukoKnownWeights *leuko_known_weights_find(const char *name);

/* Convert any file of weights to safetensors under slim's names. *is_model: it has a classifier, and
 * the result is a model. imagenet_input: see leuko_foreign_fold_imagenet(). */
gboolean leuko_weights_convert(const char *in, const char *out, gboolean imagenet_input,
                               gboolean *is_model, GError **error);

/* Fetch a file over https (redirects stay https) into `folder`. An unfinished NAME.part is taken up where
 * it ended; size and SHA-256 are checked before the file takes its name, and a wrong one is removed.
 * Without a known digest the one found is written beside it, NAME.sha256, and holds from then on. A
 * .tar.gz is unpacked into `folder` afterwards: regular files below it only, at most 4 GiB.
 * Certificates: the system's, or those of the file in SSL_CERT_FILE.
 * paths    out: the files now there, NULL-terminated, g_strfreev
 * sha256   out: of the file fetched, g_free
 * Errors   LEUKO_ERROR_IO (the network, the disk: what came stays in NAME.part), LEUKO_ERROR_DATA (size or
 *          digest differ), LEUKO_ERROR_FORMAT (the archive), LEUKO_ERROR_UNSUPPORTED (an address that is
 *          not https; a build without libcurl), LEUKO_ERROR_CANCELLED. */
gboolean leuko_weights_fetch(const LeukoKnownWeights *what, const char *folder,
                             LeukoReporter reporter, GCancellable *cancellable, GStrv *paths,
                             gchar **sha256, GError **error);
/* What a .tar or .tar.gz holds, "NAME (N bytes)" each; at most LEUKO_WEIGHTS_MAX_LISTED, and none behind the first GiB.
 * Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED (a build without libarchive). */
enum { LEUKO_WEIGHTS_MAX_LISTED = 16 };
GStrv leuko_weights_list_archive(const char *archive, GError **error);
/* Unpack a .tar.gz: names of the files now there. */
GStrv leuko_weights_unpack(const char *archive, const char *folder, GError **error);
