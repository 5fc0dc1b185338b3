/* leuko/error.h: the one error domain.
 *
 * A function that can fail takes a GError ** last. On failure it returns FALSE or NULL and sets one
 * of these codes with a message of one line: what is wrong and where (file, record, byte offset,
 * tensor, shapes).
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_ERROR_ARGUMENT,    /* a value given by the caller is out of its documented range */
    LEUKO_ERROR_IO,          /* the system could not open, read, write, map or rename a file */
    LEUKO_ERROR_FORMAT,      /* a file's bytes are not what its format requires */
    LEUKO_ERROR_UNSUPPORTED, /* valid, but Leuko or this processor does not support it */
    LEUKO_ERROR_DATA,        /* the data set does not allow the job: one class, too few groups */
    LEUKO_ERROR_MEMORY,      /* not enough memory for a large buffer */
    LEUKO_ERROR_CANCELLED,   /* the caller cancelled the GCancellable */
    LEUKO_ERROR_GATE,        /* the output was written, but its accuracy is outside the limits */
    LEUKO_ERROR_AMBIGUOUS,   /* the folders of a data set can be read in two ways; the message names
                                both and asks for a layout */
} LeukoErrorCode;

#define LEUKO_ERROR (leuko_error_quark())
GQuark leuko_error_quark(void);

G_END_DECLS
