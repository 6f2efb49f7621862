package fetch_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// TestAStrangerLearnsNothingOfANetworkThatHeRedirectsInto: errors are published where an
// output says how sources fare.
func TestAStrangerLearnsNothingOfANetworkThatHeRedirectsInto(t *testing.T) {
	_, closed, _ := net.SplitHostPort(fetchtest.Port(t, "127.0.0.3"))
	silent := newWire(t, "127.0.0.3:0", late)
	mail := saying3(t, "220 mail.example ESMTP\r\n")
	page := saying3(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

	stranger := fetchtest.New(t)
	z := &zone{names: map[string][]string{"feeds.example": {"127.0.0.1"}, "db.corp": {"10.1.2.3"}, "open.corp": {"127.0.0.3"}}}
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"feeds.example", "127.0.0.3"}, Timeout: 2 * time.Second})
	fetch.UseResolver(c, z.resolver(t))
	start := strings.Replace(stranger.URL("/start"), "127.0.0.1", "feeds.example", 1)

	first := ""
	for name, to := range map[string]string{
		"an address that is refused":      "http://10.1.2.3/",
		"metadata":                        "http://169.254.169.254/latest/",
		"a name within":                   "http://db.corp/",
		"a name that is not there":        "http://nothing.corp/",
		"nobody listens where it may ask": "http://127.0.0.3:" + closed + "/",
		"the same by a name":              "http://open.corp:" + closed + "/",
		"somebody who says nothing":       silent.url(),
		"somebody of another protocol":    mail.url(),
		"somebody without TLS":            "https://" + mail.addr + "/",
		"somebody who refuses":            page.url(),
	} {
		stranger.Redirect("/start", 302, to)
		for range 2 { // the second may find a connection
			_, err := c.Fetch(t.Context(), fetch.Target{URL: start})
			if err == nil {
				t.Fatalf("%s: no error", name)
			}
			oneLine(t, err)
			if first == "" {
				first = err.Error()
			}
			if err.Error() != first {
				t.Errorf("%s: %v\nanother said: %s", name, err, first)
			}
		}
	}
	// Where it was configured to ask, the operator is told what is wrong.
	if _, err := c.Fetch(t.Context(), fetch.Target{URL: "http://127.0.0.3:" + closed + "/"}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
}

// saying3 is saying on another address of this machine.
func saying3(tb testing.TB, answer string) *wire {
	tb.Helper()
	return newWire(tb, "127.0.0.3:0", func(_ *http.Request, conn net.Conn) {
		_, _ = conn.Write([]byte(answer))
	})
}

// TestThePublicIsToldOneThingOfAPrivateAddress: whoever has the name of a source can have it
// lead into a network, too, and reads what is published of it.
func TestThePublicIsToldOneThingOfAPrivateAddress(t *testing.T) {
	_, closed, _ := net.SplitHostPort(fetchtest.Port(t, "127.0.0.3"))
	port := func(w *wire) string {
		_, port, _ := net.SplitHostPort(w.addr)
		return port
	}
	z := &zone{names: map[string][]string{"feeds.example": {"127.0.0.3"}, "turned.example": {"10.1.2.3"}}}
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"127.0.0.3"}, Timeout: time.Second})
	fetch.UseResolver(c, z.resolver(t))
	first, told := "", map[string]bool{}
	for name, address := range map[string]string{
		"nobody listens":               "http://feeds.example:" + closed,
		"somebody says nothing":        "http://feeds.example:" + port(newWire(t, "127.0.0.3:0", late)),
		"somebody hangs up":            "http://feeds.example:" + port(saying3(t, "")),
		"somebody of another protocol": "http://feeds.example:" + port(saying3(t, "220 mail.example ESMTP\r\n")),
		"somebody without TLS":         "https://feeds.example:" + port(saying3(t, "220 mail.example ESMTP\r\n")),
		"we refuse":                    "http://turned.example",
	} {
		_, err := c.Fetch(t.Context(), fetch.Target{URL: address, Name: "feed"})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		oneLine(t, err)
		said, private := fetch.Public(err)
		if first == "" {
			first = said
		}
		if said != first || !private || said == err.Error() {
			t.Errorf("%s: the public is told %q, another time %q", name, said, first)
		}
		told[err.Error()] = true
	}
	if len(told) < 5 {
		t.Errorf("the operator is told of %d faults: %v", len(told), told)
	}
	page := saying3(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
	for name, to := range map[string]string{"an answer": page.url(), "a name that is nowhere": "http://nothing.invalid/"} {
		_, err := c.Fetch(t.Context(), fetch.Target{URL: to})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		if said, private := fetch.Public(err); said != err.Error() || private {
			t.Errorf("%s: %q is told as %q", name, err, said)
		}
	}
}
