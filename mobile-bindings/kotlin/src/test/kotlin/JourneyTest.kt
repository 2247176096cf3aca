import java.net.URI
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.Signature
import java.security.cert.CertificateFactory
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import org.json.JSONArray
import org.json.JSONObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import uniffi.yufu.CredentialState
import uniffi.yufu.CurrentCode
import uniffi.yufu.Format
import uniffi.yufu.HistoryEvent
import uniffi.yufu.HttpHeader
import uniffi.yufu.HttpMethod
import uniffi.yufu.HttpRequest
import uniffi.yufu.HttpResponse
import uniffi.yufu.HttpTransport
import uniffi.yufu.KeyLevel
import uniffi.yufu.Keystore
import uniffi.yufu.KeystoreFailure
import uniffi.yufu.TransportFailure
import uniffi.yufu.Wallet
import uniffi.yufu.WalletFailure
import uniffi.yufu.WalletSettings
import uniffi.yufu.Warning
import uniffi.yufu.qrPng
import uniffi.yufu.readQr

/** Keys of this JVM. A phone keeps them in its secure element. */
class JvmKeystore : Keystore {
    val keys = ConcurrentHashMap<String, KeyPair>()

    override fun create(alias: String): ByteArray {
        val generator = KeyPairGenerator.getInstance("EC")
        generator.initialize(ECGenParameterSpec("secp256r1"))
        val pair = generator.generateKeyPair()
        keys[alias] = pair
        val point = (pair.public as ECPublicKey).w
        return byteArrayOf(4) + coordinate(point.affineX.toByteArray()) + coordinate(point.affineY.toByteArray())
    }

    override fun sign(alias: String, message: ByteArray): ByteArray {
        val pair = keys[alias] ?: throw KeystoreFailure.NoSuchKey()
        val signature = Signature.getInstance("SHA256withECDSAinP1363Format")
        signature.initSign(pair.private)
        signature.update(message)
        return signature.sign()
    }

    override fun delete(alias: String) {
        keys.remove(alias)
    }

    override fun wrapKey(dataKey: ByteArray): ByteArray = dataKey

    override fun unwrapKey(wrapped: ByteArray): ByteArray = wrapped

    override fun level(): KeyLevel = KeyLevel.SOFTWARE

    /** 32 bytes, whatever sign byte Java puts before them. */
    private fun coordinate(bytes: ByteArray): ByteArray {
        val magnitude = bytes.dropWhile { it == 0.toByte() }.toByteArray()
        return ByteArray(32 - magnitude.size) + magnitude
    }
}

/** The JDK's client: no redirects, answers capped. */
class JvmTransport(root: Path) : HttpTransport {
    val client: HttpClient = HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(Duration.ofSeconds(5))
        .sslContext(trusting(root))
        .build()

    override suspend fun send(request: HttpRequest): HttpResponse {
        val builder = java.net.http.HttpRequest.newBuilder(URI(request.url)).timeout(Duration.ofSeconds(20))
        request.headers.forEach { builder.header(it.name, it.value) }
        when (request.method) {
            HttpMethod.GET -> builder.GET()
            HttpMethod.POST -> builder.POST(BodyPublishers.ofByteArray(request.body))
        }
        val answer = try {
            client.sendAsync(builder.build(), BodyHandlers.ofByteArray()).await()
        } catch (error: java.io.IOException) {
            throw TransportFailure.Unreachable(error.toString())
        }
        if (answer.body().size.toULong() > request.maxResponseBytes) throw TransportFailure.TooLarge()
        val headers = answer.headers().map().flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
        return HttpResponse(answer.statusCode().toUShort(), headers, answer.body())
    }

    private fun trusting(root: Path): SSLContext {
        val store = KeyStore.getInstance(KeyStore.getDefaultType())
        store.load(null, null)
        Files.newInputStream(root).use {
            store.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(it))
        }
        val managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
        managers.init(store)
        return SSLContext.getInstance("TLS").apply { init(null, managers.trustManagers, null) }
    }
}

