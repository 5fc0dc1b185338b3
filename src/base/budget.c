#undef G_LOG_DOMAIN
#define G_LOG_DOMAIN "leuko-budget"
#include "base/budget.h"
#include "base/error.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum { MALLOC_BYTES = 16, STEP_BYTES = 8 }; /* malloc()'s own share of each allocation */

void leuko_budget_start(LeukoBudget *b, const char *name, guint64 n_bytes)
{
    guint64 n = MIN(n_bytes, G_MAXUINT64 / 256); /* nothing overflows */
    *b = (LeukoBudget){.name = name,
                       .n_bytes = n,
                       .cancellable = g_cancellable_get_current(),
                       .most_heap = n * LEUKO_BUDGET_HEAP_PER_BYTE + LEUKO_BUDGET_HEAP_START,
                       .most_steps = n * LEUKO_BUDGET_STEPS_PER_BYTE + LEUKO_BUDGET_STEPS_START};
}

void leuko_budget_end(LeukoBudget *b)
{
    if (b->name)
        g_debug("%s: size %" G_GUINT64_FORMAT ", heap %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                ", steps %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                b->name, b->n_bytes, b->peak_heap, b->most_heap, b->steps, b->most_steps);
    b->name = NULL;
}

gboolean leuko_budget_heap(LeukoBudget *b, guint64 n_bytes)
{
    if (leuko_budget_is_spent(b))
        return FALSE;
    b->heap += MIN(n_bytes, b->most_heap + 1);
    if (b->heap > b->most_heap)
        return FALSE;
    b->peak_heap = MAX(b->peak_heap, b->heap);
    return TRUE;
}

void leuko_budget_give_back(LeukoBudget *b, guint64 n_bytes)
{
    if (!leuko_budget_is_spent(b)) /* the reason of the failure stays */
        b->heap -= MIN(n_bytes, b->heap);
}

gboolean leuko_budget_steps(LeukoBudget *b, guint64 n)
{
    if (leuko_budget_is_spent(b))
        return FALSE;
    b->steps += MIN(n, b->most_steps + 1);
    return b->steps <= b->most_steps;
}

gboolean leuko_budget_is_spent(const LeukoBudget *b)
{
    return b->heap > b->most_heap || b->steps > b->most_steps || b->no_memory ||
           g_cancellable_is_cancelled(b->cancellable);
}

/* Draw an allocation and the steps of filling it. */
static gboolean draw(LeukoBudget *b, gsize n_bytes)
{
    return leuko_budget_steps(b, 1 + n_bytes / STEP_BYTES) &&
           leuko_budget_heap(b, (guint64)n_bytes + MALLOC_BYTES);
}

static gpointer got(LeukoBudget *b, gpointer p)
{
    b->no_memory |= !p;
    return p;
}

gpointer leuko_budget_alloc(LeukoBudget *b, gsize n_bytes)
{
    return draw(b, n_bytes) ? got(b, malloc(MAX(n_bytes, 1))) : NULL;
}

gpointer leuko_budget_resize(LeukoBudget *b, gpointer old, gsize old_bytes, gsize n_bytes)
{
    /* both exist while the bytes are copied */
    gpointer p = draw(b, n_bytes) ? got(b, realloc(old, MAX(n_bytes, 1))) : NULL;
    if (p && old)
        leuko_budget_give_back(b, (guint64)old_bytes + MALLOC_BYTES);
    return p;
}

gboolean leuko_budget_fail(const LeukoBudget *b, GError **error)
{
    g_assert(leuko_budget_is_spent(b));
    if (leuko_is_cancelled(b->cancellable, error))
        return FALSE;
    if (b->no_memory)
        return leuko_fail(LEUKO_ERROR_MEMORY, error,
                          "%s: no memory to read it (%.1f MiB are in use for it)", b->name,
                          (double)b->heap / (1 << 20));
    if (b->heap > b->most_heap)
        return leuko_fail_format(
            b->name, error,
            "reading it would take more than %.1f MiB of memory, which files of %.1f MiB never "
            "need: damaged, or made to exhaust memory",
            (double)b->most_heap / (1 << 20), (double)b->n_bytes / (1 << 20));
    return leuko_fail_format(b->name, error,
                             "reading it would take more than %.0f steps, which files of %.1f MiB "
                             "never need: damaged, or "
                             "made to waste time",
                             (double)b->most_steps, (double)b->n_bytes / (1 << 20));
}

