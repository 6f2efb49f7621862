package attack_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// quarters of times are compared, and not means: what delays an answer is others' work, so
// what is ours shows in the quickest.
func quarters(took []time.Duration) time.Duration {
	slices.Sort(took)
	return part(took, 0.25)
}

// guesser asks again and again on one connection, as who measures would.
type guesser struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func newGuesser(t *testing.T, address string) *guesser {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &guesser{t, conn, bufio.NewReader(conn)}
}

// ask returns how long an answer took that has to have the status.
func (g *guesser) ask(target string, want int) time.Duration {
	g.t.Helper()
	began := time.Now()
	if _, err := fmt.Fprintf(g.conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target); err != nil {
		g.t.Fatal(err)
	}
	res, err := http.ReadResponse(g.in, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	took := time.Since(began)
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != want {
		g.t.Fatalf("%s: %s, %v", target, res.Status, err)
	}
	_ = res.Body.Close() // it was read to its end
	return took
}

// tellsApart reports whether time tells what a guess was: whether one that has more of the
// token right takes longer, or one for an output that there is. Guesses of all kinds are made
// in turn, so that what else the machine does befalls all alike.
func (g *guesser) tellsApart(rounds int) (told bool, why string) {
	kinds := map[string]string{
		"an output that is not there": "/feeds/none.rss?token=" + strings.Repeat("0", len(secret)),
		"no token":                    "/feeds/club.rss?tokem=" + strings.Repeat("0", len(secret)),
		"all of it wrong":             "/feeds/club.rss?token=" + strings.Repeat("z", len(secret)),
		"half of it right":            "/feeds/club.rss?token=" + secret[:16] + strings.Repeat("z", 16),
		"all but the last":            "/feeds/club.rss?token=" + secret[:31] + "z",
	}
	took := map[string][]time.Duration{}
	for range rounds {
		for kind, target := range kinds {
			took[kind] = append(took[kind], g.ask(target, http.StatusNotFound))
		}
	}
	var all []time.Duration
	for kind := range kinds {
		q := quarters(took[kind])
		all = append(all, q)
		why += fmt.Sprintf("%s: %v; ", kind, q)
	}
	least, most := slices.Min(all), slices.Max(all)
	return most > least*3/2+20*time.Microsecond, why
}

// TestGuessingTokensTellsNothing guesses tokens, as fast as one connection can.
func TestGuessingTokensTellsNothing(t *testing.T) {
	d := served(t)
	g := newGuesser(t, d.public)
	g.ask("/feeds/club.rss?token="+secret, http.StatusOK)
	rounds := min(attacks(t, 400), 10_000)
	began := time.Now()
	told, why := g.tellsApart(rounds)
	if told { // somebody else's work may have fallen on one kind
		told, why = g.tellsApart(rounds)
	}
	rate := float64(5*rounds) / time.Since(began).Seconds()
	t.Logf("%.0f guesses a second, of 2^128 tokens; quickest quarter of answers to %s", rate, why)
	if told {
		t.Errorf("time tells a guess from another: %s", why)
	}
	g.ask("/feeds/club.rss?token="+secret, http.StatusOK)
}

// TestWhoComparesInTheOpenIsNoticed is its control: a server that compares byte by byte.
func TestWhoComparesInTheOpenIsNoticed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guess := r.URL.Query().Get("token")
		for i := 0; i < len(guess) && guess[i] == secret[i]; i++ {
			sha256.Sum256(make([]byte, 1<<15)) // a byte's comparison, made large enough for few rounds
		}
		http.NotFound(w, r)
	})}
	go func() { _ = srv.Serve(ln) }() // it ends with the test
	t.Cleanup(func() { _ = srv.Close() })
	if told, why := newGuesser(t, ln.Addr().String()).tellsApart(100); !told {
		t.Errorf("nothing was noticed: %s", why)
	}
}

// TestGuessesAreBounded guesses from one address where answers are limited: so are guesses,
// whatever they say of where they come from, and another address is answered still.
func TestGuessesAreBounded(t *testing.T) {
	const limit = 30
	p := newPublisher(t, 1)
	d := startDaemon(t, fmt.Sprintf("ingest: {allow_private: [127.0.0.1]}\nsources: [{name: s0, url: \"%s/s0\"}]\noutputs: [{name: club, tokens: [\"%x\"]}]\n",
		p.URL, sha256.Sum256([]byte(secret))), "reader_limit: "+fmt.Sprint(limit))
	answered := 0
	for i := range 20 * limit {
		if status := d.guess(t, "", fmt.Sprintf("%032d", i)); status == http.StatusNotFound {
			answered++
		} else if status != http.StatusTooManyRequests {
			t.Fatalf("answered %d", status)
		}
	}
	t.Logf("%d of %d guesses were answered", answered, 20*limit)
	if answered < limit || answered > 4*limit { // as many at once, and then as time goes by
		t.Errorf("%d guesses were answered, want about %d", answered, limit)
	}
	if status := d.guess(t, "", secret); status != http.StatusTooManyRequests {
		t.Errorf("a right guess beyond the limit is answered %d", status)
	}
	if status := d.guess(t, "127.0.0.9", secret); status != http.StatusOK {
		t.Errorf("the holder elsewhere is answered %d", status)
	}
}

// guess asks for the output club with a token, from an address; empty: any.
func (d *daemon) guess(t *testing.T, from, token string) (status int) {
	t.Helper()
	dialer := net.Dialer{Timeout: patience}
	if from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.public+"/feeds/club.rss?token="+token, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} { // which nobody is trusted to say
		req.Header.Set(name, fmt.Sprintf("203.0.113.%d", rand.IntN(256)))
	}
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
