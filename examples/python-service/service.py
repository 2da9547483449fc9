"""A service that is a leaf, with nothing but Python's standard library, and no credentials of AWS.

SNS posts tasks to it, and it answers over HTTPS with the token that each message brings. It answers roll-calls, too.

    API_URL=https://… python3 service.py --port 8080

Its subscription is made by whoever runs it, with the path's secret in the address, so that nobody else can post to it:

    aws sns subscribe --topic-arn <TasksTopicArn> --protocol https --notification-endpoint https://host/<secret> \
        --attributes '{"FilterPolicy":"{\\"leaf\\":[\\"basket.stock\\"]}"}'
"""

import argparse
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

API_URL = os.environ["API_URL"].rstrip("/")
# Where links that confirm a subscription may lead: nowhere but to SNS, whoever posts them.
SNS_HOST = os.environ.get("SNS_HOST", ".amazonaws.com")
SECRET_PATH = os.environ.get("SECRET_PATH", "/")
SERVICE = os.environ.get("SERVICE", "stock")
INSTANCE = os.environ.get("INSTANCE", f"{socket.gethostname()}-{os.getpid()}")


# SNS posts 256 KiB at most, as a text within JSON.
LARGEST_BODY = 1024 * 1024


def stock(payload):
    """The work: how much of something there is. What it raises is final; anything else may be tried again."""
    if not isinstance(payload, dict) or not isinstance(payload.get("item"), str):
        raise ValueError("item must be a text")
    return {"item": payload["item"], "inStock": len(payload["item"]), "by": INSTANCE}


def now_ms():
    return int(time.time() * 1000)


def result_of(task, attempt, hedge):
    """What is said of one task: a value or an error, and beside an error that may be tried again its payload."""
    result = {"taskIndex": task["taskIndex"], "attempt": attempt}
    if hedge:
        result["hedge"] = True
    if "label" in task:
        result["label"] = task["label"]
    carried = {name: task[name] for name in ("payload", "claim") if name in task}
    began = now_ms()
    try:
        if "claim" in carried:
            error("claim-unavailable", "this service reads no claims", False, result)
        else:
            result["value"] = stock(task["payload"])
    except ValueError as problem:
        error("leaf-error", str(problem), False, result)
    except Exception as problem:  # whatever else goes wrong may go right the next time
        error("leaf-error", str(problem), True, result)
        result.update(carried)
    result["tookMs"] = max(0, now_ms() - began)
    return result


def error(cause, message, retryable, result):
    result["error"] = {"cause": cause, "message": message, "retryable": retryable}


def answer_tasks(envelope):
    """Answers a task envelope: the header as it came, one hop further, and a result for each task."""
    header = {name: value for name, value in envelope.items() if name not in ("tasks", "attempt", "hedge", "replyTo")}
    results = [result_of(task, envelope["attempt"], envelope.get("hedge")) for task in envelope["tasks"]]
    body = {**header, "hops": header["hops"] + 1, "results": results}
    post(f"/v1/requests/{envelope['requestId']}/results", envelope["resultsToken"], body, envelope["expiresAt"])


def answer_roll_call(asked):
    """Says that this instance is there, if its service is asked."""
    if SERVICE not in asked.get("services", [SERVICE]):
        return
    body = {"v": 1, "kind": "present", "rollCallId": asked["rollCallId"], "answersToken": asked["answersToken"]}
    body.update({"service": SERVICE, "instanceId": INSTANCE, "version": "1", "metadata": {"python": sys.version[:4]}})
    post(asked["answersPath"], asked["answersToken"], body, asked["answerBy"])


def post(path, token, body, until):
    """Sends an answer until it is taken or refused, later and later, for as long as it is of use."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(API_URL + path, json.dumps(body).encode(), headers, method="POST")
    pause = 0.2
    while now_ms() < until:
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500 and refusal.code != 429:
                return print(f"refused: {refusal.code} {refusal.read(500).decode()}", file=sys.stderr)
        except OSError as problem:
            print(f"not reached: {problem}", file=sys.stderr)
        time.sleep(pause)
        pause = min(2 * pause, 5)


def handle(message):
    """Does what a message asks for. What is past its deadline is of no use to anybody."""
    if message.get("v") != 1:
        return
    if message.get("kind") == "roll-call":
        if now_ms() < message["answerBy"]:
            answer_roll_call(message)
    elif "tasks" in message and now_ms() < message["deadlineAt"] + message.get("graceMs", 0):
        answer_tasks(message)


def confirm(url):
    """Visits the link that confirms a subscription, if it leads to SNS."""
    host = urlsplit(url).netloc
    if host != SNS_HOST and not (SNS_HOST.startswith(".") and host.endswith(SNS_HOST)):
        return print(f"not confirmed: {host} is not SNS", file=sys.stderr)
    with urllib.request.urlopen(url, timeout=10):
        print("subscribed", flush=True)


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return self.end(413)
        body = self.rfile.read(int(length))
        self.end(404 if self.path != SECRET_PATH else self.take(body))

    def take(self, body):
        """The status that tells SNS whether to deliver the message again."""
        try:
            posted = json.loads(body)
            kind = self.headers.get("x-amz-sns-message-type")
            if kind == "SubscriptionConfirmation":
                confirm(posted["SubscribeURL"])
            elif self.headers.get("x-amz-sns-rawdelivery") == "true":
                handle(posted)
            elif kind == "Notification":
                handle(json.loads(posted["Message"]))
            return 200
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            print(f"cannot be read: {problem!r}", file=sys.stderr)
            return 400
        except OSError as problem:
            print(f"not done: {problem!r}", file=sys.stderr)
            return 503

    def end(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # SNS posts as many at a time as there are messages: five that wait, as by default, would be too few.
    request_queue_size = 128


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="answers tasks that SNS posts")
    parser.add_argument("--port", type=int, default=8080)
    server = Server(("127.0.0.1", parser.parse_args().port), Endpoint)
    print(f"ready: http://127.0.0.1:{server.server_port}{SECRET_PATH}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
