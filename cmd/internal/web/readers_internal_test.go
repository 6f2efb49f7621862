package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// someDay is when a day of readers begins.
var someDay = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// visit is a request for a feed by a reader that was here before.
func visit(from, agent string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/feeds/world.atom", http.NoBody)
	r.RemoteAddr = from
	r.Header.Set("User-Agent", agent)
	r.Header.Set("If-None-Match", `"1"`)
	return r
}

// unasked is a request by a reader that has nothing yet.
func unasked(from, agent string) *http.Request {
	r := visit(from, agent)
	r.Header.Del("If-None-Match")
	return r
}

// note counts a request, which came without a proxy.
func note(readers *Readers, at time.Time, r *http.Request) {
	noteOf(readers, at, r, "world", "atom")
}

func noteOf(readers *Readers, at time.Time, r *http.Request, output, format string) {
	from, _ := netip.ParseAddrPort(r.RemoteAddr) // of a unix socket the zero address
	readers.note(at, from.Addr(), r.Header, readers.of(output), format, nil)
}

func TestReadersAreCountedOnceADayByAddressAndProgram(t *testing.T) {
	first := unasked("192.0.2.1:1", "new")
	since := visit("192.0.2.1:1", "dated")
	since.Header.Del("If-None-Match")
	since.Header.Set("If-Modified-Since", "Mon, 02 Nov 2026 08:00:00 GMT")
	for name, tc := range map[string]struct {
		visits []*http.Request
		want   int
	}{
		"nobody":                                 {nil, 0},
		"one":                                    {[]*http.Request{visit("192.0.2.1:1", "a")}, 1},
		"one, by date":                           {[]*http.Request{since}, 1},
		"one, twice":                             {[]*http.Request{visit("192.0.2.1:1", "a"), visit("192.0.2.1:2", "a")}, 1},
		"two programs":                           {[]*http.Request{visit("192.0.2.1:1", "a"), visit("192.0.2.1:1", "b")}, 2},
		"two addresses":                          {[]*http.Request{visit("192.0.2.1:1", "a"), visit("[2001:db8::1]:1", "a")}, 2},
		"by a unix socket":                       {[]*http.Request{visit("@", "a"), visit("", "b")}, 2},
		"a first visit is not counted":           {[]*http.Request{first}, 0},
		"a service":                              {[]*http.Request{visit("192.0.2.1:1", "S/1 (+https://s.example; 12 subscribers)")}, 12},
		"a service of one":                       {[]*http.Request{visit("192.0.2.1:1", "S/1 (1 subscriber)")}, 1},
		"a service with readers":                 {[]*http.Request{visit("192.0.2.1:1", "S/1; 7 readers")}, 7},
		"a service at its first visit":           {[]*http.Request{unasked("192.0.2.1:1", "S/1 (12 subscribers)")}, 12},
		"a first visit of one that has a number": {[]*http.Request{unasked("192.0.2.1:1", "S/1 2 rooms")}, 0},
		"a service of nobody":                    {[]*http.Request{visit("192.0.2.1:1", "S/1 (0 subscribers)")}, 1},
		"a service with two numbers":             {[]*http.Request{visit("192.0.2.1:1", "S (3 subscribers)"), visit("192.0.2.2:1", "S (5 subscribers)")}, 5},
		"a service that boasts":                  {[]*http.Request{visit("192.0.2.1:1", "S (999999999 subscribers)")}, 1_000_000},
		"a number beyond all numbers is one":     {[]*http.Request{visit("192.0.2.1:1", "S (99999999999999999999 subscribers)")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var readers Readers
			readers.Count(someDay)
			for _, r := range tc.visits {
				note(&readers, someDay, r)
			}
			if n := readers.Count(someDay.Add(24*time.Hour - 1)); n != 0 {
				t.Errorf("%d before the day is over", n)
			}
			if n := readers.Count(someDay.Add(24 * time.Hour)); n != tc.want {
				t.Errorf("%d, want %d", n, tc.want)
			}
			if n := readers.Count(someDay.Add(48 * time.Hour)); n != 0 {
				t.Errorf("%d after a day without a visit", n)
			}
		})
	}
}

func TestADayWithoutReadersIsNotTheDayBefore(t *testing.T) {
	var readers Readers
	note(&readers, someDay, visit("192.0.2.1:1", "a"))
	if n := readers.Count(someDay.Add(72 * time.Hour)); n != 0 {
		t.Errorf("%d", n)
	}
}

func TestAClockThatIsSetBackBeginsANewDay(t *testing.T) {
	var readers Readers
	note(&readers, someDay, visit("192.0.2.1:1", "a"))
	readers.Count(someDay.Add(24 * time.Hour))
	back := someDay.Add(-1000 * time.Hour)
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
	var readers Readers
	for i := range 100_500 {
		note(&readers, someDay, visit("192.0.2.1:1", fmt.Sprint(i)))
	}
	if n := readers.Count(someDay.Add(24 * time.Hour)); n != 100_000 {
		t.Errorf("%d", n)
	}
}

// only returns what is known of the one output that was asked for.
func only(t *testing.T, readers *Readers, at time.Time) OutputReaders {
	t.Helper()
	all := readers.Outputs(at)
	if len(all) != 1 {
		t.Fatalf("%d outputs: %+v", len(all), all)
	}
	return all[0]
}

