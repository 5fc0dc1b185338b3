#!/usr/bin/env bash
# usage: run-tests.sh BUILD_DIR [options of meson test]
# Builds what the selected tests need and runs them. Names skipped and failed tests, then the slowest ones, and ends
# with the line "N passed, N failed". Temporary files go to TMPDIR; default: a memory file system if it has 4 GB free.
set -uo pipefail
build=$1
shift
log=$build/meson-logs/testlog.json
rm -f "$log"
# Tests write thousands of small files, and leuko waits until each is on disk. In memory that takes no time.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt 4000000 ]; then
  TMPDIR=$(mktemp -d /dev/shm/leuko-tests.XXXXXX)
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
fi
meson test -C "$build" --print-errorlogs "$@"
python3 - "$log" <<'P'
import json, os, sys
if not os.path.exists(sys.argv[1]):
    sys.exit('no test ran')
results = [json.loads(line) for line in open(sys.argv[1])]
failed = 0
for r in results:
    if r['result'] == 'SKIP':
        print('skipped: ' + r['name'])
    elif r['result'] not in ('OK', 'EXPECTEDFAIL'):
        failed += 1
        print('failed: ' + r['name'])
slow = sorted(results, key=lambda r: -r['duration'])[:5]
print('slowest: ' + ', '.join('%s %.0f s' % (r['name'].split(' / ')[-1], r['duration']) for r in slow))
print('%d passed, %d failed' % (sum(r['result'] in ('OK', 'EXPECTEDFAIL') for r in results), failed))
sys.exit(failed > 0)
P
