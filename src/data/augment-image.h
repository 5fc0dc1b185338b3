/* data/augment-image.h: write the augmented files of one image. */
#pragma once
#include "image/augment.h"
#include "leuko/folder.h"
#include <gio/gio.h>

/* The files that are made of an image NAME.jpg; NAME.jpg itself is always written, resized. */
typedef enum {
    LEUKO_AUGMENT_GRAY = 1 << 0,      /* Gray-NAME.jpg */
    LEUKO_AUGMENT_HIST = 1 << 1,      /* Hist-NAME.jpg */
    LEUKO_AUGMENT_FLIP = 1 << 2,      /* Hor-NAME.jpg and Ver-NAME.jpg */
    LEUKO_AUGMENT_BLUR = 1 << 3,      /* Gaus-NAME.jpg */
    LEUKO_AUGMENT_TRANSLATE = 1 << 4, /* Trans-NAME.jpg */
    LEUKO_AUGMENT_SHEARED = 1 << 5,   /* Shear-NAME.jpg */
    LEUKO_AUGMENT_ROTATE = 1 << 6,    /* DEGREES-INDEX-NAME.jpg, INDEX from 0 */
    LEUKO_AUGMENT_ALL = (1 << 7) - 1
} LeukoAugmentOps;

typedef struct {
    guint ops;         /* a set of LeukoAugmentOps */
    guint n_rotations; /* 1 to 360; angles -179 to 180 degrees, all different */
    guint side_px;     /* 16 to 4096: every image is first resized to side_px x side_px */
    gboolean has_border;
    guint8 border[3]; /* color of pixels from outside the image, used if has_border; else the
                         background of each image */
    int quality;      /* of the JPEG files, 1 to 100 */
    guint n_threads;  /* at least 1 */
    gboolean skip_unreadable; /* skip unreadable images (each is reported) instead of stopping */
    guint64 seed;
    LeukoFolderOptions folder; /* how a folder of images is read; classes are not needed */
} LeukoAugmentOptions;

/* As the original program: all operations, 20 rotations, 299 px, quality 95, seed 50 */
LeukoAugmentOptions leuko_augment_options_default(void);

/* FALSE with LEUKO_ERROR_ARGUMENT if a number is out of range. */
gboolean leuko_augment_options_check(const LeukoAugmentOptions *options, GError **error);

/* One image and its files. */
typedef struct {
    const char *in_dir, *out_dir;
    const char *path;   /* of the image, below in_dir */
    const char *folder; /* of its files, below out_dir: "" or "class/" */
    const char *base;   /* NAME: the name of its files without prefix and ".jpg" */
    const LeukoAugmentOptions *options;
    GCancellable *cancellable; /* may be NULL */
    GString *rows;             /* output: a row of augment.csv for each file is appended */
    guint n_files;             /* output: files written */
    gboolean is_unreadable;    /* output: the image could not be read or decoded */
} LeukoAugmentImage;

/* Decode the image, resize it and write its files, which must not exist yet. The folder exists.
 * JPEGs are 4:2:0 as OpenCV writes them; gray ones have one channel. The bytes depend on the
 * options and on `path` alone: angles are drawn from the seed and `path`.
 * Errors: as leuko_image_load(); LEUKO_ERROR_IO; LEUKO_ERROR_CANCELLED. */
gboolean leuko_augment_image(LeukoAugmentImage *image, GError **error);
