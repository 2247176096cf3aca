"""Drives the wallet's bindings against a running town: accept, consent, code or file, the counter's verdict.

    yufu-town --ready ready.json &
    mobile-bindings/generate.sh
    PYTHONPATH=mobile-bindings/generated/python python3 mobile-bindings/python/journey.py ready.json

The keystore and the HTTP client are this platform's own, as they would be a phone's.
"""

import asyncio
import html
import json
import re
import ssl
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

import yufu


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


class MemoryKeystore(yufu.Keystore):
    """Keys in this process. A phone keeps them in its secure element."""

    def __init__(self):
        self.keys = {}
        self.lock = threading.Lock()

    def create(self, alias):
        key = ec.generate_private_key(ec.SECP256R1())
        with self.lock:
            self.keys[alias] = key
        point = serialization.PublicFormat.UncompressedPoint
        return key.public_key().public_bytes(serialization.Encoding.X962, point)

    def sign(self, alias, message):
        key = self.keys.get(alias)
        if key is None:
            raise yufu.KeystoreFailure.NoSuchKey()
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def delete(self, alias):
        with self.lock:
            self.keys.pop(alias, None)

    def wrap_key(self, data_key):
        return data_key

    def unwrap_key(self, wrapped):
        return wrapped

    def level(self):
        return yufu.KeyLevel.SOFTWARE


