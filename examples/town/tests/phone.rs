//! The phone's page as a resident uses it: a land title comes in, is read, and goes to the counter as a
//! file. Nothing of it is said in an address or written to a log.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use yufu_core::{
    Clock, SystemRandom,
    http::{HttpRequest, HttpResponse},
    pages::{Locale, text},
    time::SystemClock,
};
use yufu_issuer::{
    offers::{self, OfferRequest},
    register::Resident,
};
use yufu_town::{
    Options, Town,
    agencies::{self, LAND_REGISTRY},
};

const BOUNDARY: &str = "a-line-that-no-form-holds";
const LOCALES: [Locale; 2] = [Locale::En, Locale::ZhCn];

/// What the program logs, kept to be searched.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A browser that has the phone's page open. It remembers every address that it was sent to.
struct Browser<'a> {
    town: &'a Town,
    locale: Locale,
    visited: Mutex<BTreeSet<String>>,
}

impl Browser<'_> {
    async fn send(&self, path: &str, request: impl FnOnce(String) -> HttpRequest) -> HttpResponse {
        let request = request(format!("{}{path}", self.town.phone.url()));
        self.visited.lock().unwrap().insert(path.to_owned());
        let request = request.header("accept-language", self.locale.tag());
        let response = self.town.http.send(request).await.unwrap();
        if let Some(to) = response.header("location") {
            self.visited.lock().unwrap().insert(to.to_owned());
        }
        response
    }

    async fn get(&self, path: &str) -> HttpResponse {
        self.send(path, HttpRequest::get).await
    }

    /// The text of a page that is there.
    async fn read(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status, 200, "{path}");
        String::from_utf8(response.body).unwrap()
    }

    async fn post(&self, path: &str, form: &str) -> HttpResponse {
        let kind = "application/x-www-form-urlencoded";
        self.send(path, |url| HttpRequest::post(url, kind, form.as_bytes().to_vec())).await
    }

    /// Posts the form that takes a pasted text or a picture.
    async fn paste(&self, path: &str, text: &str) -> HttpResponse {
        let body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n"
        );
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(path, |url| HttpRequest::post(url, &kind, body.into_bytes())).await
    }

    /// A sentence as it stands in a page.
    fn says(&self, id: &str) -> String {
        text(self.locale, id, &[]).replace('\'', "&#39;")
    }

    /// The agency offers a title to `person`, who accepts it; gives the path of its card.
    async fn receive(&self, person: &Resident, configuration: &str) -> String {
        let land = &self.town.land;
        let request = OfferRequest {
            resident: person.number.clone(),
            configuration: configuration.to_owned(),
            ..OfferRequest::default()
        };
        let now = self.town.clock.now();
        let offer =
            offers::create(land.config(), land.database(), &request, now, &SystemRandom::new()).unwrap();
        let review = followed(&self.paste("/add", &offer.link).await);
        let page = self.read(&review).await;
        let name = if self.locale == Locale::ZhCn { LAND_REGISTRY.zh } else { LAND_REGISTRY.en };
        for said in [name, &self.says("phone-offer-registered"), &self.says("phone-offer-whole")] {
            assert!(page.contains(said), "{said:?} is not on the page of the offer");
        }
        let card = followed(&self.post(&review, &format!("tx_code={}", offer.tx_code)).await);
        assert!(card.ends_with("?done=added"), "{card}");
        card.trim_end_matches("?done=added").to_owned()
    }

    /// Through the counter's code and the consent sheet; gives the path of the file's page.
    async fn make_file(&self, card: &str, printed: &str) -> String {
        let sheet = self.paste(&format!("{card}/file/land-title"), printed).await;
        assert_eq!(sheet.status, 200);
        let agree = action(&String::from_utf8(sheet.body).unwrap(), "/consent/");
        followed(&self.post(&agree, "").await)
    }

    async fn bring(&self, file: &[u8]) -> Value {
        let url = format!("{}/api/verify-file?preset=land-title", self.town.counter.url());
        let request = HttpRequest::post(url, "application/json", file.to_vec());
        serde_json::from_slice(&self.town.http.send(request).await.unwrap().body).unwrap()
    }
}

fn followed(response: &HttpResponse) -> String {
    assert_eq!(response.status, 303, "{}", String::from_utf8_lossy(&response.body));
    response.header("location").unwrap().to_owned()
}

/// Where the form whose action begins like this posts to.
fn action(page: &str, begins: &str) -> String {
    let from = page.find(&format!("action=\"{begins}")).unwrap() + "action=\"".len();
    page[from..].split('"').next().unwrap().to_owned()
}

async fn printed_code(town: &Town) -> String {
    let url = format!("{}/api/state", town.counter.url());
    let state = town.http.send(HttpRequest::get(url)).await.unwrap().body;
    let state: Value = serde_json::from_slice(&state).unwrap();
    state["printed_code"].as_str().unwrap().to_owned()
}

async fn open(name: &str) -> (Town, PathBuf) {
    let data = std::env::temp_dir().join(format!("yufu-town-phone-{}-{name}", std::process::id()));
    let options = Options { data: data.clone(), fresh: true, https: false, web: None };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    (Town::open(&options, clock, &mut |_, _| ()).await.unwrap(), data)
}

