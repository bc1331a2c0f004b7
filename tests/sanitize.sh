#!/bin/sh
# Builds everything with sanitizers and runs what shakes it: the unit tests, the fuzz corpora, bad input, searches
# beside visits, updates and deletions, and a clean stop (at which LeakSanitizer looks). Any report fails, also
# from a process that ended well otherwise.
#
#     tests/sanitize.sh BUILD SANITIZERS       tests/sanitize.sh build-asan address,undefined
set -eu
cd "$(dirname "$0")/.."
build=$1 sanitizers=$2
node=${NODE:-tools/node_modules/.bin/node}

build_with_sanitizers() {
    ${MAKE:-make} BUILD="$build" OPTIMISE="-O1 -g" \
        SANITIZE="-fsanitize=$sanitizers -fno-sanitize=vptr -fno-omit-frame-pointer" "$@"
}
build_with_sanitizers all load

reports="$PWD/$build/reports"
rm -rf "$reports" && mkdir -p "$reports"
export ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
export TSAN_OPTIONS="log_path=$reports/tsan:suppressions=$PWD/tests/tsan.supp:print_suppressions=0"
export WHORL="$PWD/$build/whorl"

status=0
build_with_sanitizers unit fuzz-replay || status=1
# Stops are clean in these, so leaks are looked for; kill -9 would hide them.
"$node" --test --test-concurrency=2 tests/api/bad_input.test.mjs tests/api/identify_body.test.mjs \
    tests/api/http2_frames.test.mjs tests/api/concurrent.test.mjs tests/api/search.test.mjs \
    tests/api/delete_visitor.test.mjs tests/api/keys.test.mjs tests/durability/stop.test.mjs || status=1

found=$(find "$reports" -type f | wc -l)
for report in "$reports"/*; do
    [ -f "$report" ] && { echo "== $report"; head -60 "$report"; }
done
echo "$found reports of sanitizers in $build"
[ "$found" -eq 0 ] && [ "$status" -eq 0 ]
