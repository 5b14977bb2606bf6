"""A registry for tests, on loopback: it speaks as Ollama's does, or as that of Hugging Face, and goes wrong as a test
wants it to. What it was asked, and which bytes it sent, can be looked at.

    with MockRegistry() as registry:
        registry.add("library/tiny", "latest", [("model", b"GGUF...")])
        ... straddle pull --insecure 127.0.0.1:PORT/library/tiny
"""
import hashlib
import http.server
import itertools
import json
import re
import ssl
import sys
import threading
import time
import urllib.parse

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
IMAGE = "application/vnd.ollama.image."


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that leaves is nothing to talk about."""
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def log_message(self, *words):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_POST(self):
        self.do_GET()

    def do_PATCH(self):
        self.do_GET()

    def do_PUT(self):
        self.do_GET()

    def do_GET(self):
        self.server.mock.asked.append((self.server.role, self.command, self.path, dict(self.headers)))
        self.server.mock.answer(self, self.server.role)

    def take_content(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    # ---- answers

    def say(self, status, body=b"", headers=()):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def redirect(self, location, status=307):
        self.say(status, b"go there", [("Location", location)])

    def leave(self):
        """The connection ends in the middle."""
        self.close_connection = True
        self.connection.shutdown(2)


class Blob:
    def __init__(self, data):
        self.data = data
        self.digest = "sha256:" + hashlib.sha256(data).hexdigest()


def blob_of(data, kind):
    blob = Blob(data if isinstance(data, bytes) else data.encode())
    return blob, {"mediaType": kind, "digest": blob.digest, "size": len(blob.data)}


class MockRegistry:
    """Functions that a test may replace: manifest, locate, data and upload, each (handler, what was asked ...)."""

    def __init__(self, certificate=None):
        self.servers = {}
        self.asked, self.sent = [], []  # (role, method, path, headers); (digest, begin, end)
        self.blobs, self.manifests = {}, {}
        # Of pushes: model to the digests of its blobs; id to bytes; (id, begin, end) of these
        self.repositories, self.uploads, self.received = {}, {}, []
        self.ids = itertools.count(1)
        self.signature = 1  # those before are expired
        self.token = None
        self.realm = None
        self.lock = threading.Lock()
        self.sending = 0
        for role in ("registry", "data"):
            server = Server(("127.0.0.1", 0), Handler)
            server.role, server.mock = role, self
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            self.servers[role] = server
        self.scheme = "https" if certificate else "http"

    def __enter__(self):
        for server in self.servers.values():
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()

    def host(self, role="registry"):
        return "127.0.0.1:%d" % self.servers[role].server_address[1]

    def url(self, role="registry"):
        return self.scheme + "://" + self.host(role)

    def name(self, model="library/tiny", tag="latest"):
        return "%s/%s:%s" % (self.host(), model, tag)

    def add(self, model, tag, layers):
        """layers: (kind, data). The manifest's text."""
        told = []
        for kind, data in layers:
            blob, layer = blob_of(data, IMAGE + kind)
            self.blobs[blob.digest] = blob
            told.append(layer)
        text = json.dumps({"model_format": "gguf", "model_family": "llama", "model_families": ["llama"],
                           "model_type": "260K", "file_type": "F32", "architecture": "amd64", "os": "linux",
                           "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in told]}})
        blob, config = blob_of(text, CONFIG)
        self.blobs[blob.digest] = blob
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": told}
        self.manifests[model, tag] = json.dumps(manifest).encode()
        return self.manifests[model, tag]

    # ---- what was asked

    def count(self, role, part=""):
        return sum(1 for asked in self.asked if asked[0] == role and part in asked[2])

    def bytes_sent(self, digest=None):
        return sum(end - begin for sent, begin, end in self.sent if digest in (None, sent))

    def wait_until_idle(self):
        """Until all that is sent to clients that have left is counted."""
        while self.sending:
            time.sleep(0.01)

    def sent_by(self, *headers):
        """Who was given one of these headers: (role, header) of all that was asked."""
        return {(role, name) for role, _, _, given in self.asked for name in headers if name in given}

    # ---- the exchanges

    def answer(self, handler, role):
        try:
            path = urllib.parse.urlsplit(handler.path)
            if role == "data":
                return self.data(handler, "sha256:" + path.path.split("/")[-1])
            if path.path == "/token":
                return handler.say(200, {"token": self.token})
            if self.token and handler.headers.get("Authorization") != "Bearer " + self.token:
                return self.challenge(handler)
            upload = re.fullmatch(r"/v2/(.+)/blobs/uploads/(.*)", path.path)
            if upload:
                return self.upload(handler, *upload.groups())
            model, what, which = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/([^/]+)", path.path).groups()
            if what == "manifests" and handler.command == "PUT":
                return self.put_manifest(handler, model, which)
            if what == "manifests":
                return self.manifest(handler, model, which)
            if handler.command == "HEAD":
                return handler.say(200 if which in self.repositories.get(model, ()) else 404)
            return self.locate(handler, which)
        except (ConnectionError, ssl.SSLError):
            handler.close_connection = True

    def challenge(self, handler):
        handler.take_content()
        realm = self.realm or self.url() + "/token"
        handler.say(401, {"error": "who are you?"},
                    [("WWW-Authenticate", 'Bearer realm="%s",service="mock",scope="repository:x:pull"' % realm)])

    def manifest(self, handler, model, tag):
        text = self.manifests.get((model, tag))
        if text is None:
            return handler.say(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
        return handler.say(200, text, [("Content-Type", MANIFEST)])

    def locate(self, handler, digest):
        if digest not in self.blobs:
            return handler.say(404)
        return handler.redirect("%s/data/%s?sig=%d" % (self.url("data"), digest[len("sha256:"):], self.signature))

    def data(self, handler, digest):
        if "sig=%d" % self.signature not in handler.path:
            return handler.say(403, b"expired")
        return self.send(handler, digest)

    def send(self, handler, digest, most=None, change=lambda data: data, pace=None):
        """The range that was asked for; `most` bytes of it, and then the connection ends. pace: bytes in one go, and
        the seconds between."""
        data = self.blobs[digest].data
        begin, end = self.range_of(handler, len(data))
        handler.send_response(206)
        handler.send_header("Content-Range", "bytes %d-%d/%d" % (begin, end - 1, len(data)))
        handler.send_header("Content-Length", str(end - begin))
        handler.end_headers()
        stop = end if most is None else min(end, begin + most)
        self.write(handler, digest, change(data[begin:stop]), begin, pace or (1 << 18, 0))
        if stop < end:
            handler.leave()

    def send_whole(self, handler, digest, length=None, most=None):
        data = self.blobs[digest].data
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if length is None else length))
        handler.end_headers()
        self.write(handler, digest, data if most is None else data[:most], 0, (1 << 18, 0))
        if most is not None:
            handler.leave()

    # ---- what is pushed

    def upload(self, handler, model, which):
        content = handler.take_content() if handler.command != "PATCH" else None
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
        if handler.command == "POST":
            return self.begin_upload(handler, model, query)
        if which not in self.uploads:
            return handler.say(404, {"errors": [{"code": "BLOB_UPLOAD_UNKNOWN", "message": "blob upload unknown"}]})
        if handler.command == "PATCH":
            return self.patch(handler, model, which)
        if handler.command == "PUT":
            return self.finish_upload(handler, model, which, content, query["digest"][0])
        return handler.say(204, b"", self.upload_headers(model, which))

    def begin_upload(self, handler, model, query):
        if "mount" in query and query["mount"][0] in self.repositories.get(query["from"][0], ()):
            self.repositories.setdefault(model, set()).add(query["mount"][0])
            return handler.say(201)
        self.repositories.setdefault(model, set())
        which = "upload-%d" % next(self.ids)
        self.uploads[which] = bytearray()
        return handler.say(202, b"", self.upload_headers(model, which))

    def upload_headers(self, model, which):
        have = len(self.uploads[which])
        return [("Location", "/v2/%s/blobs/uploads/%s?_state=%d" % (model, which, have)),
                ("Range", "0-%d" % max(0, have - 1))]

    def patch(self, handler, model, which, most=None):
        """`most`: bytes that it takes, before the connection ends."""
        size, begin = int(handler.headers["Content-Length"]), len(self.uploads[which])
        first, last = map(int, re.fullmatch(r"(\d+)-(\d+)", handler.headers["Content-Range"]).groups())
        assert last + 1 - first == size, handler.headers
        if first != begin:
            handler.close_connection = True
            return handler.say(416, b"", self.upload_headers(model, which))
        came, wanted = bytearray(), size if most is None else min(size, most)
        while len(came) < wanted:
            piece = handler.rfile.read1(min(1 << 18, wanted - len(came)))
            if not piece:
                break
            came += piece
        with self.lock:
            if len(self.uploads[which]) != begin:  # of a client that left and came again
                return handler.leave()
            self.uploads[which] += came
            self.received.append((which, begin, begin + len(came)))
        if len(came) < size:
            return handler.leave()
        return handler.say(202, b"", self.upload_headers(model, which))

    def finish_upload(self, handler, model, which, content, digest):
        blob = Blob(bytes(self.uploads.pop(which)) + content)
        if blob.digest != digest:
            error = {"code": "DIGEST_INVALID", "message": "provided digest did not match uploaded content"}
            return handler.say(400, {"errors": [error]})
        self.blobs[digest] = blob
        self.repositories[model].add(digest)
        return handler.say(201)

    def put_manifest(self, handler, model, tag):
        text = handler.take_content()
        manifest = json.loads(text)
        lacks = {blob["digest"] for blob in [manifest["config"], *manifest["layers"]]} - self.repositories[model]
        if lacks or handler.headers["Content-Type"] != MANIFEST:
            return handler.say(400, {"errors": [{"code": "MANIFEST_BLOB_UNKNOWN", "message": str(lacks)}]})
        self.manifests[model, tag] = text
        return handler.say(201)

    def range_of(self, handler, size):
        first, last = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers["Range"]).groups()
        assert int(first) <= int(last) < size, handler.headers["Range"]
        return int(first), int(last) + 1

    def write(self, handler, digest, data, begin, pace):
        step, seconds = pace
        at = 0
        with self.lock:
            self.sending += 1
        try:
            for at in range(0, len(data), step):
                handler.wfile.write(data[at:at + step])
                if seconds:
                    time.sleep(seconds)
            at = len(data)
        finally:
            with self.lock:
                self.sent.append((digest, begin, begin + at))
                self.sending -= 1