/* --- protobuf ------------------------------------------------------------------------------- */

/* What malloc() spent on an allocation; protobuf-c does not tell its size when it is freed. */
static gsize spent_on(gpointer p) { return malloc_usable_size(p) + MALLOC_BYTES; }

static void *message_alloc(void *user, size_t n)
{
    LeukoBudget *b = user;
    gpointer p = leuko_budget_alloc(b, n);
    if (p)
        b->heap += spent_on(p) - (n + MALLOC_BYTES);
    return p;
}

static void message_free(void *user, void *p)
{
    if (p)
        leuko_budget_give_back(user, spent_on(p));
    free(p);
}

gpointer leuko_budget_unpack(LeukoBudget *b, const ProtobufCMessageDescriptor *kind, gsize n,
                             gconstpointer bytes)
{
    ProtobufCAllocator allocator = {message_alloc, message_free, b};
    if (!leuko_budget_steps(b, n))
        return NULL;
    ProtobufCMessage *message =
        protobuf_c_message_unpack(kind, &allocator, n, bytes ? bytes : (gconstpointer) "");
    if (message && leuko_budget_is_spent(b)) {
        protobuf_c_message_free_unpacked(message, NULL);
        return NULL;
    }
    return message;
}

/* --- memory in blocks ----------------------------------------------------------------------- */

enum { FIRST_BLOCK = 1024, LARGEST_BLOCK = 1 << 20 };

typedef struct Block Block;
struct Block {
    Block *before;
    gsize n_bytes, n_used;
    guint64 bytes[];
};

struct LeukoPile {
    Block *last;
};

LeukoPile *leuko_pile_new(void) { return g_new0(LeukoPile, 1); }

static gboolean add_block(LeukoPile *pile, LeukoBudget *b, gsize least)
{
    gsize usual = pile->last ? MIN(2 * pile->last->n_bytes, LARGEST_BLOCK) : FIRST_BLOCK;
    gsize n_bytes = MAX(least, usual);
    Block *block = leuko_budget_alloc(b, sizeof *block + n_bytes);
    if (!block)
        return FALSE;
    *block = (Block){.before = pile->last, .n_bytes = n_bytes};
    memset(block->bytes, 0, n_bytes);
    pile->last = block;
    return TRUE;
}

gpointer leuko_pile_take(LeukoPile *pile, LeukoBudget *b, gsize n_bytes)
{
    if (n_bytes > G_MAXSSIZE)
        n_bytes = G_MAXSSIZE; /* more than any budget */
    gsize n = (MAX(n_bytes, 1) + 7) & ~(gsize)7;
    if (!leuko_budget_steps(b, 1))
        return NULL;
    if ((!pile->last || n > pile->last->n_bytes - pile->last->n_used) && !add_block(pile, b, n))
        return NULL;
    guint8 *p = (guint8 *)pile->last->bytes + pile->last->n_used;
    pile->last->n_used += n;
    return p;
}

gchar *leuko_pile_text(LeukoPile *pile, LeukoBudget *b, gconstpointer text, gsize n_bytes)
{
    gchar *copy = leuko_pile_take(pile, b, n_bytes + 1);
    if (copy && n_bytes > 0)
        memcpy(copy, text, n_bytes);
    return copy;
}

void leuko_pile_free(LeukoPile *pile)
{
    if (!pile)
        return;
    for (Block *block = pile->last, *before; block; block = before) {
        before = block->before;
        g_free(block);
    }
    g_free(pile);
}
