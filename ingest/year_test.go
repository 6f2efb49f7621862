package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/storage/bolt/bolttest"
)

const (
	oldHome = "https://old.example/feed"
	newHome = "https://new.example/feed"
)

// year is a publisher over a year of fake time, in which it does what publishers
// do: some of it by day, in events. It holds each request against what it asked for.
type year struct {
	began, last time.Time
	earliest    time.Time // not to be asked before
	because     string
	failures    int
	throttled   time.Time // last 429
	news        time.Time // last new article
	items       []string
	etag        string // of the last document given, by the address that gave it
	etagOf      string
	same        int // documents given alike, without validators
	sameSince   time.Time
	closed      []int // skipHours of the last document
	asked       map[string]int
	longest     time.Duration
	faults      []string
}

// event is what the publisher does from a day on.
type event struct {
	day  int
	what string
}

var events = []event{
	{0, "healthy"},
	{20, "500"},
	{25, "night"}, // asks not to be polled from midnight to five
	{40, "429"},
	{42, "healthy"},
	{75, "still"}, // nothing new
	{100, "healthy"},
	{110, "moves"},
	{125, "503 with a time"},
	{129, "healthy"},
	{150, "new home is gone"}, // and the old one answers again
	{185, "no validators"},
	{230, "healthy"},
	{250, "fresh for three hours"},
	{280, "no feed"},
	{285, "healthy"},
	{360, "410"},
}

func (y *year) day() int { return int(time.Since(y.began) / day) }

func (y *year) now() (what string, since time.Time) {
	for _, e := range events {
		if y.day() >= e.day {
			what, since = e.what, y.began.Add(time.Duration(e.day)*day)
		}
	}
	return what, since
}

func (y *year) complain(format string, args ...any) {
	if len(y.faults) < 20 {
		y.faults = append(y.faults, fmt.Sprintf("day %d: ", y.day())+fmt.Sprintf(format, args...))
	}
}

// Fetch checks the request, and answers as the day says.
func (y *year) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	now := time.Now()
	what, since := y.now()
	y.check(t, what, since, now)
	y.last = now
	y.asked[what]++
	status := 0
	switch what {
	case "500":
		status = 500
	case "429":
		status, y.throttled = 429, now
	case "503 with a time":
		status = 503
	case "410":
		status = 410
	case "new home is gone":
		if t.URL == newHome {
			status = 404
		}
	}
	if status != 0 {
		return y.refuse(status, now)
	}
	return y.serve(t, what, now)
}

// check complains of a request that breaks a promise.
func (y *year) check(t fetch.Target, what string, since, now time.Time) {
	if now.Before(y.earliest) {
		y.complain("asked %v too early, against %s", y.earliest.Sub(now), y.because)
	}
	if gap := now.Sub(y.last); !y.last.IsZero() {
		y.longest = max(y.longest, gap)
	}
	if slices.Contains(y.closed, now.UTC().Hour()) && y.failures == 0 {
		y.complain("asked at %v, within skipHours", now.UTC().Format(time.TimeOnly))
	}
	if t.ETag != "" && t.ETag != y.etag {
		y.complain("asked with %s, the last document had %s", t.ETag, y.etag)
	}
	if y.etag != "" && t.ETag == "" && t.URL == y.etagOf {
		y.complain("asked for all of it, though the last document had %s", y.etag)
	}
	want := map[string]string{"503 with a time": newHome, "no feed": oldHome, "410": oldHome}[what]
	if y.day() >= 113 && what == "moves" {
		want = newHome
	}
	if want != "" && t.URL != want {
		y.complain("asked %s, want %s, %v into it", t.URL, want, now.Sub(since))
	}
}

// refuse answers with a status, and expects to be left alone for a while.
func (y *year) refuse(status int, now time.Time) (fetch.Answer, error) {
	y.failures++
	wait := min(time.Hour<<min(y.failures-1, 10), day)
	ans := fetch.Answer{Status: status}
	switch status {
	case 404, 410:
		wait = min(time.Hour<<min(y.failures-1, 10), 7*day)
	case 429:
		wait = min(4*time.Hour<<min(y.failures-1, 10), 7*day)
	case 503:
		ans.RetryAfter = 31 * time.Hour
		wait = ans.RetryAfter
	}
	if y.failures > 2 && status == 404 {
		wait = time.Hour // what is missing for a week is asked at the old address soon
	}
	y.expect(now, wait, fmt.Sprintf("the back-off from %d", status))
	if status == 410 {
		y.expect(now, 1000*day, "410")
	}
	return ans, &fetch.StatusError{Code: status, RetryAfter: ans.RetryAfter}
}

