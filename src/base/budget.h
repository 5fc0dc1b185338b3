/* base/budget.h: the accountant of every reader: heap and steps in proportion to what is read.
 *
 * A small file can name much: a pickle of 90 KB asked for 3.2 GB, an index of 640 KB for 400 GB of
 * checksums. So a reader draws each allocation and each step from a budget that its file's size
 * pays for:
 *   heap   LEUKO_BUDGET_HEAP_PER_BYTE for each byte of the file, and LEUKO_BUDGET_HEAP_START
 *   steps  LEUKO_BUDGET_STEPS_PER_BYTE for each byte of the file, and LEUKO_BUDGET_STEPS_START;
 *          a step is one item, comparison or visit, or 8 bytes that are copied, cleared or summed
 * The mapped file itself is not counted. Real models use 1 to 5 bytes of heap for each byte.
 *
 *   LeukoBudget budget;
 *   leuko_budget_start(&budget, path, n_bytes);
 *   values = leuko_budget_alloc(&budget, n * sizeof *values);
 *   if (!values)
 *       return leuko_budget_fail(&budget, error);
 *   ...
 *   leuko_budget_end(&budget);
 *
 * A reader ends also when the thread's GCancellable (g_cancellable_push_current()) is cancelled:
 * each draw looks at it, so that Ctrl-C ends the reading of a large file.
 *
 * Errors: leuko_budget_fail(), after a function has returned FALSE or NULL.
 * Threads: one budget, one thread at a time.
 */
#pragma once
#include <gio/gio.h>
#include <protobuf-c/protobuf-c.h>

enum {
    LEUKO_BUDGET_HEAP_PER_BYTE = 16,
    LEUKO_BUDGET_HEAP_START = 8 << 20,
    LEUKO_BUDGET_STEPS_PER_BYTE = 64,
    LEUKO_BUDGET_STEPS_START = 1 << 22
};

typedef struct {
    const char *name; /* of the file, in messages; borrowed */
    guint64 n_bytes;  /* of the file */
    guint64 heap, peak_heap, most_heap;
    guint64 steps, most_steps;
    gboolean no_memory;        /* the system had no memory, though the budget had */
    GCancellable *cancellable; /* of the thread at the start, borrowed; NULL: none */
} LeukoBudget;

void leuko_budget_start(LeukoBudget *budget, const char *name, guint64 n_bytes);
/* End the reading: with G_MESSAGES_DEBUG=leuko-budget, what was used is told on stderr. */
void leuko_budget_end(LeukoBudget *budget);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoBudget, leuko_budget_end)

/* Draw n bytes that another library or a GLib container will allocate; give back what was freed.
 * FALSE: the file cannot pay for it. */
gboolean leuko_budget_heap(LeukoBudget *budget, guint64 n_bytes);
void leuko_budget_give_back(LeukoBudget *budget, guint64 n_bytes);
/* Draw n steps. */
gboolean leuko_budget_steps(LeukoBudget *budget, guint64 n);
/* Draw and allocate. The bytes are not cleared; g_free(), and leuko_budget_give_back() if the
 * budget is still used. NULL: the budget or the system has no more. */
gpointer leuko_budget_alloc(LeukoBudget *budget, gsize n_bytes);
/* Resize an allocation of old_bytes. NULL: no more, and `old` is as it was. */
gpointer leuko_budget_resize(LeukoBudget *budget, gpointer old, gsize old_bytes, gsize n_bytes);

/* Set the error of the draw that failed: LEUKO_ERROR_FORMAT (more than the file pays for),
 * LEUKO_ERROR_MEMORY (the system has no more) or LEUKO_ERROR_CANCELLED. Always FALSE. */
gboolean leuko_budget_fail(const LeukoBudget *budget, GError **error);

/* Unpack a protobuf message of n bytes; all its memory is drawn. Free it with the message's own
 * function. NULL: the bytes are not such a message, or leuko_budget_is_spent(). */
gpointer leuko_budget_unpack(LeukoBudget *budget, const ProtobufCMessageDescriptor *kind, gsize n,
                             gconstpointer bytes);
/* TRUE if a draw has failed. */
gboolean leuko_budget_is_spent(const LeukoBudget *budget);

/* --- memory in blocks ----------------------------------------------------------------------- */

/* Many small pieces that are freed together, without malloc()'s 16 bytes for each. */
typedef struct LeukoPile LeukoPile;

LeukoPile *leuko_pile_new(void);
/* n zero bytes, aligned to 8, drawn from the budget. NULL: no more. */
gpointer leuko_pile_take(LeukoPile *pile, LeukoBudget *budget, gsize n_bytes);
/* A copy of n bytes with a NUL behind them. */
gchar *leuko_pile_text(LeukoPile *pile, LeukoBudget *budget, gconstpointer text, gsize n_bytes);
void leuko_pile_free(LeukoPile *pile); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPile, leuko_pile_free)
