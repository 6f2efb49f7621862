package websub_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/websub"
)

// verified returns the callback of source a with its secret, once the hub has verified it.
func (d *desk) verified() (id, secret string) {
	d.Helper()
	d.step()
	form, id := d.asked(len(d.told))
	if d.verify("subscribe", id) != 200 {
		d.Fatal("not verified")
	}
	return id, form.Get("hub.secret")
}

// verifiedAll is verified for these sources, which rise.
func (d *desk) verifiedAll(sources ...feed.SourceID) (ids, secrets map[string]string) {
	d.Helper()
	for _, source := range sources {
		d.wants[source] = websub.Want{Hubs: []string{hub}, Topic: topic}
	}
	d.step()
	d.asked(len(sources))
	ids, secrets = map[string]string{}, map[string]string{}
	for i, source := range sources {
		form := d.told[i]
		id := form.Get("hub.callback")[len("https://out.example/websub/"):]
		if d.verify("subscribe", id) != 200 {
			d.Fatal("not verified")
		}
		ids[string(source)], secrets[string(source)] = id, form.Get("hub.secret")
	}
	return ids, secrets
}

// deliver pushes a text, signed by a secret, and returns the status.
func (d *desk) deliver(id, secret, text string) int {
	return d.sub.Deliver(d.Context(), id, sign(secret, text), "application/atom+xml", strings.NewReader(text))
}

func sign(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// process has what was pushed processed.
func (d *desk) process() {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), time.Second)
	defer cancel()
	if err := d.sub.Run(ctx); err != nil {
		d.Error(err)
	}
}

// ignored returns the lines about pushes that were ignored since the last call, without time and level.
func (d *desk) ignored() []string {
	var all []string
	for line := range strings.Lines(d.log.String()) {
		if _, said, ok := strings.Cut(line, `msg="push ignored" `); ok {
			all = append(all, strings.TrimSpace(said))
		}
	}
	d.log.Reset()
	return all
}

func TestWebsubRocks300To302PushesAreAnsweredAndOnlySignedOnesBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.step()
		form, id := d.asked(1)
		good := sign(form.Get("hub.secret"), "news")
		if got := d.sub.Deliver(t.Context(), id, good, "", strings.NewReader("news")); got != 404 {
			t.Errorf("before it is verified: %d", got)
		}
		d.verify("subscribe", id)
		for _, signature := range []string{"", "sha256=00", good, good + "0"} {
			if got := d.sub.Deliver(t.Context(), id, signature, "application/atom+xml", strings.NewReader("news")); got != 202 {
				t.Errorf("%q: %d", signature, got)
			}
		}
		d.process()
		if len(d.pushed) != 1 || d.pushed[0].Source != "a" || d.pushed[0].Topic != topic || string(d.pushed[0].Body) != "news" {
			t.Errorf("pushed %v", d.pushed)
		}
	})
}

func TestIgnoredPushesAreToldOfOnceAnHourByKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		id, secret := d.verified()
		want := func(lines ...string) {
			t.Helper()
			if got := d.ignored(); fmt.Sprint(got) != fmt.Sprint(lines) {
				t.Errorf("log %q, want %q", got, lines)
			}
		}
		large := strings.Repeat("x", 101)
		for range 3 {
			if got := d.deliver(id, secret, large); got != 413 {
				t.Errorf("too large: %d", got)
			}
			if got := d.deliver(id, "guess", "news"); got != 202 {
				t.Errorf("a wrong signature: %d", got)
			}
			if got := d.deliver("nobody", secret, "news"); got != 404 {
				t.Errorf("an unknown callback: %d", got)
			}
		}
		want(
			`source=a hub=hub.example reason="it is larger than max_body" pushes=1`,
			`source=a hub=hub.example reason="its signature is missing or wrong" pushes=1`,
			`reason="its callback is unknown, perhaps of another store" pushes=1`,
		)
		time.Sleep(time.Hour)
		d.deliver(id, "guess", "news")
		want(`source=a hub=hub.example reason="its signature is missing or wrong" pushes=3`)
		if got := d.deliver(id, secret, large[:100]); got != 202 {
			t.Errorf("as large as may be: %d", got)
		}
		want()
		if d.process(); len(d.pushed) != 1 {
			t.Errorf("pushed %v", d.pushed)
		}
	})
}

func TestABodyThatNobodyWaitsForIsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.step()
		_, id := d.asked(1)
		read := iotest.ErrReader(errors.New("read"))
		for callback, want := range map[string]int{"nobody": 404, id: 404} {
			if got := d.sub.Deliver(t.Context(), callback, "", "", read); got != want {
				t.Errorf("%d, want %d", got, want)
			}
		}
		d.verify("subscribe", id)
		if got := d.sub.Deliver(t.Context(), id, "", "", read); got != 400 {
			t.Errorf("a body that breaks off: %d", got)
		}
		d.verify("denied", id)
		if got := d.sub.Deliver(t.Context(), id, "", "", read); got != 404 {
			t.Errorf("after a denial: %d", got)
		}
	})
}

func TestPushesThatAreReadOrWaitAreBoundedAndOneSourceLeavesRoomToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ids, secrets := d.verifiedAll("a", "b", "c", "d", "e")
		d.deliver(ids["a"], "guess", "gives its place back")
		slow, hub := io.Pipe() // one is being read all the time
		status := make(chan int)
		go func() { status <- d.sub.Deliver(t.Context(), ids["a"], sign(secrets["a"], "slow"), "", slow) }()
		synctest.Wait()
		for i, tc := range []struct {
			source string
			pushes int
			status int
		}{{"a", 3, 202}, {"a", 2, 503}, {"b", 4, 202}, {"b", 1, 503}, {"c", 4, 202}, {"d", 4, 202}, {"e", 1, 503}} {
			for range tc.pushes {
				if got := d.deliver(ids[tc.source], secrets[tc.source], "news"); got != tc.status {
					t.Errorf("%d, a push for %s: %d, want %d", i, tc.source, got, tc.status)
				}
			}
		}
		if got := d.ignored(); len(got) != 4 || !strings.Contains(got[3], "source=e") || !strings.Contains(got[3], "too many others wait") {
			t.Errorf("log %q", got)
		}
		if _, err := io.WriteString(hub, "slow"); err != nil || hub.Close() != nil {
			t.Error(err)
		}
		if got := <-status; got != 202 {
			t.Errorf("the slow one: %d", got)
		}
		if d.process(); len(d.pushed) != 16 {
			t.Errorf("%d pushed, want 16", len(d.pushed))
		}
		if got := d.deliver(ids["e"], secrets["e"], "news"); got != 202 {
			t.Errorf("when they are processed: %d", got)
		}
	})
}

func TestPushesOfASourceAreProcessedInOrderAndNoOtherSourceWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ids, secrets := d.verifiedAll("a", "b")
		d.slow = "a"
		for _, text := range []string{"1", "2", "3"} {
			d.deliver(ids["a"], secrets["a"], text)
		}
		d.deliver(ids["b"], secrets["b"], "4")
		d.process()
		var got []string
		for _, p := range d.pushed {
			got = append(got, string(p.Body))
		}
		if strings.Join(got, " ") != "4 1 2 3" {
			t.Errorf("processed %q", got)
		}
	})
}

func TestAHubIsAskedInTheWayOfItsSourceAndNotNamedWhereThatIsSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		var asked []fetch.Target
		configured := true
		way := websub.Way{
			On: true, Base: "https://out.example/websub/",
			Poster: poster(func(t fetch.Target, form url.Values) error {
				asked, d.told = append(asked, t), append(d.told, form)
				return nil
			}),
			Target: func(id feed.SourceID) (fetch.Target, bool) {
				return fetch.Target{Name: "its hub", Proxy: "socks5://" + string(id) + ".example"}, configured
			},
		}
		d.sub.Use(way)
		id, _ := d.verified()
		if len(asked) != 1 || asked[0].URL != hub || asked[0].Name != "its hub" || asked[0].Proxy != "socks5://a.example" {
			t.Errorf("asked %+v", asked)
		}
		d.deliver(id, "guess", "news")
		if got := d.ignored(); len(got) != 1 || !strings.HasPrefix(got[0], `source=a hub="its hub" `) {
			t.Errorf("log %q", got)
		}
		configured, d.wants = false, nil // its proxy is not known any more, and nobody is asked without it
		d.step()
		if got := d.deliver(id, "guess", "news"); got != 410 || len(asked) != 1 {
			t.Errorf("after the source has left a push is answered %d, asked %d times", got, len(asked))
		}
	})
}
