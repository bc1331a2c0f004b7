#!/bin/sh
# Proves that tools/check-layers finds includes that point upward, in a small tree made for that.
cd "$(dirname "$0")/.." || exit 2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0 failed=0

mkdir -p "$tree/base" "$tree/net" "$tree/identify/enrich" "$tree/identify/verdicts"
printf '# low to high\nbase\nnet\nidentify\nmain\n' > "$tree/LAYERS"

# Writes one file and holds the verdict on the whole tree against what is expected: good, or bad with
# exactly this place reported.
judge() { # expected file line...
    expected=$1 file=$2
    shift 2
    printf '%s\n' "$@" > "$tree/$file"
    if printed=$(tools/check-layers "$tree"); then verdict=good; else verdict=bad; fi
    [ "$verdict" = bad ] && printed=${printed%%: *} || printed=
    [ "$verdict" = good ] && want= || want="src/$file:$#"
    if [ "$verdict" = "$expected" ] && [ "$printed" = "$want" ]; then
        passed=$((passed + 1)); echo "ok $expected: $file: $*"
    else
        failed=$((failed + 1)); echo "not ok $file: $*: $verdict $printed"
    fi
    [ "$expected" = good ] || rm "$tree/$file"
}

judge good base/str.h '#include <string.h>'
judge good net/http1.c '#include "net/http1.h"' '#include "base/str.h"' '#include <identify/wrong.h>'
judge good identify/enrich/ua.c '#include "identify/enrich/ua.h"' '#include "net/http1.h"'
judge good identify/verdicts/bot.c '#include "identify/verdicts.h"'
judge good identify/identify.c '#include "identify/enrich/ua.h"' '#include "identify/verdicts/bot.h"'
judge good main.c '#include "identify/identify.h"' '#include "base/str.h"'
judge bad base/arena.c '#include "base/arena.h"' '#include "net/http1.h"'
judge bad base/arena.h '  #  include "identify/identify.h"'
judge bad net/tls.c '#include "identify/enrich/ua.h"'
judge bad net/rows.def '#include "main.h"'
judge bad base/json.cc '#include "net/http1.h"'
judge bad identify/enrich/geo.c '#include "identify/verdicts/bot.h"'
judge bad identify/verdicts/vpn.h '#include "identify/enrich/ua.h"'
judge bad net/sibling.c '#include "http1.h"'
judge bad net/unknown.c '#include "engine/thing.h"'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
