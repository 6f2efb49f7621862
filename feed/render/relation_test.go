package render_test

import (
	"slices"
	"testing"

	"sluice/feed"
	"sluice/feed/render"

	"github.com/google/go-cmp/cmp"
)

func TestEntriesSayWhereTheyAreFrom(t *testing.T) {
	f := full()
	r, a, j := read(t, f)
	if got := r.Channel.Items[0].Source; got.URL != f.Entries[0].Source.URL || got.Title != "Harbour & sea" {
		t.Errorf("RSS source: %+v", got)
	}
	source := a.Entries[0].Source
	wantLinks := []xmlLink{
		{Rel: "self", Href: "https://harbour.example/feed.xml?token=***"}, {Rel: "alternate", Href: "https://harbour.example/"},
	}
	if source.ID != "tag:harbour.example,2026:feed" || source.Title != "Harbour & sea" || source.Updated != "2026-11-02T11:59:00Z" {
		t.Errorf("Atom source: %+v", source)
	}
	if d := cmp.Diff(source.Links, wantLinks); d != "" {
		t.Errorf("Atom source, links (got, want):\n%s", d)
	}
	if got := a.Entries[1].Source.ID; got != "https://harbour.example/feed.xml" {
		t.Errorf("a source without an id has %q, want its address", got)
	}
	want := map[string]string{"name": "harbour", "title": "Harbour & sea", "url": "https://harbour.example/feed.xml?token=***"}
	if d := cmp.Diff(j.Items[0].Sluice.Source, want); d != "" {
		t.Errorf("JSON source (got, want):\n%s", d)
	}
}

func TestEntriesNameTheArticlesTheyStandFor(t *testing.T) {
	r, a, j := read(t, full())
	want := []xmlLink{
		{Rel: "related", Href: "https://gull.example/7", Title: "The Gull: Salt & pepper"},
		{Rel: "related", Href: "tag:plain.example,2026:9", Title: "plain"},
	}
	for format, all := range map[string][]xmlLink{"RSS": r.Channel.Items[0].Links, "Atom": a.Entries[0].Links} {
		got := slices.DeleteFunc(slices.Clone(all), func(l xmlLink) bool { return l.Rel != "related" })
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("%s (got, want):\n%s", format, d)
		}
	}
	wantStory := []map[string]string{
		{"source": "gull", "title": "Salt & pepper", "url": "https://gull.example/7", "how": "url"},
		{"source": "plain", "title": "plain", "url": "tag:plain.example,2026:9", "how": "guid"},
	}
	if d := cmp.Diff(j.Items[0].Sluice.Story, wantStory); d != "" {
		t.Errorf("JSON (got, want):\n%s", d)
	}
	if story := j.Items[1].Sluice.Story; story == nil || len(story) != 0 {
		t.Errorf("an entry alone has the story %v, want an empty list", story)
	}
}

// TestSourcesThatCarryAnArticleAtTheSameAddressAreEachNamed has copies that only
// their sources tell apart: at the entry's own address, and at one another's.
func TestSourcesThatCarryAnArticleAtTheSameAddressAreEachNamed(t *testing.T) {
	e := plain()
	for _, name := range []string{"gull", "tern"} {
		for _, url := range []string{e.URL, "https://gull.example/7"} {
			e.Related = append(e.Related, render.Related{
				Source: feed.SourceID(name), SourceTitle: name, Title: "Boats", URL: url, How: feed.HowURL,
			})
		}
	}
	r, a, j := read(t, bare(e))
	want := []string{
		"https://harbour.example/1 gull: Boats", "https://gull.example/7 gull: Boats",
		"https://harbour.example/1 tern: Boats", "https://gull.example/7 tern: Boats",
	}
	for format, all := range map[string][]xmlLink{"RSS": r.Channel.Items[0].Links, "Atom": a.Entries[0].Links} {
		var got []string
		for _, l := range all {
			if l.Rel == "related" {
				got = append(got, l.Href+" "+l.Title)
			}
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("%s (got, want):\n%s", format, d)
		}
	}
	if got := len(j.Items[0].Sluice.Story); got != 4 {
		t.Errorf("JSON names %d articles, want 4", got)
	}
}

func TestARelationToAnAddressIsNamedOnce(t *testing.T) {
	e := plain()
	e.Comments = "https://harbour.example/1#comments"
	e.Origin = &feed.Origin{Title: "Origin", URL: "https://origin.example/feed"}
	e.Links = []feed.Link{{Rel: "via", URL: e.Origin.URL}, {Rel: "replies", URL: e.Comments}, {Rel: "replies", URL: e.Comments + "-2"}}
	r, a, _ := read(t, bare(e))
	rels := func(all []xmlLink) (list []string) {
		for _, l := range all {
			list = append(list, l.Rel+" "+l.Href)
		}
		return list
	}
	want := []string{
		"via https://origin.example/feed", "replies https://harbour.example/1#comments", "replies https://harbour.example/1#comments-2",
	}
	if d := cmp.Diff(rels(r.Channel.Items[0].Links), want); d != "" {
		t.Errorf("RSS (got, want):\n%s", d)
	}
	if d := cmp.Diff(rels(a.Entries[0].Links), append([]string{"alternate https://harbour.example/1"}, want...)); d != "" {
		t.Errorf("Atom (got, want):\n%s", d)
	}
}