class JourneyTest {
    private val town = JSONObject(Files.readString(Path.of(System.getProperty("yufu.town"))))
    private val agency = town.getJSONArray("issuers").getJSONObject(0)
    private val land = town.getJSONArray("issuers").map { it as JSONObject }
        .single { it.getString("configuration") == "land-title" }
    private val transport = JvmTransport(Path.of(town.getString("root_certificate")))
    private val keystore = JvmKeystore()

    private fun open(folder: Path, passphrase: String?) = Wallet.open(
        WalletSettings(
            folder.resolve("wallet.db").toString(),
            town.getString("network_key"),
            town.getString("registry"),
            4u,
        ),
        keystore,
        transport,
        passphrase,
    )

    @Test
    fun `a resident receives, consents, shows, and the counter says valid once`(@TempDir folder: Path) = runBlocking {
        val wallet = open(folder, "a passphrase")
        val id = receive(wallet)
        assertEquals(4, keystore.keys.size)

        val sheet = wallet.consentFor(id, "age18", null)
        val paths = sheet.contents().fields.map { it.path }
        assertEquals(listOf("""["age_equal_or_over","18"]""", """["portrait_small"]"""), paths)
        assertTrue(sheet.contents().face)
        val code = sheet.agreeAndShow().code()
        code.frames.forEach { assertEquals(listOf(it), readQr(qrPng(it, 6u))) }

        val outcome = verdict(code)
        assertEquals("valid", outcome.getString("verdict"), outcome.toString())
        val fields = outcome.getJSONArray("fields")
        assertEquals(1, fields.length())
        assertEquals("age_equal_or_over", fields.getJSONObject(0).getJSONArray("path").getString(0))
        assertEquals("replayed", verdict(code).getString("verdict"))

        assertEquals(3u, wallet.credentials().single().copiesLeft)
        val report = wallet.refresh()
        assertTrue(report.credentials.single().refreshed)
        assertFalse(report.offline)
        assertTrue(wallet.history().first().event is HistoryEvent.Shown)
    }

    @Test
    fun `a resident takes a land title of either form to the counter as a file`(@TempDir folder: Path) = runBlocking {
        val wallet = open(folder, "a passphrase")
        val owner = residents(land).first { owns(it) }
        val printed = JSONObject(fetch(town.getString("counter") + "/api/state")).getString("printed_code")
        for ((configuration, format) in listOf("land-title" to Format.LDP_VC, "land-title-jwt" to Format.VC_JWT)) {
            val (link, txCode) = offer(owner, land, configuration)
            val offer = wallet.reviewOffer(link)
            assertEquals(format, offer.types().single().format)
            val title = offer.accept(txCode).single().id
            wallet.refresh()
            val details = wallet.credential(title)
            assertEquals(CredentialState.VALID, details.summary.state)
            assertTrue(wallet.presetsFor(title).isEmpty())

            val sheet = wallet.fileConsentFor(title, "land-title", printed)
            val contents = sheet.contents()
            assertEquals(Warning.EverythingTravels, contents.warnings.first())
            assertEquals(details.fields.map { it.path }, contents.fields.map { it.path })
            assertEquals(6, contents.fields.size - contents.unasked.size)
            val file = sheet.agreeAndMakeFile()
            assertEquals("application/json", file.mediaType)
            val outcome = fileVerdict(file.content)
            assertEquals("valid", outcome.getString("verdict"), outcome.toString())
            assertEquals(6, outcome.getJSONArray("fields").length())
            assertEquals("replayed", fileVerdict(file.content).getString("verdict"))
            assertEquals(3u, wallet.credential(title).summary.copiesLeft)
        }
    }

