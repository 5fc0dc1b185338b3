#include "base/progress-log.h"

static const LeukoProgress *at(guint64 done, guint64 total)
{
    static LeukoProgress p;
    p = (LeukoProgress){.phase = "features", .done = done, .total = total, .unit = "images"};
    return &p;
}

/* The lines of one report, `seconds` after the beginning, must be these; NULL: none. */
static void expect(LeukoProgressLog *log, const LeukoProgress *p, double seconds, const char *lines)
{
    g_auto(GStrv) got = leuko_progress_log_report(log, p, (gint64)(seconds * G_USEC_PER_SEC));
    g_autofree gchar *joined = got ? g_strjoinv("|", got) : NULL;
    g_assert_cmpstr(joined, ==, lines);
}

/* A phase of many units gets a line at its start, every 30 s and at its end, and no other. */
static void test_long(void)
{
    LeukoProgressLog log = {0};
    expect(&log, at(8, 4808), 0, "features: 8 of 4808 images");
    for (guint i = 1; i < 300; i++)
        expect(&log, at(8 + i, 4808), 0.1 * i, NULL);
    expect(&log, at(968, 4808), 30, "features: 968 of 4808 images, 32 images/s, 2 min left");
    expect(&log, at(969, 4808), 59.9, NULL);
    expect(&log, at(1928, 4808), 60, "features: 1928 of 4808 images, 32 images/s, 1 min 30 s left");
    expect(&log, at(4807, 4808), 89, NULL);
    expect(&log, at(4808, 4808), 150,
           "features: 4808 of 4808 images, 32 images/s, done in 2 min 30 s");
    g_assert_null(leuko_progress_log_end(&log, 151 * G_USEC_PER_SEC));
}

/* A phase of few units is silent; if it takes longer than 30 s, it gets lines too. */
static void test_short(void)
{
    LeukoProgressLog log = {0};
    for (guint i = 1; i <= 99; i++)
        expect(&log, at(i, 99), 0.1 * i, NULL);
    log = (LeukoProgressLog){0};
    expect(&log, at(1, 9), 0, NULL);
    expect(&log, at(2, 9), 29, NULL);
    expect(&log, at(3, 9), 40, "features: 3 of 9 images, 0.1 images/s, 2 min left");
    expect(&log, at(9, 9), 50, "features: 9 of 9 images, 0.2 images/s, done in 50 s");
}

/* The same phase again and another phase start anew; an unfinished phase gets its last line. */
static void test_phases(void)
{
    LeukoProgressLog log = {0};
    LeukoProgress other = {
        .phase = "training", .done = 500, .total = 1000, .unit = "steps", .note = "epoch 3 of 5"};
    expect(&log, at(100, 100), 0, NULL); /* one report is its start and its end */
    expect(&log, at(1, 200), 1, "features: 1 of 200 images");
    expect(&log, at(100, 200), 5, NULL);
    expect(&log, &other, 10,
           "features: 100 of 200 images, 11 images/s, stopped after 9 s|"
           "training: 500 of 1000 steps, epoch 3 of 5");
    other.done = 530; /* a resumed training: only steps since its start count for the rate */
    expect(&log, &other, 40,
           "training: 530 of 1000 steps, 1.0 steps/s, 7 min 50 s left, epoch 3 of 5");
    g_autofree gchar *end = leuko_progress_log_end(&log, 41 * G_USEC_PER_SEC);
    g_assert_cmpstr(end, ==, "training: 530 of 1000 steps, 1.0 steps/s, stopped after 31 s");
    g_assert_null(leuko_progress_log_end(&log, 42 * G_USEC_PER_SEC));
}

/* An unknown total: no time left. Hours. */
static void test_unknown_total(void)
{
    LeukoProgressLog log = {0};
    expect(&log, at(8, 0), 0, NULL);
    expect(&log, at(68, 0), 30, "features: 68 images, 2.0 images/s");
    log = (LeukoProgressLog){0};
    expect(&log, at(0, 100000), 0, "features: 0 of 100000 images");
    expect(&log, at(300, 100000), 30,
           "features: 300 of 100000 images, 10 images/s, 2 h 46 min left");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress-log/long", test_long);
    g_test_add_func("/progress-log/short", test_short);
    g_test_add_func("/progress-log/phases", test_phases);
    g_test_add_func("/progress-log/unknown-total", test_unknown_total);
    return g_test_run();
}
