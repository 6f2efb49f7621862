package app_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what hubs may sign by
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/feed"
)

const loopback = "allow_private: [127.0.0.1], websub: true"

func TestWhatAHubPushesIsPublishedAndASwitchOffIsTold(t *testing.T) {
	h := newHub(t, (*httptest.Server).Start)
	h.configure("/feed", "", loopback)
	h.start()

	form := next(t, h.told)
	if form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != h.srv.URL+"/self" || !strings.HasPrefix(form.Get("hub.callback"), "https://out.example/websub/") {
		t.Errorf("asked for %v", form)
	}
	if form.Has("hub.secret") {
		t.Error("a secret was sent in the clear")
	}
	answer := next(t, h.seen)
	if answer.Code != 200 || answer.Body.String() != "c-1" ||
		answer.Header().Get("Content-Type") != "application/octet-stream" || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("verified: %d %q %v", answer.Code, answer.Body, answer.Header())
	}
	if got := h.call(http.MethodGet, "https://out.example/websub/unknown", nil); got.Code != 404 {
		t.Errorf("an unknown callback answers %d", got.Code)
	}
	if got := h.call(http.MethodPost, form.Get("hub.callback"), bytes.NewReader(rss(two))); got.Code != 202 {
		t.Errorf("a push is answered %d", got.Code)
	}
	until(t, "what was pushed is shown", func() bool { return strings.Contains(h.shown(), "Letters bought") })
	if got := h.shown(); !strings.Contains(got, "Crane falls") {
		t.Fatalf("what was there before is gone: %s", got)
	}

	h.configure("/feed", "", "allow_private: [127.0.0.1]")
	if _, err := h.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if end := next(t, h.told); end.Get("hub.mode") != "unsubscribe" || end.Get("hub.callback") != form.Get("hub.callback") {
		t.Errorf("told %v", end)
	}
	if got := next(t, h.seen); got.Code != 200 {
		t.Errorf("the end is confirmed with %d", got.Code)
	}
	if got := h.call(http.MethodPost, form.Get("hub.callback"), strings.NewReader("x")); got.Code != 410 {
		t.Errorf("a push after the end is answered %d", got.Code)
	}
}

func TestWebsubRocks201To204TheTopicOfTheFinalDocumentIsAskedForWhereTheHubLeads(t *testing.T) {
	for name, tc := range map[string]struct {
		topic, hub int // statuses of redirects; 0: none
		document   bool
	}{
		"201, a topic that is elsewhere for now":      {topic: 302},
		"201, by the status that keeps the method":    {topic: 307},
		"202, a topic that has moved for good":        {topic: 301},
		"202, by the status that keeps the method":    {topic: 308},
		"202, named by the document, not its header":  {topic: 301, document: true},
		"203, a hub that is elsewhere for now":        {hub: 307},
		"204, a hub that has moved for good":          {hub: 308},
		"201 and 203, topic and hub are both of them": {topic: 302, hub: 307},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, (*httptest.Server).Start)
			from, leads := "/new/feed", "hub"
			if tc.topic != 0 {
				from = "/old"
				h.redirect(from, tc.topic, "/new/feed")
			}
			if tc.hub != 0 {
				leads = "busy"
				h.redirect("/new/busy", tc.hub, "/new/hub")
			}
			h.mux.HandleFunc("/new/hub", h.subscribe)
			h.mux.HandleFunc("/new/feed", func(w http.ResponseWriter, _ *http.Request) {
				doc := rss(one)
				if tc.document {
					links := `<channel xmlns:atom="http://www.w3.org/2005/Atom"><atom:link rel="hub" href="` + leads + `"/><atom:link rel="self" href="self"/>`
					doc = bytes.Replace(doc, []byte("<channel>"), []byte(links), 1)
				} else {
					w.Header().Set("Link", "<"+leads+">; rel=hub, <self>; rel=self")
				}
				_, _ = w.Write(doc)
			})
			h.configure(from, "", loopback)
			h.start()
			if form := next(t, h.told); form.Get("hub.mode") != "subscribe" || form.Get("hub.topic") != h.srv.URL+"/new/self" {
				t.Errorf("asked for %v", form)
			}
			if got := next(t, h.seen); got.Code != 200 {
				t.Errorf("verified: %d %s", got.Code, got.Body)
			}
		})
	}
}

func TestAHubThatRedirectsByAStatusWhichDropsTheFormIsNotFollowedAndTriedLater(t *testing.T) {
	h := newHub(t, (*httptest.Server).Start)
	h.redirect("/found", http.StatusFound, "/hub")
	h.serve("/other", rss(one), "/found", "/self")
	h.configure("/other", "", loopback)
	h.start()
	var sub feed.Subscription
	until(t, "the refusal is remembered", func() bool {
		all, err := h.app.Store().Subscriptions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 1 {
			sub = all[0]
		}
		return sub.State == feed.SubscriptionFailed
	})
	if !strings.Contains(sub.Reason, "answered 302 Found; only 307 and 308") || !sub.Renew.After(sub.Since) {
		t.Errorf("remembered %q, tried again %v later", sub.Reason, sub.Renew.Sub(sub.Since))
	}
	if lines := h.log.with("hub refused"); len(lines) != 1 || !strings.Contains(lines[0], "source=a") || !strings.Contains(lines[0], "302 Found") {
		t.Errorf("log %q", lines)
	}
	if len(h.told) > 0 {
		t.Errorf("told %v", <-h.told)
	}
}

