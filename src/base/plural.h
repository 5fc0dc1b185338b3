/* base/plural.h: the noun after a number in a message: "1 image", "2 images".
 *
 *     cli_print("%u %s", n, LEUKO_PLURAL(n, "image"));
 *     cli_print("%u %s", n, leuko_plural(n, "class", "classes"));
 */
#pragma once
#include <glib.h>

/* `one` or `many`, as the number before it requires. */
static inline const char *leuko_plural(guint64 n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

/* A noun whose plural ends in a plain s. */
#define LEUKO_PLURAL(n, noun) leuko_plural((guint64)(n), noun, noun "s")