func (y *year) expect(now time.Time, wait time.Duration, why string) {
	y.earliest, y.because = now.Add(wait), why
}

// serve gives the document of the day, or says that it has not changed.
func (y *year) serve(t fetch.Target, what string, now time.Time) (fetch.Answer, error) {
	ans := fetch.Answer{Status: 200, ContentType: "application/rss+xml"}
	ans.Final, _ = url.Parse(t.URL)
	if (what == "moves" || what == "healthy" && y.day() < 150 && y.day() > 125) && t.URL == oldHome {
		ans.Final, _ = url.Parse(newHome)
		ans.Moved = ans.Final
	}
	if what == "no feed" {
		y.failures++
		y.expect(now, min(time.Hour<<min(y.failures-1, 10), day), "the back-off from a page")
		ans.Body = []byte("<!doctype html><title>Under construction</title>")
		return ans, nil
	}
	y.failures = 0
	if now.Sub(y.news) >= 12*time.Hour && what != "still" && what != "no validators" {
		y.items, y.news = append(y.items, fmt.Sprint("n", len(y.items))), now
	}
	ans.Body, y.closed = y.document(what)
	etag := fmt.Sprintf("%q", fmt.Sprint(len(y.items), what == "night"))
	if what == "no validators" {
		etag = ""
	}
	y.expect(now, time.Hour, "the interval")
	y.weigh(&ans, what, etag == "", now)
	if ans.ETag = etag; etag != "" && t.ETag == etag && ans.Moved == nil {
		ans.Status, ans.NotModified, ans.Body = 304, true, nil
	}
	y.etag, y.etagOf = etag, t.URL
	return ans, nil
}

// weigh expects to be asked later than after the interval where there is a reason.
func (y *year) weigh(ans *fetch.Answer, what string, unvalidated bool, now time.Time) {
	if what == "fresh for three hours" {
		ans.Freshness = 3 * time.Hour
		y.expect(now, 3*time.Hour, "max-age")
	}
	if !y.throttled.IsZero() && now.Sub(y.throttled) < 30*day {
		y.expect(now, 2*time.Hour, "the 429 of late")
	}
	if y.same++; !unvalidated {
		y.same, y.sameSince = 0, time.Time{}
	} else if y.same == 2 {
		y.sameSince = now
	}
	if y.same >= 4 && now.Sub(y.sameSince) >= day {
		y.expect(now, 4*time.Hour, "the lack of validators")
	}
	if what == "still" && y.day() > 75+16 {
		y.expect(now, 2*time.Hour, "its quiet")
	}
}

func (y *year) document(what string) (body []byte, closed []int) {
	text := rss(y.items[max(0, len(y.items)-10):]...)
	if what == "night" {
		var hours strings.Builder
		for hour := range 5 {
			closed = append(closed, hour)
			fmt.Fprintf(&hours, "<hour>%d</hour>", hour)
		}
		text = strings.Replace(text, "<item>", "<skipHours>"+hours.String()+"</skipHours><item>", 1)
	}
	return []byte(text), closed
}

func TestAYearOfASourceKeepsEveryPromise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chance := rand.New(rand.NewPCG(1, 2))
		y := &year{began: time.Now(), asked: map[string]int{}}
		r := &rig{t: t, store: bolttest.Open(t)}
		r.plan = ingest.Plan{Max: day, Authority: "example.org", Fetcher: y}
		for y.day() < 400 { // stopped and started again, at times after days
			r.attach(r.store, ingest.Options{Chance: chance.Float64})
			r.use(source("a", oldHome))
			play(r, time.Duration(chance.Int64N(int64(9*day))))
			if chance.IntN(4) == 0 && y.day() < 340 {
				time.Sleep(time.Duration(chance.Int64N(int64(30 * time.Hour))))
			}
		}
		for _, fault := range y.faults {
			t.Error(fault)
		}
		for _, e := range events {
			if y.asked[e.what] == 0 {
				t.Errorf("not asked at all while %s", e.what)
			}
		}
		if y.asked["410"] != 1 || y.longest > 15*day {
			t.Errorf("asked %d times after it had ended, and once not for %v", y.asked["410"], y.longest)
		}
		st := r.state("a")
		if st.Status != feed.StatusGone || st.Articles != len(y.items) {
			t.Errorf("in the end %s with %d articles, want gone with %d", st.Status, st.Articles, len(y.items))
		}
		if all := r.limits(); len(all) != 0 {
			t.Errorf("what the host asked for ten months ago is remembered: %+v", all)
		}
	})
}