    @Test
    fun `a wallet with keys in software needs its passphrase`(@TempDir folder: Path) {
        assertThrows(WalletFailure.PassphraseNeeded::class.java) { open(folder, null) }
        val wallet = open(folder, "a passphrase")
        wallet.lock()
        assertThrows(WalletFailure.Locked::class.java) { wallet.credentials() }
        assertThrows(WalletFailure.WrongPassphrase::class.java) { wallet.unlock("another") }
        wallet.unlock("a passphrase")
        assertTrue(wallet.credentials().isEmpty())
    }

    /** The first resident found who is of age. */
    private suspend fun receive(wallet: Wallet): String {
        for (resident in residents(agency)) {
            val (link, txCode) = offer(resident, agency, agency.getString("configuration"))
            val offer = wallet.reviewOffer(link)
            assertEquals(agency.getString("did"), offer.issuer().did)
            assertNotNull(offer.issuer().legalName)
            val wrong = if (txCode == "000000") "111111" else "000000"
            val refusal = runCatching { offer.accept(wrong) }.exceptionOrNull()
            assertTrue(refusal is WalletFailure.CodeRefused, "$refusal")
            val accepted = offer.accept(txCode).single()
            assertEquals(4u, accepted.copies)
            if (wallet.presetsFor(accepted.id).any { it.id == "age18" }) return accepted.id
            wallet.delete(accepted.id)
        }
        throw AssertionError("no resident of age was found")
    }

    private fun residents(agency: JSONObject): List<String> {
        val page = clerk(agency, "/?q=Li", null)
        return Regex("residents/([0-9A-Za-z]+)").findAll(page).map { it.groupValues[1] }.distinct().toList()
    }

    /** Whether the clerk of the land registry can offer the resident a title. */
    private fun owns(resident: String): Boolean {
        val section = Regex("""data-credential="land-title".*?</section>""", RegexOption.DOT_MATCHES_ALL)
        return "/offer" in section.find(clerk(land, "/residents/$resident", null))!!.value
    }

    private fun offer(resident: String, agency: JSONObject, configuration: String): Pair<String, String> {
        val form = "credential=" + URLEncoder.encode(configuration, Charsets.UTF_8)
        val page = clerk(agency, "/residents/$resident/offer", form)
        val link = Regex("""id="offer-link"[^>]*href="([^"]+)"""").find(page)!!.groupValues[1]
        val code = Regex("""id="tx-code"[^>]*>(\d+)<""").find(page)!!.groupValues[1]
        return link.replace("&amp;", "&") to code
    }

    /** The agency's page, as its clerk uses it. */
    private fun clerk(agency: JSONObject, path: String, form: String?): String {
        val page = agency.getString("page")
        val request = java.net.http.HttpRequest.newBuilder(URI(page + path)).header("origin", page)
        if (form != null) {
            request.header("content-type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form))
        }
        val answer = transport.client.send(request.build(), BodyHandlers.ofString())
        assertEquals(200, answer.statusCode(), answer.body())
        return answer.body()
    }

    private fun fetch(url: String): String =
        transport.client.send(java.net.http.HttpRequest.newBuilder(URI(url)).build(), BodyHandlers.ofString()).body()

    private fun fileVerdict(content: ByteArray): JSONObject {
        val url = URI(town.getString("counter") + "/api/verify-file?preset=land-title")
        val request = java.net.http.HttpRequest.newBuilder(url)
            .header("content-type", "application/json").POST(BodyPublishers.ofByteArray(content))
        return JSONObject(transport.client.send(request.build(), BodyHandlers.ofString()).body())
    }

    private fun verdict(code: CurrentCode): JSONObject {
        val body = JSONObject().put("preset", "age18").put("frames", JSONArray(code.frames)).toString()
        val request = java.net.http.HttpRequest.newBuilder(URI(town.getString("counter") + "/api/verify"))
            .header("content-type", "application/json").POST(BodyPublishers.ofString(body))
        return JSONObject(transport.client.send(request.build(), BodyHandlers.ofString()).body())
    }
}
