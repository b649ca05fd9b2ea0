"""Serves the harbour log on port 8000; each entry's link is signed."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from itsdangerous import URLSafeSerializer
from markupsafe import escape

ENTRIES = ["Fog until noon", "Eider back at 17:40", "New rope on the <north> mooring"]
SIGNER = URLSafeSerializer("harbour", salt="log")


class Log(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        items = "".join(
            f'<li><a href="/{SIGNER.dumps(number)}">{escape(entry)}</a></li>'
            for number, entry in enumerate(ENTRIES)
        )
        body = f"<!doctype html><title>Harbour log</title><ul>{items}</ul>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("", 8000), Log).serve_forever()
