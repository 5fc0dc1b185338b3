/* data/file-kind.h: what a file in a data set is: an image, or why it is none. */
#pragma once
#include <glib.h>

typedef enum {
    LEUKO_SKIP_HIDDEN = 1 << 0,    /* it, or a folder above it, has a name that begins with a dot */
    LEUKO_SKIP_SYSTEM = 1 << 1,    /* of an operating system: Thumbs.db, desktop.ini, __MACOSX */
    LEUKO_SKIP_COMPANION = 1 << 2, /* a table, a text, an annotation: .csv, .txt, .xml, .xyc */
    LEUKO_SKIP_FOREIGN = 1 << 3,   /* an image that Leuko cannot read: .jp2, .dcm, .svs */
    LEUKO_SKIP_NOT_IMAGE = 1 << 4, /* another ending, or none and the contents are no image */
    LEUKO_SKIP_NOT_FILE = 1 << 5,  /* a pipe, a socket or a device */
    LEUKO_SKIP_DANGLING = 1 << 6,  /* a link that leads nowhere */
    LEUKO_SKIP_TOO_DEEP = 1 << 7,  /* a folder below max_depth */
    LEUKO_SKIP_LOOP = 1 << 8,      /* a link to a folder that contains the link */
    LEUKO_SKIP_UNREADABLE = 1 << 9, /* the system refuses to list the folder, to look at the file */
    LEUKO_SKIP_LAYOUT = 1 << 10,    /* an image above the folders of images of its data set */
    LEUKO_SKIP_DEEPER = 1 << 11,    /* an image in a folder below those of its data set */
    LEUKO_SKIP_NOT_UTF8 = 1 << 12,  /* an image whose name is not UTF-8 */
    LEUKO_SKIP_NO_LABEL = 1 << 13,  /* an image whose name holds no label */
    LEUKO_SKIP_BROKEN = 1 << 14,    /* an image that cannot be decoded */
    LEUKO_SKIP_TOO_LONG = 1 << 15,  /* a path that is longer than the system allows */
    LEUKO_N_SKIP_REASONS = 16,

    LEUKO_SKIP_INCOMPLETE = LEUKO_SKIP_TOO_DEEP | LEUKO_SKIP_UNREADABLE /* images may be missing */
} LeukoSkipReason;

/* LEUKO_SKIP_HIDDEN or LEUKO_SKIP_SYSTEM by the name of a file or folder; else 0. */
LeukoSkipReason leuko_file_kind_by_owner(const char *name);

/* 0: an image, by its ending; a file without an ending, by its first bytes. Else
 * LEUKO_SKIP_COMPANION, LEUKO_SKIP_FOREIGN or LEUKO_SKIP_NOT_IMAGE.
 * path  of the regular file
 * what  out: with LEUKO_SKIP_FOREIGN "a DICOM file; export it as PNG or TIFF"; else NULL. New. */
LeukoSkipReason leuko_file_kind(const char *name, const char *path, gchar **what);
