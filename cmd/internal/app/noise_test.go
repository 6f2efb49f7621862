package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluice/cmd/internal/app"
	"sluice/feed"
	"sluice/ingest"

	"pgregory.net/rapid"
)

// page is what a subscriber is sent.
type page struct{ etag, modified, body string }

// shown asks for every form of an output.
func shown(t *testing.T, a *app.App) (all [4]page) {
	t.Helper()
	for i, path := range []string{"/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/all"} {
		rec := httptest.NewRecorder()
		a.Public().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != http.StatusOK {
			t.Fatalf("GET %s: %d %s", path, rec.Code, rec.Body)
		}
		all[i] = page{rec.Header().Get("ETag"), rec.Header().Get("Last-Modified"), rec.Body.String()}
	}
	return all
}

// counted is a document whose items say the same for the same texts, and other
// things beside that change by themselves.
func counted(rt *rapid.T, source string, texts []int) []byte {
	number := func(label string) int { return rapid.IntRange(2, 5000).Draw(rt, label) }
	ad := rapid.SampledFrom([]string{
		"<p>Subscribe to our letter and read it every morning</p>", "<div><p>Have you seen the offers of our shop yet</p></div>",
		`<p><a href="https://ad.example/a"><img src="https://ad.example/a.gif"/></a></p>`, "",
	}).Draw(rt, "ad")
	var b strings.Builder
	fmt.Fprintf(&b, "<rss version=\"2.0\"><channel><title>T</title><link>https://%s.example/</link><description>%d readers</description>"+
		"<lastBuildDate>Mon, 02 Mar 2026 10:%02d:00 GMT</lastBuildDate>", source, number("readers"), number("minute")%60)
	for i, text := range texts {
		size := number("size")
		attributes := rapid.SampledFrom([]string{`width="%d" alt="A crane"`, `alt="A crane" width="%d"`}).Draw(rt, "attributes")
		html := fmt.Sprintf(`<p>Item %d of %s tells%sof edit%d in words%d that nobody%d else has said%d before</p>`+
			`<p><img src="https://a.example/p.jpg?v=%d" `+attributes+`/><img src="https://count.example/%d.gif" width="1" height="1"/></p>`+
			`<p><a href="https://b.example/x?utm_content=%d">More</a> posted %d hours ago</p><p>%d comments</p>%s`,
			i, source, strings.Repeat(" ", size%3+1), text, text, text, text, size, size, size, size, number("hours"), number("comments"), ad)
		fmt.Fprintf(&b, "<item><guid isPermaLink=\"false\">%s-%d</guid><link>https://%s.example/%d?utm_source=s%d</link><title>Item %d, edit%d of all</title>"+
			"<pubDate>Mon, 02 Mar 2026 0%d:00:00 GMT</pubDate><description><![CDATA[%s]]></description></item>", source, i, source, i, size, i, text, i, html)
	}
	b.WriteString("</channel></rss>")
	return []byte(b.String())
}

// TestWhatChangesByItselfChangesNoByteThatIsPublished draws publishers that count,
// date and advertise, and asks for what subscribers would be sent after each poll.
func TestWhatChangesByItselfChangesNoByteThatIsPublished(t *testing.T) {
	st := &stage{docs: map[string][]byte{}}
	srv := httptest.NewServer(st)
	defer srv.Close()
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("s%d", i))
	}
	a := startApp(t, seriesConfig(t, srv.URL, names))
	next := 0
	rapid.Check(t, func(rt *rapid.T) {
		if next == len(names) {
			return // as many publishers as that will do
		}
		name := names[next]
		next++
		poll := func(doc []byte) ingest.Report {
			st.show("/"+name, doc)
			reports, err := a.Sync(t.Context(), ingest.Request{Sources: []feed.SourceID{feed.SourceID(name)}, All: true}, nil)
			if err != nil {
				rt.Fatal(err)
			}
			return reports[0]
		}
		texts := make([]int, rapid.IntRange(3, 4).Draw(rt, "items"))
		poll(counted(rt, name, texts))
		before := shown(t, a)
		for range rapid.IntRange(1, 4).Draw(rt, "polls") {
			doc := counted(rt, name, texts)
			for range 2 {
				rep := poll(doc)
				if is := shown(t, a); is != before || rep.Merged.New+rep.Merged.Updated > 0 {
					rt.Fatalf("%s: %s, %+v: what is published changed\n%s\nwas\n%s", name, rep.Outcome, rep.Merged, is[2].body, before[2].body)
				}
			}
		}
		texts[0]++
		if rep := poll(counted(rt, name, texts)); rep.Merged.Updated != 1 || shown(t, a) == before {
			rt.Fatalf("%s: an edit gave %+v, and is not shown", name, rep.Merged)
		}
	})
}
