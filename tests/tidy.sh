#!/bin/sh
# Proves that tools/tidy finds each kind of breach, in a small repository made for that.
cd "$(dirname "$0")/.." || exit 2
tidy=$PWD/tools/tidy
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
passed=0 failed=0

git init -q "$home"
mkdir -p "$home/src/base"
printf '/* str - text. */\n#ifndef WHORL_BASE_STR_H\n#define WHORL_BASE_STR_H\n#endif\n' \
    > "$home/src/base/str.h"

# A file with this text must be reported at this line for this reason, or be fine.
judge() { # reason|fine file line text
    printf '%b' "$4" > "$home/$2"
    if printed=$("$tidy" "$home"); then verdict=fine; else verdict=$(echo "$printed" | head -1); fi
    case $1 in fine) want=fine ;; *) want="$2:$3: $1" ;; esac
    case $verdict in
    "$want"*) passed=$((passed + 1)); echo "ok $1" ;;
    *) failed=$((failed + 1)); echo "not ok $1: $verdict" ;;
    esac
    rm "$home/$2"
}

start='/* a - b. */\n'
long=$(printf '%121s' '' | tr ' ' x)
judge fine src/base/a.c 0 "${start}int a; /* sprintf is named, snprintf(0) and x.gets() called */\n"
judge fine src/base/a.c 0 "$start/* $(printf '%100s' '' | sed 's/ /é/g') */\n"
judge fine Makefile 0 'all:\n\ttrue\n'
judge fine a.md 0 "$long\n"
judge fine a.mjs 0 "say(\`$long\`)\n"
judge 'a tab' src/base/a.c 2 "$start\tint a;\n"
judge 'blanks at the end' a.md 1 'text \n'
judge 'more than 120 columns' src/base/a.c 2 "$start/* $long */\n"
judge 'a banned function' src/base/a.c 2 "${start}int a = atoi(b);\n"
judge 'a banned function' src/base/a.cc 2 "${start}strcpy (a, b);\n"
judge 'an unfinished thought' a.mjs 1 '// TO''DO later\n'
judge "a package registry's host" a.sh 1 'curl https://registry.npm''js.org/x\n'
judge "a lock file's address" package-lock.json 1 '"resolved": "http''s://example.org/x"\n'
judge 'the path' a.sh 1 "cd $home/src\n"
judge 'more than 700 lines' src/base/a.c 701 "$start$(printf '%699s' '' | sed 's/ /\\n/g')int a;\n"
judge 'the include guard' src/base/b.h 1 '/* b - c. */\n#ifndef B_H\n#endif\n'
judge 'does not parse' script 1 '#!/bin/sh\nif true\n' 2> /dev/null
mkdir -p "$home/fuzz/corpus/a" && printf '| x | y | a, b |\n' > "$home/fuzz/README.md"
judge 'no corpus' fuzz/fuzz_a.c 1 "$start"
printf x > "$home/fuzz/corpus/a/one" && git -C "$home" add fuzz/corpus
judge fine fuzz/fuzz_a.c 0 "$start"
mkdir -p "$home/fuzz/corpus/c" && printf x > "$home/fuzz/corpus/c/one" && git -C "$home" add fuzz/corpus
judge 'not in fuzz/README.md' fuzz/fuzz_c.c 1 "$start"
judge 'does not begin' src/base/a.c 1 'int a;\n'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
