#include "cli/suggest.h"
#include <string.h>

enum { MAX_LETTERS = 63 }; /* longer words are cut: no command or option is as long */

/* The number of letters to insert, remove, replace or swap with the next letter to turn `a` into
 * `b`. Source: optimal string alignment distance, Boytsov 2011, ACM Journal of Experimental
 * Algorithmics 16. */
static guint word_distance(const char *a, const char *b)
{
    guint n = (guint)MIN(strlen(a), MAX_LETTERS), m = (guint)MIN(strlen(b), MAX_LETTERS);
    guint d[MAX_LETTERS + 1][MAX_LETTERS + 1]; /* d[i][j]: between the first i and j letters */

    for (guint i = 0; i <= n; i++)
        d[i][0] = i;
    for (guint j = 0; j <= m; j++)
        d[0][j] = j;
    for (guint i = 1; i <= n; i++)
        for (guint j = 1; j <= m; j++) {
            guint replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0);
            d[i][j] = MIN(MIN(d[i - 1][j] + 1, d[i][j - 1] + 1), replaced);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *cli_nearest_word(const char *typed, const char *const *words)
{
    const char *nearest = NULL;
    guint least = (guint)MAX(strlen(typed) / 3, 1) + 1;
    for (guint i = 0; words[i]; i++) {
        guint distance = word_distance(typed, words[i]);
        if (distance < least) {
            least = distance;
            nearest = words[i];
        }
    }
    return nearest;
}
