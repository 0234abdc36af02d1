# Sourced: `$clang`, the compiler with libFuzzer, is $CC, else clang, else the newest clang-NN on PATH,
# else empty; and `stop` says what is wrong and ends.

stop() {
    echo "$0: $1" >&2
    exit 2
}

find_clang() {
    if [ -n "${CC:-}" ]; then
        echo "$CC"
    elif command -v clang; then
        return
    else
        compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -t- -k2 -n | tail -1
    fi
}
clang=$(find_clang) || true
