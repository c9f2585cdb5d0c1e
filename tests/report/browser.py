"""A page in headless Chromium, driven over the DevTools protocol through two pipes. Used by test_browser.py.

What the browser complains of while a page is open (exceptions, errors on the console, violations of the page's content
security policy) and every address that it asks for are kept.
"""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium-headless-shell", "chromium")
PATIENCE = 60  # seconds that an answer may take on a busy machine
# Of the keys that tests press: the code and what it types.
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "Home": (36, ""), "End": (35, "")}


def program():
    for name in PROGRAMS:
        if path := shutil.which(name):
            return path
    raise SystemExit(f"none of {', '.join(PROGRAMS)} is installed: scripts/install_packages --test does that")


class Browser:
    """One browser process; ends with everything it began."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="toksync-test-browser-")
        command_end, self.commands = os.pipe()
        self.answers, answer_end = os.pipe()
        # The browser reads commands from descriptor 3 and writes answers to 4, whatever else has these numbers here.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 50) for end in (command_end, answer_end)]
        # No sandbox, as its namespaces are not to be had for root in a container; the page is our own.
        flags = ["--remote-debugging-pipe", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--no-first-run", "--disable-background-networking", f"--user-data-dir={self.folder.name}"]
        self.log = open(os.path.join(self.folder.name, "log"), "wb")
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "browser", program(), *flags],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, pass_fds=ends)
        for end in (command_end, answer_end, *ends):
            os.close(end)
        self.number = 0
        self.buffer = b""
        self.listeners = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError, RuntimeError, TimeoutError):
            self.call("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        self.process.kill()
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        self.log.close()
        with contextlib.suppress(OSError):
            self.folder.cleanup()

    def call(self, method, session=None, **parameters):
        """The answer to a command; events that come meanwhile go to their sessions' listeners."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.commands, text):]
        number = self.number
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.answers, 1 << 20) if ready else b""
            if not piece:
                with open(self.log.name, encoding="utf-8", errors="replace") as log:
                    raise TimeoutError(f"the browser does not answer; its log:\n{log.read()[-2000:]}")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        if "method" in message and message.get("sessionId") in self.listeners:
            self.listeners[message["sessionId"]](message["method"], message["params"])
        return message

    def open(self, path, width=1280, height=900, scheme="light"):
        return Page(self, path, width, height, scheme)


class Page:
    """A file in a window of its own."""

    def __init__(self, browser, path, width, height, scheme):
        self.browser = browser
        self.complaints = []
        self.addresses = []
        self.is_loaded = False
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.listeners[self.session] = self.hear
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.resize(width, height)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not self.is_loaded:
            self.browser.receive()
        self.frame()

    def hear(self, event, about):
        if event == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif event == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(value.get("value", value)) for value in about["args"]))
        elif event == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(about["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.addresses.append(about["request"]["url"])
        elif event == "Page.javascriptDialogOpening":
            self.complaints.append(f"a dialog opened: {about['message']}")
        elif event == "Page.loadEventFired":
            self.is_loaded = True

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def value(self, expression):
        """What a JavaScript expression yields; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']['exception']['description']}")
        return answer["result"].get("value")

    def frame(self):
        """Lets the page draw what it has scheduled."""
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def click(self, selector):
        """With the mouse, in the middle of the element; whatever covers it gets the click."""
        x, y = self.value(f"(() => {{ const at = document.querySelector({json.dumps(selector)});"
                          " at.scrollIntoView({block: 'center', inline: 'center'}); const box = at.getBoundingClientRect();"
                          " return [box.x + box.width / 2, box.y + box.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.frame()

    def press(self, key, times=1):
        code, text = KEYS[key]
        for _ in range(times):
            about = {"key": key, "windowsVirtualKeyCode": code, "code": "Space" if key == " " else key}
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **about)
            self.call("Input.dispatchKeyEvent", type="keyUp", **about)
        self.frame()

    def type(self, selector, text):
        """Replaces what a field holds, as a person who types."""
        self.value(f"(() => {{ const at = document.querySelector({json.dumps(selector)}); at.focus();"
                   " if (at.select) at.select(); })()")
        if text:
            self.call("Input.insertText", text=text)
        else:
            self.call("Input.dispatchKeyEvent", type="rawKeyDown", key="Delete", windowsVirtualKeyCode=46, code="Delete")
        self.frame()

    def accessible(self):
        """[(role, name)] as a screen reader gets them, without what it skips."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes
                if not node.get("ignored")]

    def screenshot(self, path, whole=False):
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                            **({"clip": self.extent()} if whole else {}))
        path.write_bytes(base64.b64decode(picture["data"]))

    def extent(self):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

    def pdf(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"]))