func TestASyncWithoutADaemonReliesOnNoPromiseOfAHub(t *testing.T) {
	h := newHub(t, (*httptest.Server).Start)
	h.configure("/feed", "", loopback)
	h.start()
	if next(t, h.told); next(t, h.seen).Code != 200 {
		t.Fatal("not verified")
	}
	h.stop()
	log := slog.New(slog.DiscardHandler)
	if _, err := app.Sync(t.Context(), h.cfg, log, app.EngineOptions{}, control.SyncRequest{All: true}, func(int, int) {}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := app.OpenEngine(t.Context(), h.cfg, log, app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	states, err := e.Store.States(t.Context())
	if err := errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	if st := states[0]; st.Reason != "interval" || st.NextPoll.Sub(st.LastAttempt) > 2*time.Hour {
		t.Errorf("next after %v by %s", st.NextPoll.Sub(st.LastAttempt), st.Reason)
	}
}

func TestWebsubRocks301And302OnlyWhatIsSignedBecomesAnEntryAndTheRestIsTold(t *testing.T) {
	h := newHub(t, (*httptest.Server).StartTLS)
	h.configure("/feed", "insecure_tls: true, allow_private: [127.0.0.1]", "websub: true, max_body: 64KiB") // the hub is asked as the source is
	h.start()
	form := next(t, h.told)
	secret, callback := form.Get("hub.secret"), form.Get("hub.callback")
	if len(secret) < 32 || len(secret) >= 200 || next(t, h.seen).Code != 200 {
		t.Fatalf("asked for %v", form)
	}
	push := func(address, signature string, doc []byte) int {
		r := httptest.NewRequest(http.MethodPost, address, bytes.NewReader(doc))
		r.Header.Set("Content-Type", "application/rss+xml")
		if signature != "" {
			r.Header.Set("X-Hub-Signature", signature)
		}
		return h.do(r).Code
	}
	sum := func(f func() hash.Hash, secret string, doc []byte) string {
		m := hmac.New(f, []byte(secret))
		m.Write(doc)
		return hex.EncodeToString(m.Sum(nil))
	}
	doc := func(title string) []byte {
		return rss(title + "|https://t.example/" + title + "|" + title + "|About it.")
	}
	large := doc(strings.Repeat("x", 64<<10))
	for i, tc := range []struct {
		address, signature string
		doc                []byte
		want               int
	}{
		{callback, "", doc("unsigned"), 202},
		{callback, "sha256=" + sum(sha256.New, "guess", doc("guessed")), doc("guessed"), 202},
		{callback, "sha256=" + sum(sha256.New, secret, doc("signed")), doc("changed"), 202},
		{callback, "sha256=" + sum(sha256.New, secret, large), large, 413},
		{callback + "x", "sha256=" + sum(sha256.New, secret, doc("astray")), doc("astray"), 404},
		{callback, "sha256=" + sum(sha256.New, secret, doc("by-sha256")), doc("by-sha256"), 202},
		{callback, "sha1=" + sum(sha1.New, secret, doc("by-sha1")), doc("by-sha1"), 202}, // the last: they are read in order
	} {
		if got := push(tc.address, tc.signature, tc.doc); got != tc.want {
			t.Errorf("push %d is answered %d, want %d", i, got, tc.want)
		}
	}
	until(t, "what was signed is shown", func() bool { return strings.Contains(h.shown(), "by-sha1") })
	shown := h.shown()
	for title, want := range map[string]bool{"by-sha256": true, "unsigned": false, "guessed": false, "changed": false, "astray": false} {
		if strings.Contains(shown, title) != want {
			t.Errorf("%s: shown %v, want %v", title, !want, want)
		}
	}
	host := strings.TrimPrefix(h.srv.URL, "https://")
	for _, why := range []string{"signature is missing or wrong", "larger than max_body"} {
		if lines := h.log.with(why); len(lines) != 1 || !strings.Contains(lines[0], "level=WARN") || !strings.Contains(lines[0], "source=a hub="+host+" ") {
			t.Errorf("log %q", lines)
		}
	}
	if lines := h.log.with("callback is unknown"); len(lines) != 1 {
		t.Errorf("log %q", lines)
	}
	for _, hidden := range []string{secret, callback[len("https://out.example/websub/"):]} {
		if lines := h.log.with(hidden); len(lines) > 0 {
			t.Errorf("a secret is in the log: %q", lines)
		}
	}
}