class UrllibTransport(yufu.HttpTransport):
    """The standard library's client: no redirects, no proxies, answers capped."""

    def __init__(self, root_certificate):
        context = ssl.create_default_context(cafile=root_certificate)
        self.opener = urllib.request.build_opener(
            NoRedirects, urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        self.sent = 0

    async def send(self, request):
        self.sent += 1
        return await asyncio.to_thread(self.exchange, request)

    def exchange(self, request):
        outgoing = urllib.request.Request(
            request.url,
            data=request.body if request.method == yufu.HttpMethod.POST else None,
            headers={header.name: header.value for header in request.headers},
        )
        try:
            answer = self.opener.open(outgoing, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError as error:
            raise yufu.TransportFailure.Unreachable(reason=str(error)) from error
        with answer:
            body = answer.read(request.max_response_bytes + 1)
        if len(body) > request.max_response_bytes:
            raise yufu.TransportFailure.TooLarge()
        headers = [yufu.HttpHeader(name=name, value=value) for name, value in answer.headers.items()]
        return yufu.HttpResponse(status=answer.status, headers=headers, body=body)


class Clerk:
    """Uses an agency's page as a clerk does."""

    def __init__(self, page, opener):
        self.page = page
        self.opener = opener

    def ask(self, path, form=None):
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(self.page + path, data=body, headers={"origin": self.page})
        with self.opener.open(request, timeout=20) as answer:
            return answer.read().decode()

    def can_offer(self, configuration, resident):
        section = re.search(rf'data-credential="{configuration}".*?</section>', self.ask(f"/residents/{resident}"), re.S)
        return "/offer" in section[0]

    def offer(self, configuration, resident):
        page = self.ask(f"/residents/{resident}/offer", {"credential": configuration})
        link = html.unescape(re.search(r'id="offer-link"[^>]*href="([^"]+)"', page)[1])
        return link, re.search(r'id="tx-code"[^>]*>(\d+)<', page)[1]

    def residents(self, name):
        found = re.findall(r"residents/([0-9A-Za-z]+)", self.ask("/?" + urllib.parse.urlencode({"q": name})))
        return list(dict.fromkeys(found))


def verdict(town, opener, preset, frames):
    body = json.dumps({"preset": preset, "frames": frames}).encode()
    url = town["counter"] + "/api/verify"
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    with opener.open(request, timeout=20) as answer:
        return json.load(answer)


def file_verdict(town, opener, preset, content):
    url = town["counter"] + "/api/verify-file?preset=" + preset
    request = urllib.request.Request(url, data=content, headers={"content-type": "application/json"})
    with opener.open(request, timeout=20) as answer:
        return json.load(answer)


def step(name, holds):
    print(f"{'ok  ' if holds else 'FAIL'} {name}")
    if not holds:
        sys.exit(1)


async def walk(town, folder):
    transport = UrllibTransport(town["root_certificate"])
    settings = yufu.WalletSettings(
        path=str(Path(folder) / "wallet.db"),
        network_key=town["network_key"],
        registry_url=town["registry"],
        copies=4,
    )
    keystore = MemoryKeystore()
    try:
        yufu.Wallet.open(settings, keystore, transport, None)
        step("a wallet with keys in software needs a passphrase", False)
    except yufu.WalletFailure.PassphraseNeeded:
        step("a wallet with keys in software needs a passphrase", True)
    wallet = yufu.Wallet.open(settings, keystore, transport, "a passphrase")

    agency = town["issuers"][0]
    clerk = Clerk(agency["page"], transport.opener)
    adult = None
    for resident in clerk.residents("Li"):
        link, tx_code = clerk.offer(agency["configuration"], resident)
        offer = await wallet.review_offer(link)
        step("the registry confirms who offers", offer.issuer().did == agency["did"])
        step("the offer asks for a code of six digits", offer.tx_code().length == 6)
        try:
            await offer.accept("000000" if tx_code != "000000" else "111111")
            step("a wrong transaction code is refused", False)
        except yufu.WalletFailure.CodeRefused as refusal:
            step("a wrong transaction code is refused", refusal.reason == "invalid_grant")
        accepted = await offer.accept(tx_code)
        step("four copies are stored", accepted[0].copies == 4)
        if any(preset.id == "age18" for preset in wallet.presets_for(accepted[0].id)):
            adult = accepted[0].id
            break
        wallet.delete(accepted[0].id)
    step("a resident of age was found", adult is not None)
    step("each copy has a key of its own", len(keystore.keys) == 4)

    sheet = wallet.consent_for(adult, "age18", None)
    paths = [json.loads(field.path) for field in sheet.contents().fields]
    step("the sheet lists the age and the face", paths == [["age_equal_or_over", "18"], ["portrait_small"]])
    session = sheet.agree_and_show()
    code = session.code()
    step("the code is shown as pictures", all(yufu.read_qr(yufu.qr_png(f, 6)) == [f] for f in code.frames))
    outcome = verdict(town, transport.opener, "age18", code.frames)
    step(f"the counter says {outcome['verdict']}", outcome["verdict"] == "valid")
    disclosed = [field["path"] for field in outcome["fields"]]
    step("the counter learns the age alone", disclosed == [["age_equal_or_over", "18"]])
    outcome = verdict(town, transport.opener, "age18", code.frames)
    step("the same code again is replayed", outcome["verdict"] == "replayed")

    step("one copy is spent", wallet.credentials()[0].copies_left == 3)
    report = await wallet.refresh()
    step("a refresh brings new proofs", report.credentials[0].refreshed and not report.offline)
    newest = wallet.history()[0].event
    step("the history tells what was shown", isinstance(newest, yufu.HistoryEvent.SHOWN) and newest.face)
    await take_land_title(town, wallet, transport)
    wallet.lock()
    try:
        wallet.credentials()
        step("a locked wallet tells nothing", False)
    except yufu.WalletFailure.Locked:
        step("a locked wallet tells nothing", True)
    step("every request went through this platform", transport.sent > 5)


async def take_land_title(town, wallet, transport):
    """A land title, in each form that the land registry issues, goes to the counter as a file."""
    agency = next(one for one in town["issuers"] if one["configuration"] == "land-title")
    clerk = Clerk(agency["page"], transport.opener)
    owner = next(one for one in clerk.residents("Li") if clerk.can_offer("land-title", one))
    with transport.opener.open(town["counter"] + "/api/state", timeout=20) as answer:
        printed = json.load(answer)["printed_code"]
    forms = {"land-title": yufu.Format.LDP_VC, "land-title-jwt": yufu.Format.VC_JWT}
    for configuration, form in forms.items():
        link, tx_code = clerk.offer(configuration, owner)
        offer = await wallet.review_offer(link)
        step(f"{configuration} is offered in its form", [one.format for one in offer.types()] == [form])
        title = (await offer.accept(tx_code))[0].id
        await wallet.refresh()
        summary = wallet.credential(title).summary
        step("the title is held and valid", (summary.format, summary.state) == (form, yufu.CredentialState.VALID))
        step("no code shows it, a file does", wallet.presets_for(title) == [])
        step("a file answers one question", [one.id for one in wallet.file_presets_for(title)] == ["land-title"])

        sheet = wallet.file_consent_for(title, "land-title", printed)
        contents = sheet.contents()
        step("the sheet says that everything travels", isinstance(contents.warnings[0], yufu.Warning.EVERYTHING_TRAVELS))
        step("the sheet names the counter", contents.asker.name.en == "Yufu Town Service Counter")
        everything = {field.path for field in wallet.credential(title).fields}
        step("the sheet lists every claim", {field.path for field in contents.fields} == everything)
        step("the sheet marks what nobody asked for", len(everything) - len(contents.unasked) == 6)
        file = sheet.agree_and_make_file()
        step("the file has a name and a media type", file.name == "yufu-land-title.json" and file.media_type == "application/json")
        outcome = file_verdict(town, transport.opener, "land-title", file.content)
        step(f"the counter says {outcome['verdict']}", outcome["verdict"] == "valid" and len(outcome["fields"]) == 6)
        outcome = file_verdict(town, transport.opener, "land-title", file.content)
        step("the same file again is replayed", outcome["verdict"] == "replayed")
        step("one copy is spent", wallet.credential(title).summary.copies_left == 3)


def main():
    town = json.loads(Path(sys.argv[1]).read_text())
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(walk(town, folder))


if __name__ == "__main__":
    main()
