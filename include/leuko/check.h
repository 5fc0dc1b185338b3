/* leuko/check.h: inspect a folder of labeled images: counts, sizes, formats, unreadable and skipped
 * files, duplicates, and what is in two splits. A folder of shards is inspected like one of files.
 *
 *   LeukoCheckOptions options = leuko_check_options_default();
 *   g_autoptr(LeukoCheckReport) report = leuko_check_folder("cells", &options, &error);
 *   if (report && !report->passes)
 *       ... report->unreadable[0].file, report->clusters[0].files[1] ...
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Start from leuko_check_options_default(): later versions may add members. */
typedef struct {
    LeukoFolderOptions folder; /* how to read the folder */
    const char *allow_leaks;   /* groups, files, "groups", "copies" or "all", separated by commas,
                                  that may be in two splits; or NULL */
    guint n_threads;           /* 0: one */
    GCancellable *cancellable; /* may be NULL */
    LeukoReporter reporter;    /* phase "reading" */
} LeukoCheckOptions;

LeukoCheckOptions leuko_check_options_default(void); /* the layout found out, one thread */

typedef struct {
    const char *name;                      /* "" if the images have no classes */
    guint n_images, n_copies;              /* n_copies: augmented copies among the images */
    guint n_groups;                        /* 0 where groups are not known */
    const char *const *formats;            /* "jpeg", "png", ...; sorted, NULL-terminated */
    guint n_readable;                      /* images whose sizes follow */
    guint side_min, side_median, side_max; /* px, of the shorter sides; 0 if none is readable */
} LeukoCheckClass;

typedef struct {
    const char *file, *reason; /* reason: one line */
} LeukoCheckFile;

/* Images that are the same image. */
typedef struct {
    const char *const *files; /* (n_files) at least two */
    const guint *distances;   /* (n_files) bits between the perceptual hashes of each and the first;
                                 above 24 where other files connect them */
    guint n_files;
    gboolean same_bytes;     /* of all; else some were encoded again, resized, flipped or turned */
    gboolean across_classes; /* the files have different classes */
} LeukoCheckCluster;

/* Images about which the same should be known: nearly black, a page that is not used, ... */
typedef struct {
    const char *what;
    const char *const *files; /* (n_files) */
    guint n_files;
} LeukoCheckOddity;

/* All members are constant and owned by the report; files are relative to `path`. */
typedef struct {
    const char *path;
    const char *layout; /* how the folder was read, one line */
    const char
        *skipped_by;    /* "2 hidden, 1 companion file": the skipped files by reason; may be "" */
    guint n_files;      /* below `path`: n_images and n_skipped */
    const char *groups; /* number, largest, with one image, an example: one line; NULL: unknown */
    guint n_images, n_unreadable, n_skipped;
    guint n_classes;                    /* 0: the images have no classes */
    guint n_clusters;                   /* of duplicates */
    guint n_duplicates;                 /* images of the clusters beyond the first of each */
    guint64 n_same_bytes, n_same_image; /* pairs with the same bytes, and other pairs; in clusters
                                           of over 1,000 files only pairs with the first */
    guint n_across_classes;             /* clusters across classes */
    gboolean has_groups, has_copies;
    gboolean has_splits; /* folders or shards give splits, which were compared */
    guint n_leaks;
    const char *const *leaks; /* (n_leaks) "the same group P1: a.png (train) and b.png (test)", ...:
                                 what is in two splits and was not allowed */
    guint n_oddities;
    gboolean passes;                /* no unreadable images, no duplicates, no oddities, no leaks */
    const LeukoCheckClass *classes; /* (n_classes); without classes one entry of all images */
    const LeukoCheckFile *unreadable;  /* (n_unreadable) images that cannot be decoded */
    const LeukoCheckFile *skipped;     /* (n_skipped) files that are not used */
    const LeukoCheckCluster *clusters; /* (n_clusters) by the first file */
    const LeukoCheckOddity *oddities;  /* (n_oddities) by the first file */
} LeukoCheckReport;

/* Read every image below `path`. Unreadable images are findings, not errors; a folder whose images
 * have no classes is read too. Returns a report, free with leuko_check_report_free().
 * Errors: as leuko_dataset_open_images(); LEUKO_ERROR_CANCELLED. */
LeukoCheckReport *leuko_check_folder(const char *path, const LeukoCheckOptions *options,
                                     GError **error);
void leuko_check_report_free(LeukoCheckReport *report); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCheckReport, leuko_check_report_free)

/* Write the report as JSON: {layout, files, images, classes: {name: count}, unreadable: [{file,
 * why}], skipped: [{file, why}], duplicate_pairs: {same_bytes, same_image}, duplicates: [{files:
 * [name], same_bytes, across_classes, bits_apart: [count]}], oddities: [{what, files: [name]}],
 * leaks: [{kind: group, source, same_bytes or copy; name (of groups and sources); files: [2 names];
 * splits: [2 names]}]},
 * as in LeukoCheckCluster. path: a file, which appears whole or not at all, or "-" for standard
 * output.
 * Errors: LEUKO_ERROR_IO. */
gboolean leuko_check_report_save(const LeukoCheckReport *report, const char *path, GError **error);

G_END_DECLS
