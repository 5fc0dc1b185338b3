#include "formats/torch/pickle-machine.h"
#include <string.h>

LeukoPickleValue *leuko_pickle_new_value(LeukoPickleMachine *m, LeukoPickleKind kind)
{
    LeukoPickleValue *v = g_new0(LeukoPickleValue, 1);
    v->kind = kind;
    g_ptr_array_add(m->pickle->values, v);
    return v;
}

LeukoPickleValue *leuko_pickle_push(LeukoPickleMachine *m, LeukoPickleKind kind)
{
    LeukoPickleValue *v = leuko_pickle_new_value(m, kind);
    g_ptr_array_add(m->stack, v);
    return v;
}

gboolean leuko_pickle_push_int(LeukoPickleMachine *m, gint64 integer)
{
    leuko_pickle_push(m, LEUKO_PICKLE_INT)->integer = integer;
    return TRUE;
}

LeukoPickleValue *leuko_pickle_peek(const LeukoPickleMachine *m)
{
    return m->stack->len > 0 ? m->stack->pdata[m->stack->len - 1] : NULL;
}

LeukoPickleValue *leuko_pickle_pop(LeukoPickleMachine *m)
{
    LeukoPickleValue *v = leuko_pickle_peek(m);
    if (v)
        g_ptr_array_set_size(m->stack, (gint)m->stack->len - 1);
    return v;
}

/* Index after the last mark, or 0 if there is no mark. */
static guint last_mark(const LeukoPickleMachine *m)
{
    for (guint i = m->stack->len; i > 0; i--)
        if (!m->stack->pdata[i - 1])
            return i;
    return 0;
}

/* --- the bytes ------------------------------------------------------------------------------ */

const guint8 *leuko_pickle_take(LeukoPickleMachine *m, gsize n)
{
    if (n > m->n_bytes - m->at)
        return NULL;
    m->at += n;
    return m->bytes + m->at - n;
}

gboolean leuko_pickle_take_uint(LeukoPickleMachine *m, guint n, guint64 *out)
{
    const guint8 *p = leuko_pickle_take(m, n);
    *out = 0;
    for (guint i = 0; p && i < n; i++)
        *out |= (guint64)p[i] << (8 * i);
    return p != NULL;
}

gboolean leuko_pickle_push_text(LeukoPickleMachine *m, guint length_bytes)
{
    guint64 n;
    if (!leuko_pickle_take_uint(m, length_bytes, &n) || n > m->n_bytes - m->at)
        return FALSE;
    LeukoPickleValue *v = leuko_pickle_push(m, LEUKO_PICKLE_TEXT);
    v->n_text = (gsize)n;
    v->text = g_strndup((const char *)leuko_pickle_take(m, (gsize)n), (gsize)n);
    return TRUE;
}

/* PyTorch writes one integer of more than 8 bytes, the magic number of a legacy file, of which
 * legacy.c compares the lowest 8. */
gboolean leuko_pickle_push_long(LeukoPickleMachine *m, guint length_bytes)
{
    guint64 n, integer = 0;
    if (!leuko_pickle_take_uint(m, length_bytes, &n) || n > m->n_bytes - m->at)
        return FALSE;
    const guint8 *p = leuko_pickle_take(m, (gsize)n);
    for (gsize i = 0; i < 8; i++) {
        guint64 byte = i < n ? p[i] : n > 0 && (p[n - 1] & 0x80) ? 0xff : 0;
        integer |= byte << (8 * i);
    }
    return leuko_pickle_push_int(m, (gint64)integer);
}

gchar *leuko_pickle_take_line(LeukoPickleMachine *m)
{
    const guint8 *end = memchr(m->bytes + m->at, '\n', m->n_bytes - m->at);
    if (!end)
        return NULL;
    gchar *line = g_strndup((const char *)m->bytes + m->at, (gsize)(end - m->bytes) - m->at);
    m->at = (gsize)(end - m->bytes) + 1;
    return line;
}

/* --- containers ----------------------------------------------------------------------------- */

gboolean leuko_pickle_append(LeukoPickleMachine *m, LeukoPickleValue *to, LeukoPickleValue *item)
{
    if (++m->n_items > m->n_bytes)
        return FALSE;
    if (!to->items)
        to->items = g_ptr_array_new();
    g_ptr_array_add(to->items, item);
    return TRUE;
}

/* Append the values of the stack above index `from`, and remove them from the stack. */
static gboolean move_values(LeukoPickleMachine *m, guint from, LeukoPickleValue *to)
{
    gboolean good = TRUE;
    for (guint i = from; good && i < m->stack->len; i++)
        good = m->stack->pdata[i] && leuko_pickle_append(m, to, m->stack->pdata[i]);
    g_ptr_array_set_size(m->stack, (gint)from);
    return good;
}

gboolean leuko_pickle_list_marked(LeukoPickleMachine *m)
{
    guint from = last_mark(m);
    if (from == 0)
        return FALSE;
    LeukoPickleValue *list = leuko_pickle_new_value(m, LEUKO_PICKLE_LIST);
    if (!move_values(m, from, list))
        return FALSE;
    m->stack->pdata[from - 1] = list;
    return TRUE;
}

gboolean leuko_pickle_list_last(LeukoPickleMachine *m, guint n)
{
    if (m->stack->len < n)
        return FALSE;
    LeukoPickleValue *list = leuko_pickle_new_value(m, LEUKO_PICKLE_LIST);
    if (!move_values(m, m->stack->len - n, list))
        return FALSE;
    g_ptr_array_add(m->stack, list);
    return TRUE;
}

static gboolean add_items(LeukoPickleMachine *m, guint from, gboolean pairs)
{
    if (from == 0 || (pairs && (m->stack->len - from) % 2 != 0))
        return FALSE;
    LeukoPickleValue *to = m->stack->pdata[from - 1];
    if (to && to->kind == (pairs ? LEUKO_PICKLE_DICT : LEUKO_PICKLE_LIST))
        return move_values(m, from, to);
    g_ptr_array_set_size(m->stack, (gint)from);
    return to && (to->kind == LEUKO_PICKLE_INERT || to->kind == LEUKO_PICKLE_OPAQUE);
}

gboolean leuko_pickle_add_marked(LeukoPickleMachine *m, gboolean pairs)
{
    guint from = last_mark(m);
    if (from == 0)
        return FALSE;
    g_ptr_array_remove_index(m->stack, from - 1);
    return add_items(m, from - 1, pairs);
}

gboolean leuko_pickle_add_last(LeukoPickleMachine *m, guint n, gboolean pairs)
{
    return m->stack->len > n && add_items(m, m->stack->len - n, pairs);
}

gboolean leuko_pickle_drop_marked(LeukoPickleMachine *m)
{
    guint from = last_mark(m);
    if (from > 0)
        g_ptr_array_set_size(m->stack, (gint)from - 1);
    return from > 0;
}

gboolean leuko_pickle_memo_put(LeukoPickleMachine *m, guint64 number)
{
    LeukoPickleValue *v = leuko_pickle_peek(m);
    if (v)
        g_hash_table_insert(m->memo, GUINT_TO_POINTER((guint)number), v);
    return v != NULL;
}

gboolean leuko_pickle_memo_get(LeukoPickleMachine *m, guint64 number)
{
    LeukoPickleValue *v = g_hash_table_lookup(m->memo, GUINT_TO_POINTER((guint)number));
    if (v)
        g_ptr_array_add(m->stack, v);
    return v != NULL;
}