fn owner(town: &Town) -> Resident {
    let people = agencies::people(40, town.clock.now()).unwrap();
    people.into_iter().find(|person| person.land.is_some()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_takes_a_land_title_to_the_counter_as_a_file_in_either_form_and_language() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (town, data) = open("title").await;
    let person = owner(&town);
    let title = person.land.clone().unwrap();
    let printed = printed_code(&town).await;
    let mut visited = BTreeSet::new();
    let as_jwt = LAND_REGISTRY.more[0].0;
    for (configuration, locale) in [LAND_REGISTRY.configuration, as_jwt].into_iter().zip(LOCALES) {
        let browser = Browser { town: &town, locale, visited: Mutex::default() };
        let card = browser.receive(&person, configuration).await;

        let listed = browser.read("/").await;
        let (kind, name) = match locale {
            Locale::ZhCn => ("不动产权证", LAND_REGISTRY.zh),
            _ => ("Land title", LAND_REGISTRY.en),
        };
        for said in [kind, name, &browser.says("phone-state-valid"), &format!(r#"href="{card}""#)] {
            assert!(listed.contains(said), "{said:?} is not in the list");
        }
        let page = browser.read(&card).await;
        let validity = browser.says("phone-card-validity");
        let (area, parcel) = (title.area_m2.as_str(), title.parcel_number.as_str());
        for said in [kind, name, &validity, area, parcel, &browser.says("phone-card-as-file")] {
            assert!(page.contains(said), "{said:?} is not on the card");
        }
        assert!(!page.contains("did:key"), "the page tells how the title is bound");

        // The counter's code comes first; what is none is told.
        let ask = format!("{card}/file/land-title");
        assert!(browser.read(&ask).await.contains(&browser.says("phone-file-counter-lede")));
        let wrong = browser.paste(&ask, "https://example.org").await;
        let wrong = String::from_utf8(wrong.body).unwrap();
        assert!(wrong.contains(&browser.says("phone-problem-counter")), "{wrong}");

        let sheet = browser.paste(&ask, &printed).await;
        let sheet = String::from_utf8(sheet.body).unwrap();
        let counter =
            if locale == Locale::ZhCn { "鱼符镇服务窗口" } else { "Yufu Town Service Counter" };
        let warned = browser.says("consent-warning-everything-travels");
        for said in [counter, &warned, &browser.says("consent-file-beside"), area, parcel] {
            assert!(sheet.contains(said), "{said:?} is not on the sheet");
        }
        assert_eq!(sheet.matches(r#"<li data-asked="true">"#).count(), 6);
        let beside = sheet.matches(r#"<li data-asked="false">"#).count();
        assert_eq!(sheet.matches(&browser.says("consent-file-unasked")).count(), beside);
        assert!(beside >= 4, "{beside}");

        let agree = action(&sheet, "/consent/");
        let at = followed(&browser.post(&agree, "").await);
        let ready = browser.read(&at).await;
        assert!(ready.contains(counter) && ready.contains(&browser.says("phone-file-save")));
        assert!(!ready.contains(area) && !ready.contains(parcel));
        assert_eq!(browser.post(&agree, "").await.status, 404, "one sheet is agreed to once");

        let file = browser.get(&format!("{at}/download")).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), Some("application/json"));
        let disposition = file.header("content-disposition");
        assert_eq!(disposition, Some(r#"attachment; filename="yufu-land-title.json""#));
        assert_eq!(file.header("cache-control"), Some("no-store"));
        let answer = browser.bring(&file.body).await;
        assert_eq!(answer["verdict"], "valid", "{answer}");
        assert_eq!(answer["fields"].as_array().unwrap().len(), 6, "{answer}");
        assert_eq!(browser.bring(&file.body).await["verdict"], "replayed");

        assert_eq!(followed(&browser.post(&format!("{at}/end"), "").await), card);
        for gone in [at.clone(), format!("{at}/download")] {
            let gone = browser.get(&gone).await;
            assert_eq!(gone.status, 404);
            assert!(String::from_utf8(gone.body).unwrap().contains(&browser.says("phone-file-over")));
        }
        let history = browser.read("/history").await;
        assert!(history.contains(counter) && !history.contains(area), "{history}");
        visited.append(&mut browser.visited.lock().unwrap());
    }

    town.close().await.unwrap();
    std::fs::remove_dir_all(data).unwrap();
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.len() > 1_000, "nothing was logged, so nothing was searched");
    let latin = format!("{} {}", person.family_name, person.given_name);
    let claims = [&title.certificate_number, &title.parcel_number, &title.location, &person.name_zh, &latin];
    for claim in claims {
        assert!(!log.contains(claim.as_str()), "a claim is in the log");
        assert!(!visited.iter().any(|path| path.contains(claim.as_str())), "a claim is in an address");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_gone_when_the_phone_is_locked_and_a_sheet_for_one_makes_no_code() {
    let (town, data) = open("locked").await;
    let person = owner(&town);
    let printed = printed_code(&town).await;
    let browser = Browser { town: &town, locale: Locale::En, visited: Mutex::default() };
    let card = browser.receive(&person, LAND_REGISTRY.configuration).await;

    let sheet = browser.paste(&format!("{card}/file/land-title"), &printed).await;
    let agree = action(&String::from_utf8(sheet.body).unwrap(), "/consent/");
    let as_code = browser.post(agree.trim_end_matches("/file"), "").await;
    assert_eq!(as_code.status, 404);
    assert_eq!(browser.get(&format!("{card}/show/identity")).await.status, 422);
    assert_eq!(browser.get(&format!("{card}/file/age18")).await.status, 422);
    assert_eq!(browser.get("/card/nobody/file/land-title").await.status, 404);

    let at = browser.make_file(&card, &printed).await;
    assert_eq!(browser.get(&format!("{at}/download")).await.status, 200);
    assert_eq!(followed(&browser.post("/lock", "").await), "/unlock");
    assert_eq!(browser.get(&format!("{at}/download")).await.status, 404);
    assert_eq!(browser.post(&agree, "").await.status, 404);
    assert_eq!(followed(&browser.get(&format!("{card}/file/land-title")).await), "/unlock");

    town.close().await.unwrap();
    std::fs::remove_dir_all(data).unwrap();
}
