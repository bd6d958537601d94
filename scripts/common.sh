# Shared by scripts/quickstart and scripts/test: messages, packages, timed phases. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
cores=$(nproc 2>/dev/null || echo 2)
export NINJA_STATUS="[%f/%t %es] "
# Clones in different folders share what ccache knows.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
mkdir -p build/logs

say() { printf '\n==> %s\n' "$*"; }
die() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

# Debian 12 packages. The library and its programs:
base_packages=(g++ cmake ninja-build ccache mold ca-certificates python3
    libboost1.81-dev libssl-dev libsimdjson-dev nlohmann-json3-dev doctest-dev)
# The ordinary test run:
test_packages=("${base_packages[@]}" python3-venv clang-format-19 clang-tidy-19 zlib1g-dev
    libcurl4-openssl-dev valgrind clang-19 libclang-rt-19-dev)
# Everything:
full_packages=("${test_packages[@]}" meson pkg-config)

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Installs what is missing of the named packages. Touches the network only when something is.
ensure_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
        die "this script installs Debian packages and found no apt-get; install by hand: $*"
    local missing=() package as_root=()
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "all packages are installed"
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "packages are missing and there is neither root nor sudo: ${missing[*]}"
        as_root=(sudo)
    fi
    echo "installing: ${missing[*]}"
    local log=$root/build/logs/packages.log
    "${as_root[@]}" apt-get -o Acquire::Retries=3 update >"$log" 2>&1 </dev/null ||
        die "apt-get update failed; the end of $log: $(tail -n 1 "$log")"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y \
        --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null ||
        die "apt-get could not install ${missing[*]}; the end of $log: $(tail -n 1 "$log")"
}

phase_names=()
phase_seconds=()
phase_results=()
started=$(date +%s%N)

# phase NAME COMMAND...: runs the command, shows its output, keeps it in build/logs, remembers result and time.
# Returns the command's status. A function given as COMMAND chains its steps with && (bash ignores `set -e` here).
phase() {
    local name=$1 begin status=0
    shift
    say "$name"
    begin=$(date +%s%N)
    set +e
    "$@" 2>&1 </dev/null | tee "build/logs/${name// /-}.log"
    status=${PIPESTATUS[0]}
    set -e
    phase_names+=("$name")
    phase_seconds+=($((($(date +%s%N) - begin) / 100000000)))
    phase_results+=("$status")
    return "$status"
}

print_table() {
    local i total=$((($(date +%s%N) - started) / 100000000)) word
    printf '\n%-32s %9s  %s\n' phase seconds result
    for i in "${!phase_names[@]}"; do
        word=ok
        [ "${phase_results[$i]}" -eq 0 ] || word=FAILED
        printf '%-32s %7d.%d  %s\n' "${phase_names[$i]}" $((phase_seconds[i] / 10)) $((phase_seconds[i] % 10)) "$word"
    done
    printf '%-32s %7d.%d\n\n' total $((total / 10)) $((total % 10))
}

# configure PRESET [OPTION...] and build PRESET [TARGET...]
configure() { cmake --preset "$@"; }
build() {
    local preset=$1
    shift
    cmake --build --preset "$preset" -j "$cores" ${1:+--target "$@"}
}
