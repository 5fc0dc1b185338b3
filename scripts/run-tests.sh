#!/usr/bin/env bash
# usage: run-tests.sh BUILD_DIR [meson test options]
# Runs the tests and ends with the line "N passed, N failed" (skipped ones are named before it).
set -uo pipefail
build=$1
shift
meson test -C "$build" --no-rebuild --print-errorlogs "$@"
log=$build/meson-logs/testlog.json
python3 - "$log" <<'P'
import json, sys
passed = failed = 0
for line in open(sys.argv[1]):
    r = json.loads(line)
    if r['result'] in ('OK', 'EXPECTEDFAIL'): passed += 1
    elif r['result'] == 'SKIP': print('skipped: ' + r['name'])
    else:
        failed += 1
        print('failed: ' + r['name'])
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
P
