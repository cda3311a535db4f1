#!/usr/bin/python3
"""A backend that hands Mono's webhooks to mono.record_event, the one door for events.

Needs python3-psycopg2, and a database user with the role mono_webhook. It reads

    DATABASE_URL          how to reach PostgreSQL
    MONO_WEBHOOK_SECRET   what Mono sends as mono-webhook-secret
    PORT                  8080 if not set; 0: any free one, told on standard output
"""

import hashlib
import hmac
import json
import math
import os
import signal
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

DATABASE = os.environ["DATABASE_URL"]
SECRET = os.environ["MONO_WEBHOOK_SECRET"].encode()
LIMIT = 1 << 20
NESTING = 100


def record(document):
    """Records one webhook and returns its effect; what this returns is committed."""
    # A connection for each event keeps the example short: use your pool.
    with closing(psycopg2.connect(DATABASE, connect_timeout=5)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = '5s'")
            cursor.execute("select mono.record_event(%s::jsonb)", [json.dumps(storable(document))])
            return cursor.fetchone()[0]


def storable(value, depth=0):
    """The value without what PostgreSQL's jsonb refuses.

    It holds no U+0000, no half of a surrogate pair, no endless number and no endless nesting. Such an event would be
    refused each time that Mono sends it again, so an answer of 5xx would go on for ever: the rest of it is recorded
    instead.
    """
    if depth > NESTING:
        return None
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item, depth + 1) for key, item in value.items()}
    return value


class Webhook(BaseHTTPRequestHandler):
    timeout = 10  # seconds for a silent client

    def do_POST(self):
        if self.path != "/webhooks/mono":
            return self.answer(404, "POST /webhooks/mono")
        # A plain comparison would tell by its duration how much of a guess is right. There is no signature to check.
        if not hmac.compare_digest(self.headers.get("mono-webhook-secret", "").encode("latin-1"), SECRET):
            return self.answer(401, "wrong or missing mono-webhook-secret")
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            return self.answer(411, "no content-length")
        if len(length) > 9 or int(length) > LIMIT:
            return self.answer(413, "more than 1 MiB")
        try:
            body = self.rfile.read(int(length))
            # float: Python's int refuses more than 4,300 digits, which JSON does not.
            document = json.loads(body, parse_int=float)
        except (ValueError, RecursionError):
            return self.answer(400, "not JSON")
        if isinstance(document, dict):
            # Without an event_id it tells apart what storable leaves equal.
            document["payload_sha256"] = hashlib.sha256(body).hexdigest()
        try:
            effect = record(document)
        except psycopg2.Error as error:
            # Never the body: it holds names and account numbers.
            print("not recorded:", error.pgcode or "no database", file=sys.stderr, flush=True)
            return self.answer(503, "not recorded, send it again")
        # Exactly 200, and only now: for any other answer Mono sends the event again, "rejected" ones too.
        self.answer(200, effect)

    def answer(self, status, text):
        body = text.encode() + b"\n"
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for requests that are being answered


def main():
    if not SECRET:
        sys.exit("MONO_WEBHOOK_SECRET is empty: anybody could send events")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(("127.0.0.1", int(os.environ.get("PORT") or 8080)), Webhook)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
