package ingest

import (
	"net/url"
	"slices"
	"testing"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/parse"
)

func TestWhatASourceNamesForWebSubIsKept(t *testing.T) {
	final, err := url.Parse("https://a.example/feed")
	if err != nil {
		t.Fatal(err)
	}
	links := []string{`<https://h.example/>; rel=hub, </self>; rel=self`}
	before := feed.SourceState{Hubs: []string{"https://old.example/"}, Topic: "https://a.example/old"}
	named1 := parse.Document{Hubs: []string{"https://d.example/"}, Self: "https://a.example/doc"}
	for name, tc := range map[string]struct {
		res   result
		hub   string
		topic string
	}{
		"a document":                      {result{outcome: Changed, doc: named1}, "https://d.example/", "https://a.example/doc"},
		"headers go before it":            {result{outcome: Changed, doc: named1, answer: fetch.Answer{Links: links}}, "https://h.example/", "https://a.example/self"},
		"a document that names none":      {result{outcome: Changed}, "", ""},
		"nothing new":                     {result{outcome: NotModified}, "https://old.example/", "https://a.example/old"},
		"nothing new, but headers":        {result{outcome: NotModified, answer: fetch.Answer{Links: links}}, "https://h.example/", "https://a.example/self"},
		"a part says nothing of the feed": {result{outcome: Changed, answer: fetch.Answer{Delta: true}}, "https://old.example/", "https://a.example/old"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.res.answer.Final = final
			st := named(before, &tc.res)
			if got := slices.Concat(st.Hubs, []string{st.Topic}); tc.hub == "" && len(st.Hubs) > 0 || tc.hub != "" && !slices.Equal(got, []string{tc.hub, tc.topic}) {
				t.Errorf("got %q", got)
			}
		})
	}
}
