/* image/content.h: what a file is that no decoder reads, by its first bytes or by its name. */
#pragma once
#include <glib.h>

typedef struct {
    const char *what;   /* "a DICOM file"; static */
    const char *advice; /* what to do, or NULL; static */
    gboolean is_image;  /* an image or a video in a format that is not read */
} ImageContent;

enum { IMAGE_CONTENT_HEAD = 512 }; /* bytes of a file that are enough for image_content() */

/* Name the content of a file of 1 byte or more. What is not known is "text" or "unknown bytes". */
ImageContent image_content(const guint8 *bytes, gsize n_bytes);

/* The image format that usually has the ending ("dcm", in any case); `what` is NULL for others. */
ImageContent image_content_by_ending(const char *ending);
