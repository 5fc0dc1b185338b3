#include "formats/torch/pickle-machine.h"
#include <string.h>

/* Make room for `n` values. New places are NULL. */
static gboolean make_room(LeukoPickleMachine *m, LeukoPickleArray *a, gsize n)
{
    gsize n_room = MAX(MAX(n, 2 * a->n_room), 64);
    if (n <= a->n_room)
        return TRUE;
    gpointer values = leuko_budget_resize(&m->budget, a->values, a->n_room * sizeof *a->values,
                                          n_room * sizeof *a->values);
    if (!values)
        return FALSE;
    a->values = values;
    memset(a->values + a->n_room, 0, (n_room - a->n_room) * sizeof *a->values);
    a->n_room = n_room;
    return TRUE;
}

gboolean leuko_pickle_push_value(LeukoPickleMachine *m, const LeukoPickleValue *value)
{
    if (!make_room(m, &m->stack, m->stack.n + 1))
        return FALSE;
    m->stack.values[m->stack.n++] = (LeukoPickleValue *)value;
    return TRUE;
}

LeukoPickleValue *leuko_pickle_new_value(LeukoPickleMachine *m, LeukoPickleKind kind)
{
    LeukoPickleValue *v = leuko_pile_take(m->pickle->pile, &m->budget, sizeof *v);
    if (v)
        v->kind = kind;
    return v;
}

LeukoPickleValue *leuko_pickle_push(LeukoPickleMachine *m, LeukoPickleKind kind)
{
    LeukoPickleValue *v = leuko_pickle_new_value(m, kind);
    return v && leuko_pickle_push_value(m, v) ? v : NULL;
}

gboolean leuko_pickle_push_int(LeukoPickleMachine *m, gint64 integer)
{
    LeukoPickleValue *v = leuko_pickle_push(m, LEUKO_PICKLE_INT);
    if (v)
        v->integer = integer;
    return v != NULL;
}

LeukoPickleValue *leuko_pickle_peek(const LeukoPickleMachine *m)
{
    return m->stack.n > 0 ? m->stack.values[m->stack.n - 1] : NULL;
}

LeukoPickleValue *leuko_pickle_pop(LeukoPickleMachine *m)
{
    LeukoPickleValue *v = leuko_pickle_peek(m);
    m->stack.n -= v ? 1 : 0;
    return v;
}

/* Index after the last mark, or 0 if there is no mark. */
static gsize last_mark(const LeukoPickleMachine *m)
{
    for (gsize i = m->stack.n; i > 0; i--)
        if (!m->stack.values[i - 1])
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
    if (!v)
        return FALSE;
    v->n_text = (gsize)n;
    v->text =
        leuko_pile_text(m->pickle->pile, &m->budget, leuko_pickle_take(m, v->n_text), v->n_text);
    return v->text != NULL;
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

gboolean leuko_pickle_append(LeukoPickleMachine *m, LeukoPickleValue *to,
                             const LeukoPickleValue *item)
{
    if (++m->n_items > m->n_bytes || !leuko_budget_steps(&m->budget, 1))
        return FALSE;
    if (to->n_items == to->n_room) {
        guint n_room = MAX(4, 2 * to->n_room);
        gpointer items = leuko_pile_take(m->pickle->pile, &m->budget, n_room * sizeof *to->items);
        if (!items)
            return FALSE;
        if (to->n_items > 0)
            memcpy(items, to->items, to->n_items * sizeof *to->items);
        to->items = items;
        to->n_room = n_room;
    }
    to->items[to->n_items++] = item;
    return TRUE;
}

/* Append the values of the stack above index `from`, and remove them from the stack. */
static gboolean move_values(LeukoPickleMachine *m, gsize from, LeukoPickleValue *to)
{
    gboolean good = TRUE;
    for (gsize i = from; good && i < m->stack.n; i++)
        good = m->stack.values[i] && leuko_pickle_append(m, to, m->stack.values[i]);
    m->stack.n = from;
    return good;
}

gboolean leuko_pickle_list_marked(LeukoPickleMachine *m)
{
    gsize from = last_mark(m);
    LeukoPickleValue *list = from > 0 ? leuko_pickle_new_value(m, LEUKO_PICKLE_LIST) : NULL;
    if (!list || !move_values(m, from, list))
        return FALSE;
    m->stack.values[from - 1] = list;
    return TRUE;
}

gboolean leuko_pickle_list_last(LeukoPickleMachine *m, guint n)
{
    LeukoPickleValue *list = m->stack.n >= n ? leuko_pickle_new_value(m, LEUKO_PICKLE_LIST) : NULL;
    return list && move_values(m, m->stack.n - n, list) && leuko_pickle_push_value(m, list);
}

static gboolean add_items(LeukoPickleMachine *m, gsize from, gboolean pairs)
{
    if (from == 0 || (pairs && (m->stack.n - from) % 2 != 0))
        return FALSE;
    LeukoPickleValue *to = m->stack.values[from - 1];
    if (to && to->kind == (pairs ? LEUKO_PICKLE_DICT : LEUKO_PICKLE_LIST))
        return move_values(m, from, to);
    m->stack.n = from;
    return to && (to->kind == LEUKO_PICKLE_INERT || to->kind == LEUKO_PICKLE_OPAQUE);
}

gboolean leuko_pickle_add_marked(LeukoPickleMachine *m, gboolean pairs)
{
    gsize from = last_mark(m);
    if (from == 0)
        return FALSE;
    m->stack.n--;
    memmove(m->stack.values + from - 1, m->stack.values + from,
            (m->stack.n - (from - 1)) * sizeof *m->stack.values);
    return add_items(m, from - 1, pairs);
}

gboolean leuko_pickle_add_last(LeukoPickleMachine *m, guint n, gboolean pairs)
{
    return m->stack.n > n && add_items(m, m->stack.n - n, pairs);
}

gboolean leuko_pickle_drop_marked(LeukoPickleMachine *m)
{
    gsize from = last_mark(m);
    if (from > 0)
        m->stack.n = from - 1;
    return from > 0;
}

/* Python numbers the memo from 0, without gaps. */
gboolean leuko_pickle_memo_put(LeukoPickleMachine *m, guint64 number)
{
    LeukoPickleValue *v = leuko_pickle_peek(m);
    if (!v || number >= m->n_bytes || !make_room(m, &m->memo, (gsize)number + 1))
        return FALSE;
    m->n_memo += m->memo.values[number] ? 0 : 1;
    m->memo.values[number] = v;
    return TRUE;
}

gboolean leuko_pickle_memo_get(LeukoPickleMachine *m, guint64 number)
{
    const LeukoPickleValue *v = number < m->memo.n_room ? m->memo.values[number] : NULL;
    return v && leuko_pickle_push_value(m, v);
}
