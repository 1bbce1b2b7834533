#!/usr/bin/env bash
# Installs the grader. Gradescope runs this once, as root, when it builds the image.
set -euo pipefail

source=/autograder/source
home=/opt/jax-exercise-grader
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

is_usable() {
    "$1" -I -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        2>/dev/null
}

python=""
for name in python3 python3.13 python3.12 python3.11; do
    if is_usable "$name"; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    apt-get update -qq
    for name in python3.13 python3.12 python3.11; do
        if apt-get install -qq -y --no-install-recommends "$name" "$name-venv" && is_usable "$name"; then
            python=$name
            break
        fi
    done
fi
if [ -z "$python" ]; then
    echo "setup.sh: found no Python 3.11 to 3.13; choose a base image that has one" >&2
    exit 1
fi

"$python" -I -m venv "$home"
pip=("$home/bin/python" -I -m pip install --quiet --no-cache-dir)
"${pip[@]}" --only-binary :all: --require-hashes -r "$source/requirements.txt"
"${pip[@]}" --no-deps --no-index "$source"/jax_exercise_grader-*.whl

# Student code runs as another user, which can read Python and its packages, but no answers.
chmod -R o= "$source"
site=$("$home/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
chmod -R o= "$site/exercises" "$site/grader" "$site/reference" "$site/templates"

# Makes the list of fonts, so that no run has to; and says how student code is isolated here.
"$home/bin/python" -I -m grader doctor || echo "setup.sh: some isolation layers do not work while the image is built"
