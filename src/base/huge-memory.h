/* base/huge-memory.h: memory for large tables that are read at random places.
 *
 * Such reads spend most of their time finding the page, so the system is asked for pages of 2 MiB
 * (a hint: where it has none to give, only the speed differs). */
#pragma once
#include <glib.h>

/* n_bytes of memory set to 0; free with leuko_huge_free(). Like g_malloc(), it does not return if
 * there is no memory. */
gpointer leuko_huge_new0(gsize n_bytes);
void leuko_huge_free(gpointer memory); /* NULL does nothing */
