#!/usr/bin/env python3
"""One call to the system fails in each run: opening, reading, writing, renaming, ..., or an allocation of 64 KB or more.
Every command then ends with exit status 1 and one line, or with 0 and the same results or a warning. No output is
partial, no input changes, and the next run gives the undisturbed result.
usage: test-faults.py FAIL_CALL_LIBRARY. LEUKO_FAULTS (default 60): number of faults over all commands."""
import errno
import os
import random
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from harness import ENV, WORK, check, done, path
from jobs import JOBS, Job, input_digest, inputs

LIBRARY = sys.argv[1]
N_FAULTS = int(os.environ.get('LEUKO_FAULTS', '60'))
SEED = int(os.environ.get('LEUKO_TEST_SEED', '50'))
# GLib ends the program where an allocation of bounded size fails: buffers, names, the first pages of a table
BOUNDED = 1 << 20
HOW = {'open': (errno.EIO, errno.EMFILE, errno.EACCES), 'read': (errno.EIO, 'short'), 'write': (errno.ENOSPC, errno.EIO, 'short'),
       'sync': (errno.EIO,), 'rename': (errno.EIO, errno.ENOSPC), 'unlink': (errno.EIO,), 'mkdir': (errno.ENOSPC,),
       'map': (errno.ENOMEM,), 'truncate': (errno.EIO,), 'close': (errno.EIO,), 'stat': (errno.EIO,), 'list': (errno.EIO,),
       'memory': (errno.ENOMEM,)}


class Faults:
    def __init__(self, name, n):
        self.job, self.n = Job(name), n
        self.rng = random.Random('%d %s' % (SEED, name))
        self.log = path('log-' + name)
        self.wrong, self.made, self.refused = [], 0, 0

    def shim(self, kind, at, how):
        if os.path.exists(self.log):
            os.remove(self.log)
        return self.job.run(LD_PRELOAD=LIBRARY, FAIL_KIND=kind, FAIL_AT=str(at), FAIL_HOW=str(how), FAIL_FOLDER=WORK,
                            FAIL_LOG=self.log)

    def logged(self):
        return [x.split(' ', 2) for x in open(self.log, errors='replace').read().splitlines()] if os.path.exists(self.log) else []

    def calls(self):
        """The number of calls of each kind in an undisturbed run."""
        self.job.clear()
        self.shim('file', -1, 0)
        n = {}
        for line in self.logged():
            if line[0] in HOW:
                n[line[0]] = n.get(line[0], 0) + int(line[1])
        return {k: v for k, v in n.items() if v > 0}

    def judge(self, r, failed, how):
        """What is wrong with the result of a run in which the call `failed` failed, or None."""
        known = self.job.result.stderr.split('\n')
        new = [x for x in r.stderr.split('\n') if x and x not in known]
        said = [x for x in new if 'WARNING' not in x and x.startswith('leuko: ')]
        name = os.path.basename(failed[2].replace(' (deleted)', '')) if len(failed) > 2 else ''
        aborted = re.search(r'GLib-ERROR.*failed to allocate (\d+) bytes', r.stderr)
        if aborted and r.returncode == -signal.SIGTRAP and int(aborted.group(1)) <= BOUNDED:
            return None
        if r.returncode not in (0, 1):
            return 'exit status %d' % r.returncode
        # a report on images may say that one of them cannot be read
        reports = self.job.name in ('check', 'classify') and name and (name in r.stdout or os.strerror(errno.EIO) in r.stdout)
        if self.job.partial() and not reports:
            return 'partial outputs: %s' % self.job.partial()
        if r.returncode == 1 and len(said) != (2 if reports and self.job.name == 'classify' else 1):
            return '%d lines' % len(said)
        if r.returncode == 1 and failed[1] != 'memory' and not any(
                a in said[0] for a in [name or '\n', self.job.new, self.job.cache, *self.job.args[1:]] if len(a) > 3):
            return 'no file is named'
        if r.returncode == 0 and not self.job.is_complete() and not reports:
            return 'exit status 0 without all outputs'
        if r.returncode == 0 and self.job.stdout not in (None, r.stdout) and not new and not reports and \
                self.job.name not in ('compile', 'compile-int8', 'profile'): # measured times
            return 'another standard output without a warning'
        if how == 'short' and r.returncode != 0:
            return 'half a read or write is an error'
        return None

    def one(self, kind, at, how):
        self.job.clear()
        r = self.shim(kind, at, how)
        failed = [x for x in self.logged() if x[0] == 'failed']
        if not failed and kind != 'memory' and r.returncode >= 0:
            return # fewer calls than in the first run
        self.made += 1
        self.refused += r.returncode == 1
        failed = failed[0] if failed else ['failed', kind]
        why = self.judge(r, failed, how) or self.job.works_again()
        hidden = [f for f in os.listdir(path(self.job.new)) if f.startswith('.')]
        if not why and hidden and failed[1] not in ('unlink', 'rmdir'):
            why = 'hidden files are left: %s' % hidden
        if why:
            self.wrong.append(('%s %d %s' % (kind, at, how), failed, why, r.returncode, r.stderr[-600:]))

    def run(self):
        if not self.job.reference():
            self.wrong.append(('the undisturbed run fails', self.job.result))
            return self
        calls = self.calls()
        todo = [(kind, at, how) for kind, n in calls.items() for at in range(n) for how in HOW[kind]]
        by_kind = {k: [t for t in todo if t[0] == k] for k in calls}
        for k in by_kind:
            self.rng.shuffle(by_kind[k])
        while self.made < self.n and any(by_kind.values()):
            kind = self.rng.choice([k for k in by_kind if by_kind[k]])
            self.one(*by_kind[kind].pop())
        return self


before = inputs()
names = os.environ.get('LEUKO_JOBS', ' '.join(JOBS)).split()
with ThreadPoolExecutor(2) as pool:
    runs = list(pool.map(lambda name: Faults(name, -(-N_FAULTS // len(names))).run(), names))
for f in runs:
    check(not f.wrong and f.made > 0, '%s: %d calls failed in turn, %d runs refused' % (f.job.name, f.made, f.refused),
          '\n'.join(map(str, f.wrong[:20])))
check(input_digest() == before, 'the inputs are unchanged')
print('# %d faults, %d commands, seed %d' % (sum(f.made for f in runs), len(runs), SEED))
done()
