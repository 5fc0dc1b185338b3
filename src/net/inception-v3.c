#include "net/inception-v3.h"

/* clang-format off */
#define CONV(name, from, kh, kw, stride, pad, channels, endpoint) \
    {LEUKO_LAYER_CONV, name, LEUKO_FROM_##from, kh, kw, stride, pad, channels, endpoint}
#define MAX_POOL(name, from, endpoint) \
    {LEUKO_LAYER_MAX_POOL, name, LEUKO_FROM_##from, 3, 3, 2, VALID, 0, endpoint}
#define AVG_POOL(name) \
    {LEUKO_LAYER_AVG_POOL, name, LEUKO_FROM_BLOCK, 3, 3, 1, SAME, 0, NULL}
#define JOIN(name, endpoint) \
    {LEUKO_LAYER_CONCAT, name, LEUKO_FROM_JOIN, 1, 1, 1, VALID, 0, endpoint}
#define VALID FALSE
#define SAME TRUE

const LeukoInceptionRow leuko_inception_v3[] = {
    CONV("Conv2d_1a_3x3",                       PREV,    3, 3, 2, VALID,  32, "Conv2d_1a_3x3"),
    CONV("Conv2d_2a_3x3",                       PREV,    3, 3, 1, VALID,  32, "Conv2d_2a_3x3"),
    CONV("Conv2d_2b_3x3",                       PREV,    3, 3, 1, SAME,   64, "Conv2d_2b_3x3"),
    MAX_POOL("MaxPool_3a_3x3", PREV, "MaxPool_3a_3x3"),
    CONV("Conv2d_3b_1x1",                       PREV,    1, 1, 1, VALID,  80, "Conv2d_3b_1x1"),
    CONV("Conv2d_4a_3x3",                       PREV,    3, 3, 1, VALID, 192, "Conv2d_4a_3x3"),
    MAX_POOL("MaxPool_5a_3x3", PREV, "MaxPool_5a_3x3"),

    CONV("Mixed_5b/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_5b/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   48, NULL),
    CONV("Mixed_5b/Branch_1/Conv2d_0b_5x5",     PREV,    5, 5, 1, SAME,   64, NULL),
    CONV("Mixed_5b/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_5b/Branch_2/Conv2d_0b_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    CONV("Mixed_5b/Branch_2/Conv2d_0c_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    AVG_POOL("Mixed_5b/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_5b/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,   32, NULL),
    JOIN("Mixed_5b/concat", "Mixed_5b"),

    CONV("Mixed_5c/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_5c/Branch_1/Conv2d_0b_1x1",     BLOCK,   1, 1, 1, SAME,   48, NULL),
    CONV("Mixed_5c/Branch_1/Conv_1_0c_5x5",     PREV,    5, 5, 1, SAME,   64, NULL),
    CONV("Mixed_5c/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_5c/Branch_2/Conv2d_0b_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    CONV("Mixed_5c/Branch_2/Conv2d_0c_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    AVG_POOL("Mixed_5c/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_5c/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,   64, NULL),
    JOIN("Mixed_5c/concat", "Mixed_5c"),

    CONV("Mixed_5d/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_5d/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   48, NULL),
    CONV("Mixed_5d/Branch_1/Conv2d_0b_5x5",     PREV,    5, 5, 1, SAME,   64, NULL),
    CONV("Mixed_5d/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_5d/Branch_2/Conv2d_0b_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    CONV("Mixed_5d/Branch_2/Conv2d_0c_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    AVG_POOL("Mixed_5d/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_5d/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,   64, NULL),
    JOIN("Mixed_5d/concat", "Mixed_5d"),

    CONV("Mixed_6a/Branch_0/Conv2d_1a_1x1",     BLOCK,   3, 3, 2, VALID, 384, NULL),
    CONV("Mixed_6a/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,   64, NULL),
    CONV("Mixed_6a/Branch_1/Conv2d_0b_3x3",     PREV,    3, 3, 1, SAME,   96, NULL),
    CONV("Mixed_6a/Branch_1/Conv2d_1a_1x1",     PREV,    3, 3, 2, VALID,  96, NULL),
    MAX_POOL("Mixed_6a/Branch_2/MaxPool_1a_3x3", BLOCK, NULL),
    JOIN("Mixed_6a/concat", "Mixed_6a"),

    CONV("Mixed_6b/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6b/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  128, NULL),
    CONV("Mixed_6b/Branch_1/Conv2d_0b_1x7",     PREV,    1, 7, 1, SAME,  128, NULL),
    CONV("Mixed_6b/Branch_1/Conv2d_0c_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6b/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  128, NULL),
    CONV("Mixed_6b/Branch_2/Conv2d_0b_7x1",     PREV,    7, 1, 1, SAME,  128, NULL),
    CONV("Mixed_6b/Branch_2/Conv2d_0c_1x7",     PREV,    1, 7, 1, SAME,  128, NULL),
    CONV("Mixed_6b/Branch_2/Conv2d_0d_7x1",     PREV,    7, 1, 1, SAME,  128, NULL),
    CONV("Mixed_6b/Branch_2/Conv2d_0e_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    AVG_POOL("Mixed_6b/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_6b/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,  192, NULL),
    JOIN("Mixed_6b/concat", "Mixed_6b"),

    CONV("Mixed_6c/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6c/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6c/Branch_1/Conv2d_0b_1x7",     PREV,    1, 7, 1, SAME,  160, NULL),
    CONV("Mixed_6c/Branch_1/Conv2d_0c_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6c/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6c/Branch_2/Conv2d_0b_7x1",     PREV,    7, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6c/Branch_2/Conv2d_0c_1x7",     PREV,    1, 7, 1, SAME,  160, NULL),
    CONV("Mixed_6c/Branch_2/Conv2d_0d_7x1",     PREV,    7, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6c/Branch_2/Conv2d_0e_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    AVG_POOL("Mixed_6c/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_6c/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,  192, NULL),
    JOIN("Mixed_6c/concat", "Mixed_6c"),

    CONV("Mixed_6d/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6d/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6d/Branch_1/Conv2d_0b_1x7",     PREV,    1, 7, 1, SAME,  160, NULL),
    CONV("Mixed_6d/Branch_1/Conv2d_0c_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6d/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6d/Branch_2/Conv2d_0b_7x1",     PREV,    7, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6d/Branch_2/Conv2d_0c_1x7",     PREV,    1, 7, 1, SAME,  160, NULL),
    CONV("Mixed_6d/Branch_2/Conv2d_0d_7x1",     PREV,    7, 1, 1, SAME,  160, NULL),
    CONV("Mixed_6d/Branch_2/Conv2d_0e_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    AVG_POOL("Mixed_6d/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_6d/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,  192, NULL),
    JOIN("Mixed_6d/concat", "Mixed_6d"),

    CONV("Mixed_6e/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_1/Conv2d_0b_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_1/Conv2d_0c_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_2/Conv2d_0b_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_2/Conv2d_0c_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_2/Conv2d_0d_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_6e/Branch_2/Conv2d_0e_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    AVG_POOL("Mixed_6e/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_6e/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,  192, NULL),
    JOIN("Mixed_6e/concat", "Mixed_6e"),

    CONV("Mixed_7a/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_7a/Branch_0/Conv2d_1a_3x3",     PREV,    3, 3, 2, VALID, 320, NULL),
    CONV("Mixed_7a/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  192, NULL),
    CONV("Mixed_7a/Branch_1/Conv2d_0b_1x7",     PREV,    1, 7, 1, SAME,  192, NULL),
    CONV("Mixed_7a/Branch_1/Conv2d_0c_7x1",     PREV,    7, 1, 1, SAME,  192, NULL),
    CONV("Mixed_7a/Branch_1/Conv2d_1a_3x3",     PREV,    3, 3, 2, VALID, 192, NULL),
    MAX_POOL("Mixed_7a/Branch_2/MaxPool_1a_3x3", BLOCK, NULL),
    JOIN("Mixed_7a/concat", "Mixed_7a"),

    CONV("Mixed_7b/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  320, NULL),
    CONV("Mixed_7b/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  384, NULL),
    CONV("Mixed_7b/Branch_1/Conv2d_0b_1x3",     PREV,    1, 3, 1, SAME,  384, NULL),
    CONV("Mixed_7b/Branch_1/Conv2d_0b_3x1",     SIBLING, 3, 1, 1, SAME,  384, NULL),
    JOIN("Mixed_7b/Branch_1/concat", NULL),
    CONV("Mixed_7b/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  448, NULL),
    CONV("Mixed_7b/Branch_2/Conv2d_0b_3x3",     PREV,    3, 3, 1, SAME,  384, NULL),
    CONV("Mixed_7b/Branch_2/Conv2d_0c_1x3",     PREV,    1, 3, 1, SAME,  384, NULL),
    CONV("Mixed_7b/Branch_2/Conv2d_0d_3x1",     SIBLING, 3, 1, 1, SAME,  384, NULL),
    JOIN("Mixed_7b/Branch_2/concat", NULL),
    AVG_POOL("Mixed_7b/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_7b/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,  192, NULL),
    JOIN("Mixed_7b/concat", "Mixed_7b"),

    CONV("Mixed_7c/Branch_0/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  320, NULL),
    CONV("Mixed_7c/Branch_1/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  384, NULL),
    CONV("Mixed_7c/Branch_1/Conv2d_0b_1x3",     PREV,    1, 3, 1, SAME,  384, NULL),
    CONV("Mixed_7c/Branch_1/Conv2d_0c_3x1",     SIBLING, 3, 1, 1, SAME,  384, NULL),
    JOIN("Mixed_7c/Branch_1/concat", NULL),
    CONV("Mixed_7c/Branch_2/Conv2d_0a_1x1",     BLOCK,   1, 1, 1, SAME,  448, NULL),
    CONV("Mixed_7c/Branch_2/Conv2d_0b_3x3",     PREV,    3, 3, 1, SAME,  384, NULL),
    CONV("Mixed_7c/Branch_2/Conv2d_0c_1x3",     PREV,    1, 3, 1, SAME,  384, NULL),
    CONV("Mixed_7c/Branch_2/Conv2d_0d_3x1",     SIBLING, 3, 1, 1, SAME,  384, NULL),
    JOIN("Mixed_7c/Branch_2/concat", NULL),
    AVG_POOL("Mixed_7c/Branch_3/AvgPool_0a_3x3"),
    CONV("Mixed_7c/Branch_3/Conv2d_0b_1x1",     PREV,    1, 1, 1, SAME,  192, NULL),
    JOIN("Mixed_7c/concat", "Mixed_7c"),
};
/* clang-format on */

const guint leuko_inception_v3_n_rows = G_N_ELEMENTS(leuko_inception_v3);
