package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/web"
	"sluice/feed"

	"golang.org/x/net/html"
)

// crowd is a status of so many sources, all of which fail in as many words as there can be.
func crowd(n int) web.Status {
	now := time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)
	s := web.Status{Now: now, Address: func(id feed.SourceID) string { return "https://" + string(id) + ".example/" + strings.Repeat("x", 200) }}
	for i := range n {
		st := feed.SourceState{
			Source: feed.SourceID(fmt.Sprintf("source-%05d", i)), Status: feed.StatusFailing, FailingSince: now.Add(-time.Duration(i) * time.Minute),
			Failures: 9, Error: strings.Repeat("the error ", 30), Fault: feed.FaultHTTP, Code: 403, Articles: i, Interval: time.Hour,
			LastAttempt: now, LastSuccess: now.Add(-time.Hour), NextPoll: now.Add(time.Hour), Reason: "back-off", FirstPoll: now,
			Info: feed.Info{Title: strings.Repeat("title ", 700)}, Kept: "https://moved.example/" + strings.Repeat("y", 200), GUIDs: feed.GUIDsChange,
			Warnings: map[string]int{"date-ignored": 9, "markup-mended": 8, "duplicate-id": 7, "title-cut": 6},
			Past:     feed.Past{Since: feed.DayOf(now) - 50, Polls: 1 << 40, NotModified: 1 << 39, Failures: 1 << 30, Saved: 1 << 50},
		}
		for day := range feed.Day(feed.NewsDays) {
			st.Past.News = append(st.Past.News, feed.DayNews{Day: feed.DayOf(now) - 29 + day, New: 1000 + int(day)})
		}
		s.Sources = append(s.Sources, st)
	}
	return s
}

// status asks for a page of a status.
func status(tb testing.TB, s web.Status, address string) *httptest.ResponseRecorder {
	tb.Helper()
	h := web.Admin(slog.New(slog.DiscardHandler), web.AdminPages{
		Metrics: http.NotFoundHandler(), Status: func(context.Context) (web.Status, error) { return s, nil },
	})
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, address, http.NoBody)
	req.Host = "localhost"
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

// listed are the names of the sources on a page, by the headings and links that name them.
func listed(tb testing.TB, page string) (names, hrefs []string) {
	tb.Helper()
	ids := map[string]bool{}
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				tb.Errorf("id %s is there twice", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
				if name, ok := strings.CutPrefix(a.Val, "source-"); ok {
					names = append(names, name)
				}
			case a.Key == "href":
				hrefs = append(hrefs, a.Val)
			}
		}
	}
	for _, href := range hrefs {
		if id, ok := strings.CutPrefix(href, "#"); ok && !ids[id] {
			tb.Errorf("a link leads to %s, which is not there", href)
		}
	}
	return names, hrefs
}

func TestTenThousandSourcesInTroubleMakeAPageThatCanBeRead(t *testing.T) {
	s := crowd(10_000)
	rec := status(t, s, "/status")
	if n := rec.Body.Len(); rec.Code != http.StatusOK || n > 1_000_000 {
		t.Errorf("%d with %d bytes", rec.Code, n)
	}
	t.Logf("%d bytes", rec.Body.Len())
	seen := map[string]bool{}
	var last string
	pages := 0
	for address := "/status?state=failing"; address != ""; pages++ {
		rec := status(t, s, address)
		names, hrefs := listed(t, rec.Body.String())
		for _, name := range names {
			if seen[name] {
				t.Fatalf("%s is listed twice", name)
			}
			if last != "" && name >= last { // who fails for longest comes first
				t.Fatalf("%s comes after %s", name, last)
			}
			seen[name], last = true, name
		}
		address = ""
		for _, href := range hrefs {
			if href == fmt.Sprintf("/status?page=%d&state=failing", pages+2) {
				address = href
			}
		}
	}
	if pages != 40 || len(seen) != 10_000 {
		t.Errorf("%d pages list %d sources", pages, len(seen))
	}
	for _, address := range []string{"/status?page=41", "/status?state=gone&page=2", "/status?page=x", "/status?state=other", "/status?page=-1"} {
		if rec := status(t, s, address); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", address, rec.Code)
		}
	}
	if rec := status(t, s, "/status?state=gone"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "There is no such source.") {
		t.Errorf("of none is said %d %s", rec.Code, rec.Body)
	}
}

func TestTheStatusPageMayNotBeKeptAndRunsNothing(t *testing.T) {
	rec := status(t, crowd(1), "/status")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	policy := rec.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "script") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
}

func TestADaemonWithoutSourcesHasAStatus(t *testing.T) {
	rec := status(t, web.Status{Now: time.Now(), Address: func(feed.SourceID) string { return "" }}, "/status")
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "0 sources; 0 outputs; store 0 B") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestWhatStrangersSayIsTextOnTheStatusPage(t *testing.T) {
	s := crowd(2)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)> ${x} {{.Style}} ` + "\u202e\x00"
	for i := range s.Sources {
		st := &s.Sources[i]
		st.Error, st.Info.Title, st.Kept, st.Reason, st.GUIDs = evil, evil, evil, evil, evil
		st.Warnings = map[string]int{evil: 2}
		st.Fault = ""
	}
	s.Sources[1].Status = feed.StatusOK
	s.Reasons, s.Refused = []string{evil}, s.Now
	s.Outputs = []web.StatusOutput{{
		Listed: web.Listed{Name: evil, Title: evil, Description: evil}, Readers: web.OutputReaders{Counted: true, Families: []web.FamilyReaders{{Family: evil}}},
	}}
	doc, err := html.Parse(strings.NewReader(status(t, s, "/status").Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "img" {
			t.Errorf("the page has a %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("a %s has the attribute %s", n.Data, a.Key)
			}
		}
	}
}

// BenchmarkStatusPage measures the page of ten thousand sources.
func BenchmarkStatusPage(b *testing.B) {
	s := crowd(10_000)
	for b.Loop() {
		status(b, s, "/status")
	}
}
