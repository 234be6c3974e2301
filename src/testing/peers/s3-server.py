"""OpenStack Swift with its S3 API in one folder: proxy, account, container and object server on one device.

Arguments: folder, port, account, and `name=key` of each user; the first administers the account, the others may nothing.
"""
import ctypes
import os
import signal
import sys
from time import time as clock

libc = ctypes.CDLL(None)


def end_with_parent(parent):
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(0)


end_with_parent(os.getppid())
folder, port, account, *users = sys.argv[1:]
host = '127.0.0.1'
etc = os.path.join(folder, 'etc')
devices = os.path.join(folder, 'devices')
os.makedirs(etc, exist_ok=True)
os.makedirs(os.path.join(devices, 'one'), exist_ok=True)
with open(os.path.join(etc, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\nswift_hash_path_suffix = obcms\n')

import eventlet
from swift.common import utils

utils.set_swift_dir(etc)

from swift.common.ring import RingBuilder
from swift.common.wsgi import _initrp, run_server

services = ('account', 'container', 'object')
listening = {}
for name in services:
    listening[name] = eventlet.listen((host, 0), backlog=1024)
    ring = RingBuilder(4, 1, 1)
    ring.add_dev(dict(id=0, region=1, zone=1, ip=host, port=listening[name].getsockname()[1], device='one', weight=1))
    ring.rebalance()
    ring.get_ring().save(os.path.join(etc, name + '.ring.gz'))

common = f"""[DEFAULT]
swift_dir = {etc}
devices = {devices}
mount_check = false
fallocate_reserve = 0
log_address = /nonexistent
log_level = ERROR
client_timeout = 60
max_clients = 2048
"""
accounts = '\n'.join(
    f'user_{account}_{user.split("=", 1)[0]} = {user.split("=", 1)[1]} {".admin" if index == 0 else ""}'
    for index, user in enumerate(users)
)
pipelines = {name: f'[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n' for name in services}
pipelines['proxy'] = f"""[pipeline:main]
pipeline = catch_errors memory listing_formats s3api tempauth copy bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
object_post_as_copy = false
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:memory]
paste.filter_factory = __main__:in_memory
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
{accounts}
[filter:copy]
use = egg:swift#copy
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
max_manifest_size = 8388608
[filter:dlo]
use = egg:swift#dlo
"""


class Memory:
    """What memcached does for several proxies; this one is alone."""

    def __init__(self):
        self.kept = {}

    def get(self, key, **_):
        value, until = self.kept.get(key, (None, 0))
        return value if not until or until > clock() else None

    def set(self, key, value, time=0, **_):
        self.kept[key] = (value, time and clock() + time)

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, time=0, **_):
        count = int(self.get(key) or 0) + delta
        self.set(key, count, time)
        return count


def in_memory(_global, **_):
    memory = Memory()

    def wrap(app):
        def answer(env, start):
            env['swift.cache'] = memory
            return app(env, start)

        return answer

    return wrap


def serve(name, sock):
    path = os.path.join(etc, name + '.conf')
    with open(path, 'w') as conf:
        conf.write(common + pipelines[name])
    conf, logger, log_name = _initrp(path, name + '-server', verbose=True)
    utils.eventlet_monkey_patch()
    run_server(conf, logger, sock, global_conf={'log_name': log_name})


this = os.getpid()
for name in services:
    if os.fork() == 0:
        end_with_parent(this)
        serve(name, listening[name])
        os._exit(0)
for sock in listening.values():
    sock.close()
serve('proxy', eventlet.listen((host, int(port)), backlog=1024))
