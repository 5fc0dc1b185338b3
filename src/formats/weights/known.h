/* formats/weights/known.h: list, download and unpack public weights of Inception V3. */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>
#include <jansson.h>

typedef struct {
    const char *name; /* short name to select it by */
    const char *address;
    guint64 n_bytes;          /* 0: not published */
    const char *sha256;       /* 64 hex digits, or NULL: not published */
    const char *license;      /* of the weights, as published */
    const char *license_page; /* the page that states the license, or that states none */
    const char *description;
} LeukoKnownWeights;

extern const LeukoKnownWeights leuko_known_weights[]; /* ends with a NULL name */
const LeukoKnownWeights *leuko_known_weights_find(const char *name);
/* [{"name", "address", "bytes" (or null), "sha256" (or null), "license", "license_page", "what"},
 * ...]. New reference. */
json_t *leuko_known_weights_json(void);
/* Choose the weights to download.
 * name     a name of the list, or an address (it contains "://")
 * sha256   expected digest of an address, 64 hex digits, or NULL; borrowed by *chosen, as `name` is
 * Errors   LEUKO_ERROR_ARGUMENT: an unknown name; a digest that is invalid or given with a name */
gboolean leuko_known_weights_choose(const char *name, const char *sha256, LeukoKnownWeights *chosen,
                                    GError **error);

/* Download a file over https (redirects must be https too) into `folder`. A download that was
 * interrupted continues from NAME.part. Size and SHA-256 are checked before NAME.part becomes NAME;
 * a wrong file is removed. If no SHA-256 is published, the first download writes it to NAME.sha256,
 * and later downloads must match it. A .tar.gz is unpacked into `folder`: regular files only, at
 * most 4 GiB.
 * Certificates: the system's, or those of the file that SSL_CERT_FILE names.
 * paths    out: the files written, NULL-terminated, g_strfreev
 * sha256   out: of the downloaded file, g_free
 * Errors   LEUKO_ERROR_IO (network or disk; NAME.part stays), LEUKO_ERROR_DATA (size or digest
 *          differs), LEUKO_ERROR_FORMAT (the archive), LEUKO_ERROR_UNSUPPORTED (the address is not
 *          https; a build without libcurl), LEUKO_ERROR_CANCELLED. */
gboolean leuko_weights_fetch(const LeukoKnownWeights *weights, const char *folder,
                             LeukoReporter reporter, GCancellable *cancellable, GStrv *paths,
                             gchar **sha256, GError **error);
/* List a .tar or .tar.gz as "NAME (N bytes)": at most LEUKO_WEIGHTS_MAX_LISTED entries of its first
 * GiB. Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED (a build without libarchive). */
enum { LEUKO_WEIGHTS_MAX_LISTED = 16 };
GStrv leuko_weights_list_archive(const char *archive, GError **error);
/* Unpack a .tar.gz into `folder`; returns the paths of its files, g_strfreev. All are unpacked
 * into a hidden folder first, then their names are reported, then they are moved. A file that
 * exists is never replaced: it stays if it has the same content, else nothing is moved. Errors:
 * LEUKO_ERROR_DATA (a file exists and differs),
 * LEUKO_ERROR_FORMAT (damaged, a link or device, a path outside the folder, more than 1000 entries
 * or 4 GiB), LEUKO_ERROR_IO, LEUKO_ERROR_UNSUPPORTED (a build without libarchive). */
GStrv leuko_weights_unpack(const char *archive, const char *folder, LeukoReporter reporter,
                           GError **error);