func TestSubscribersOfAnOutputAreCountedByFamily(t *testing.T) {
	var readers Readers
	for i := range 3 {
		note(&readers, someDay, visit(fmt.Sprintf("192.0.2.%d:1", i), "Mozilla/5.0 (compatible; Miniflux/2.0.36; +https://miniflux.app)"))
	}
	note(&readers, someDay, visit("192.0.2.1:1", "newsboat/2.10.2 (Linux x86_64)"))
	note(&readers, someDay, visit("192.0.2.1:1", "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; like FeedFetcher-Google)"))
	if got := only(t, &readers, someDay); got.Counted || got.Families != nil {
		t.Errorf("before the day is over: %+v", got)
	}
	got := only(t, &readers, someDay.Add(24*time.Hour))
	want := []FamilyReaders{{"Feedly", 12}, {"Miniflux", 3}, {"Newsboat", 1}}
	if diff := cmp.Diff(want, got.Families); diff != "" || got.Subscribers != 16 || !got.Counted {
		t.Errorf("%+v\n%s", got, diff)
	}
	if got := only(t, &readers, someDay.Add(72*time.Hour)); got.Subscribers != 0 || len(got.Families) != 0 || !got.Counted {
		t.Errorf("after a day without a visit: %+v", got)
	}
}

func TestAServiceHasSubscribersForEachFeedAndAReaderIsOne(t *testing.T) {
	for name, tc := range map[string]struct {
		agent string
		want  int
	}{
		"a service that asks for two formats": {"Feedbin feed-id:%[2]d - %[1]d subscribers", 3 + 4},
		"a reader that asks for two formats":  {"Reader/1.0", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var readers Readers
			for i, format := range []string{"atom", "rss", "atom"} {
				agent := tc.agent
				if format == "atom" {
					i = 0
				}
				if name[2] == 's' {
					agent = fmt.Sprintf(tc.agent, 3+i, 100+i)
				}
				noteOf(&readers, someDay, visit("192.0.2.1:1", agent), "world", format)
			}
			if got := only(t, &readers, someDay.Add(24*time.Hour)); got.Subscribers != tc.want {
				t.Errorf("%d, want %d", got.Subscribers, tc.want)
			}
		})
	}
}

func TestAReaderOfTwoOutputsSubscribesToBoth(t *testing.T) {
	var readers Readers
	for _, output := range []string{"world", "sport"} {
		noteOf(&readers, someDay, visit("192.0.2.1:1", "Reader/1.0"), output, "atom")
	}
	later := someDay.Add(24 * time.Hour)
	if n := readers.Count(later); n != 1 {
		t.Errorf("%d people, want one", n)
	}
	var got []string
	for _, o := range readers.Outputs(later) {
		got = append(got, fmt.Sprint(o.Output, o.Subscribers))
	}
	if diff := cmp.Diff([]string{"sport1", "world1"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWhoIsKnownTodayTakesNoLock holds the lock while a known reader comes again.
func TestWhoIsKnownTodayTakesNoLock(t *testing.T) {
	var readers Readers
	world, r := readers.of("world"), visit("192.0.2.1:1", "Reader/1.0")
	come := func() { readers.note(someDay, netip.MustParseAddr("192.0.2.1"), r.Header, world, "atom", nil) }
	come()
	readers.mu.Lock()
	defer readers.mu.Unlock()
	come() // or this test ends by its time limit
	if n := testing.AllocsPerRun(100, come); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAConnectionThatIsKnownHidesNobody has several ask over one connection, as by a proxy:
// whoever differs from the one before is looked at.
func TestAConnectionThatIsKnownHidesNobody(t *testing.T) {
	var readers Readers
	var last toldOf
	come := func(at time.Time, r *http.Request, output, format string) {
		from := netip.MustParseAddrPort(r.RemoteAddr)
		readers.note(at, from.Addr(), r.Header, readers.of(output), format, &last)
	}
	service := "S/1 (+https://s.example; 12 subscribers)"
	come(someDay, unasked("192.0.2.1:1", "a"), "world", "atom") // not counted, and no reason to forget its next
	for range 2 {
		come(someDay, visit("192.0.2.1:1", "a"), "world", "atom")
		come(someDay, visit("192.0.2.1:1", "b"), "world", "atom")
		come(someDay, visit("192.0.2.2:1", "b"), "world", "atom")
		come(someDay, visit("192.0.2.2:1", "b"), "sport", "atom")
		come(someDay, visit("192.0.2.3:1", service), "sport", "atom")
		come(someDay, visit("192.0.2.3:1", service), "sport", "rss")
	}
	next := someDay.Add(24*time.Hour + time.Second)
	come(next, visit("192.0.2.3:1", service), "sport", "rss") // of another day
	for _, o := range readers.Outputs(next) {
		if want := map[string]int{"world": 3, "sport": 25}[o.Output]; o.Subscribers != want {
			t.Errorf("%s: %d subscribers, want %d", o.Output, o.Subscribers, want)
		}
	}
	for _, o := range readers.Outputs(next.Add(24*time.Hour + time.Second)) {
		if want := map[string]int{"sport": 12}[o.Output]; o.Subscribers != want {
			t.Errorf("the day after: %s: %d subscribers, want %d", o.Output, o.Subscribers, want)
		}
	}
}

func TestReadersAreCountedFromManyGoroutines(t *testing.T) {
	var readers Readers
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			for n := range 500 {
				note(&readers, someDay.Add(time.Duration(n)*time.Millisecond), visit(fmt.Sprintf("192.0.2.%d:1", i), fmt.Sprint(n)))
				readers.of("world").answered(http.StatusNotModified, 0)
			}
		})
	}
	work.Wait()
	got := only(t, &readers, someDay.Add(24*time.Hour+time.Second))
	if got.Subscribers != 2000 || got.NotModified != 2000 {
		t.Errorf("%+v", got)
	}
}
