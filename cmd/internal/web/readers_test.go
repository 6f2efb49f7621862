package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"sluice/cmd/internal/web"
)

// visit is a request for a feed by a reader that was here before.
func visit(from, agent string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/feeds/world.atom", http.NoBody)
	r.RemoteAddr = from
	r.Header.Set("User-Agent", agent)
	r.Header.Set("If-None-Match", `"1"`)
	return r
}

// note counts a request, which came without a proxy.
func note(readers *web.Readers, at time.Time, r *http.Request) {
	from, _ := netip.ParseAddrPort(r.RemoteAddr) // of a unix socket the zero address
	readers.Note(at, from.Addr(), r)
}

func TestReadersAreCountedOnceADayByAddressAndProgram(t *testing.T) {
	first := visit("192.0.2.1:1", "new")
	first.Header.Del("If-None-Match")
	since := visit("192.0.2.1:1", "dated")
	since.Header.Del("If-None-Match")
	since.Header.Set("If-Modified-Since", "Mon, 02 Nov 2026 08:00:00 GMT")
	for name, tc := range map[string]struct {
		visits []*http.Request
		want   int
	}{
		"nobody":                             {nil, 0},
		"one":                                {[]*http.Request{visit("192.0.2.1:1", "a")}, 1},
		"one, by date":                       {[]*http.Request{since}, 1},
		"one, twice":                         {[]*http.Request{visit("192.0.2.1:1", "a"), visit("192.0.2.1:2", "a")}, 1},
		"two programs":                       {[]*http.Request{visit("192.0.2.1:1", "a"), visit("192.0.2.1:1", "b")}, 2},
		"two addresses":                      {[]*http.Request{visit("192.0.2.1:1", "a"), visit("[2001:db8::1]:1", "a")}, 2},
		"by a unix socket":                   {[]*http.Request{visit("@", "a"), visit("", "b")}, 2},
		"a first visit is not counted":       {[]*http.Request{first}, 0},
		"a service":                          {[]*http.Request{visit("192.0.2.1:1", "S/1 (+https://s.example; 12 subscribers)")}, 12},
		"a service of one":                   {[]*http.Request{visit("192.0.2.1:1", "S/1 (1 subscriber)")}, 1},
		"a service with readers":             {[]*http.Request{visit("192.0.2.1:1", "S/1; 7 readers")}, 7},
		"a service of nobody":                {[]*http.Request{visit("192.0.2.1:1", "S/1 (0 subscribers)")}, 1},
		"a service with two numbers":         {[]*http.Request{visit("192.0.2.1:1", "S (3 subscribers)"), visit("192.0.2.2:1", "S (5 subscribers)")}, 5},
		"a service that boasts":              {[]*http.Request{visit("192.0.2.1:1", "S (999999999 subscribers)")}, 1_000_000},
		"a number beyond all numbers is one": {[]*http.Request{visit("192.0.2.1:1", "S (99999999999999999999 subscribers)")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var readers web.Readers
			readers.Count(modified)
			for _, r := range tc.visits {
				note(&readers, modified, r)
			}
			if n := readers.Count(modified.Add(24*time.Hour - 1)); n != 0 {
				t.Errorf("%d before the day is over", n)
			}
			if n := readers.Count(modified.Add(24 * time.Hour)); n != tc.want {
				t.Errorf("%d, want %d", n, tc.want)
			}
			if n := readers.Count(modified.Add(48 * time.Hour)); n != 0 {
				t.Errorf("%d after a day without a visit", n)
			}
		})
	}
}

func TestADayWithoutReadersIsNotTheDayBefore(t *testing.T) {
	var readers web.Readers
	note(&readers, modified, visit("192.0.2.1:1", "a"))
	if n := readers.Count(modified.Add(72 * time.Hour)); n != 0 {
		t.Errorf("%d", n)
	}
}

func TestAClockThatIsSetBackBeginsANewDay(t *testing.T) {
	var readers web.Readers
	note(&readers, modified, visit("192.0.2.1:1", "a"))
	readers.Count(modified.Add(24 * time.Hour))
	back := modified.Add(-1000 * time.Hour)
	note(&readers, back, visit("192.0.2.1:1", "a"))
	note(&readers, back, visit("192.0.2.1:1", "b"))
	if n := readers.Count(back); n != 1 {
		t.Errorf("%d, want what was known", n)
	}
	if n := readers.Count(back.Add(24 * time.Hour)); n != 2 {
		t.Errorf("%d", n)
	}
}

func TestReadersBeyondCountingCostNoMemory(t *testing.T) {
	var readers web.Readers
	for i := range 100_500 {
		note(&readers, modified, visit("192.0.2.1:1", fmt.Sprint(i)))
	}
	if n := readers.Count(modified.Add(24 * time.Hour)); n != 100_000 {
		t.Errorf("%d", n)
	}
}

func TestOnlyReadersOfFeedsAreCounted(t *testing.T) {
	readers := &web.Readers{}
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base, Readers: readers})
	for i, path := range []string{"/", "/feeds/world", "/feeds/none.atom", "/feeds/world.atom", "/feeds/world.rss", "/robots.txt"} {
		r := visit("192.0.2.1:1", fmt.Sprint(i))
		r.URL.Path = path
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := readers.Count(time.Now().Add(24 * time.Hour)); n != 2 {
		t.Errorf("%d, want the two feeds", n)
	}
}
