#!/usr/bin/env bash
# Runs the built server as docs/deploy/Containerfile does, without a container runtime: as a user who
# is not root, with a read-only root of Node, its libraries and dist, and no capability.
# Usage: rootfs.sh <empty folder>; the environment is handed on. Needs to mount (root, or unshare -r).
set -euo pipefail
folder=$1
dist=$(cd "$(dirname "$0")/../../.." && pwd)/dist
node=$(node -p process.execPath)

mkdir -p "$folder"/{app,dev,etc}
chmod 755 "$folder"
cp "$node" "$folder/node"
ldd "$node" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$folder$(dirname "$library")"
  cp -L "$library" "$folder$library"
done
cp -r "$dist" "$folder/app/dist"
touch "$folder"/dev/{null,urandom}
echo '127.0.0.1 localhost' >"$folder/etc/hosts"
du -sm "$folder" | cut -f1 | sed 's/^/Megabytes: /'

exec unshare --mount sh -euc '
  mount --bind "$1" "$1"
  mount --bind /dev/null "$1/dev/null"
  mount --bind /dev/urandom "$1/dev/urandom"
  mount -o remount,bind,ro "$1"
  exec setpriv --no-new-privs chroot --userspec=1000:1000 "$1" /node /app/dist/server/main.js
' rootfs "$folder"
