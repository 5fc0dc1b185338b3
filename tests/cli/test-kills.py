#!/usr/bin/env python3
"""SIGKILL at any moment, and before or after any call to the system: every output is whole or absent, no input changes,
and the next run of the same command gives the undisturbed result and leaves no hidden file.
usage: test-kills.py FAIL_CALL_LIBRARY. LEUKO_TEST_KILLS (default 2): number of kills of each command."""
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from harness import WORK, check, done, path
from jobs import JOBS, Job, input_digest, inputs

LIBRARY = sys.argv[1]
N_KILLS = int(os.environ.get('LEUKO_TEST_KILLS', '2'))
SEED = int(os.environ.get('LEUKO_TEST_SEED', '50'))


def at_moment(job, seconds, rng):
    child = job.start()
    time.sleep(seconds * rng.uniform(0.05, 1))
    child.kill()
    child.communicate()
    return child.returncode


def at_call(job, n_calls, rng):
    child = job.start(LD_PRELOAD=LIBRARY, FAIL_KIND='file', FAIL_AT=str(rng.randrange(n_calls)),
                      FAIL_HOW=rng.choice(('kill', 'kill-after')), FAIL_FOLDER=WORK)
    child.communicate()
    return child.returncode


def kills(name):
    job, rng, bad, n = Job(name), random.Random('%d %s' % (SEED, name)), [], 0
    if not job.reference():
        return name, 0, ['the undisturbed run fails: %s' % (job.result,)]
    log = path('log-' + name)
    job.clear()
    start = time.time()
    job.run(LD_PRELOAD=LIBRARY, FAIL_KIND='file', FAIL_FOLDER=WORK, FAIL_LOG=log)
    seconds = time.time() - start
    n_calls = sum(int(x.split()[1]) for x in open(log) if x.startswith('file '))
    for i in range(4 * N_KILLS):
        if n == N_KILLS:
            break
        job.clear()
        status = at_moment(job, seconds, rng) if i % 2 else at_call(job, n_calls, rng)
        n += status == -signal.SIGKILL
        if job.partial():
            bad.append('partial outputs: %s' % job.partial())
        why = job.works_again()
        if why:
            bad.append(why)
        hidden = [f for f in os.listdir(path(job.new)) if f.startswith('.')]
        if hidden:
            bad.append('the next run leaves hidden files: %s' % hidden)
    return name, n, bad


before = inputs()
names = os.environ.get('LEUKO_JOBS', ' '.join(JOBS)).split()
with ThreadPoolExecutor(2) as pool:
    results = list(pool.map(kills, names))
for name, n, bad in results:
    check(not bad and n > 0, '%s: killed %d times; whole or absent, and the next run gives the same' % (name, n),
          '\n'.join(map(str, bad[:10])))
check(input_digest() == before, 'the inputs are unchanged')
print('# %d kills, %d commands, seed %d' % (sum(r[1] for r in results), len(results), SEED))
done()
