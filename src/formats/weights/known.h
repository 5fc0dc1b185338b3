/* formats/weights/known.h: list, download, unpack and convert public weights of Inception V3. */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

typedef struct {
    const char *name; /* short name to select it by */
    const char *address;
    guint64 n_bytes;     /* 0: not published */
    const char *sha256;  /* 64 hex digits, or NULL: not published */
    const char *license; /* of the weights, as published */
    const char *stated;  /* the page that states the license, or that states none */
    const char *what;
} LeukoKnownWeights;

extern const LeukoKnownWeights leuko_known_weights[]; /* ends with a NULL name */
const LeukoKnownWeights *leuko_known_weights_find(const char *name);

/* Convert any file of weights to safetensors under slim's names. *is_model: the weights have a
 * classifier, and the result is a model. imagenet_input: see leuko_foreign_fold_imagenet(). */
gboolean leuko_weights_convert(const char *in, const char *out, gboolean imagenet_input,
                               gboolean *is_model, GError **error);

/* Download a file over https (redirects must be https too) into `folder`. An unfinished NAME.part
 * is continued. Size and SHA-256 are checked before the file gets its name; a wrong file is
 * removed. If no SHA-256 is known, it is written to NAME.sha256 and checked from then on. A
 * .tar.gz is unpacked into `folder`: regular files only, at most 4 GiB.
 * Certificates: the system's, or those of the file that SSL_CERT_FILE names.
 * paths    out: the files written, NULL-terminated, g_strfreev
 * sha256   out: of the downloaded file, g_free
 * Errors   LEUKO_ERROR_IO (network or disk; NAME.part stays), LEUKO_ERROR_DATA (size or digest
 *          differs), LEUKO_ERROR_FORMAT (the archive), LEUKO_ERROR_UNSUPPORTED (the address is not
 *          https; a build without libcurl), LEUKO_ERROR_CANCELLED. */
gboolean leuko_weights_fetch(const LeukoKnownWeights *what, const char *folder,
                             LeukoReporter reporter, GCancellable *cancellable, GStrv *paths,
                             gchar **sha256, GError **error);
/* List a .tar or .tar.gz as "NAME (N bytes)": at most LEUKO_WEIGHTS_MAX_LISTED entries of its first
 * GiB. Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED (a build without libarchive). */
enum { LEUKO_WEIGHTS_MAX_LISTED = 16 };
GStrv leuko_weights_list_archive(const char *archive, GError **error);
/* Unpack a .tar.gz; returns the names of the files written. */
GStrv leuko_weights_unpack(const char *archive, const char *folder, GError **error);
