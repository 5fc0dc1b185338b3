/* image/content.h: what a file is that no decoder reads, by its first bytes. */
#pragma once
#include <glib.h>

typedef struct {
    const char *what;   /* "a DICOM file"; static */
    const char *advice; /* what to do, or NULL; static */
} ImageContent;

/* Name the content of a file of 1 byte or more. What is not known is "text" or "unknown bytes". */
ImageContent image_content(const guint8 *bytes, gsize n_bytes);
