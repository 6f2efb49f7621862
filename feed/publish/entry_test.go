package publish_test

import (
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/sanitize"

	"github.com/google/go-cmp/cmp"
)

// one builds an output of one article and returns its entry.
func one(t *testing.T, a feed.Stored, change func(o *feed.Output)) (item, *publish.Document) {
	t.Helper()
	o := output()
	if change != nil {
		change(&o)
	}
	doc := build(t, &shelf{articles: []feed.Stored{a}}, compile(t, o, "", nil))
	list := items(t, doc)
	if len(list) != 1 {
		t.Fatalf("got %d entries, want 1", len(list))
	}
	return list[0], doc
}

func TestContentComesInTheDetailAskedFor(t *testing.T) {
	long := "<p>" + strings.Repeat("Ten  chars <b>here</b> ", 100) + "</p>"
	type text struct{ html, summary string }
	tests := map[string]struct {
		summary, content string
		detail           feed.Detail
		want             text
	}{
		"all":                           {"<p>S.</p>", "<p>C.</p>", feed.DetailFull, text{"<p>C.</p>", "S."}},
		"all, of a content alone":       {"", "<p>C.</p>", feed.DetailFull, text{"<p>C.</p>", ""}},
		"a summary":                     {"<p>S &amp; <b>s</b>.</p>", "<p>C.</p>", feed.DetailSummary, text{"<p>S &amp; <b>s</b>.</p>", "S & s."}},
		"a summary of a content":        {"", "<p>C &lt; <b>d</b>.</p>", feed.DetailSummary, text{"C &lt; d.", "C < d."}},
		"a summary of a summary alone":  {"<p>S.</p>", "", feed.DetailSummary, text{"<p>S.</p>", "S."}},
		"nothing":                       {"<p>S.</p>", "<p>C.</p>", feed.DetailNone, text{}},
		"a summary of what has no text": {"", `<p><img src="https://a.example/i.png"></p>`, feed.DetailSummary, text{}},
		"a summary of a long content": {"", long, feed.DetailSummary, text{
			strings.TrimSuffix(strings.Repeat("Ten chars here ", 20), " here ") + "…", strings.TrimSuffix(strings.Repeat("Ten chars here ", 20), " here ") + "…",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := article(1, "a")
			a.Summary, a.Content = tt.summary, tt.content
			got, _ := one(t, a, func(o *feed.Output) { o.Content = tt.detail })
			if d := cmp.Diff(text{got.ContentHTML, got.Summary}, tt.want, cmp.AllowUnexported(text{})); d != "" {
				t.Errorf("(got, want):\n%s", d)
			}
		})
	}
}

func TestExcerptsOfLongMarkupAreTakenFromTheWholeWhereTheBeginningIsNotEnough(t *testing.T) {
	a := article(1, "a")
	image := `<img src="https://a.example/` + strings.Repeat("x", 100) + `.png">`
	a.Content = strings.Repeat(image, 60) + "<p>At last, words.</p>"
	_, doc := one(t, a, nil)
	if got := doc.Entries[0].Text; got != "At last, words." {
		t.Errorf("got %q", got)
	}
	a.Content = "<p>" + strings.Repeat("Many words. ", 5000) + "</p>"
	_, doc = one(t, a, nil)
	if got := doc.Entries[0].Text; len([]rune(got)) > 300 || len(got) < 280 || strings.Trim(got, "Manywords. ") != "…" {
		t.Errorf("got %d characters: %q", len([]rune(got)), got)
	}
}

func TestTitles(t *testing.T) {
	tests := map[string]struct {
		title, content, url, template string
		authors                       []feed.Person
		want                          string
	}{
		"its own":                         {title: "T <b> & t", want: "T <b> & t"},
		"its first words":                 {content: "<p>One <b>two</b>.</p>", want: "One two."},
		"its first words, cut":            {content: strings.Repeat("word ", 50), want: strings.TrimSuffix(strings.Repeat("word ", 15), " ") + "…"},
		"its address":                     {url: "https://a.example/x", want: "https://a.example/x"},
		"its id":                          {want: "tag:a.example,2026:1"},
		"a template":                      {title: "T & t", template: "[{{.Source}}] {{.Title}} ({{.Name}})", want: "[Source a] T & t (a)"},
		"a template of date and authors":  {title: "T", authors: []feed.Person{{Name: "A"}, {Email: "x@a.example"}, {Name: "B"}}, template: `{{.Author}}, {{.Published.Format "2006-01-02"}}`, want: "A, B, 2026-11-02"},
		"a template over several lines":   {title: "T", template: "\n{{.Title}}\n\tx\u0007\n", want: "T x"},
		"a template that cuts":            {title: "Twelve words", template: "{{slice .Title 0 6}}", want: "Twelve"},
		"a template that comes out empty": {title: "T", template: `{{if eq .Title "x"}}y{{end}}`, want: "T"},
		"a template for no title":         {content: "<p>Words.</p>", template: "{{.Title}}!", want: "Words.!"},
		"markup is text":                  {title: "T", template: "<i>{{.Title}}</i>", want: "<i>T</i>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := article(1, "a")
			a.Title, a.Content, a.URL, a.Authors = tt.title, tt.content, tt.url, tt.authors
			got, doc := one(t, a, func(o *feed.Output) { o.TitleTemplate = tt.template })
			if got.Title != tt.want {
				t.Errorf("got %q, want %q", got.Title, tt.want)
			}
			if shown := doc.Entries[0].Title; shown != tt.want && shown != "" {
				t.Errorf("the page shows %q, want %q", shown, tt.want)
			}
		})
	}
}

func TestATemplateThatFailsForOneArticleKeepsItsTitle(t *testing.T) {
	a := article(1, "a")
	a.Title = "x"
	got, doc := one(t, a, func(o *feed.Output) { o.TitleTemplate = `{{if eq .Title "x"}}{{index .Title 9}}{{end}}{{.Title}}` })
	if got.Title != "x" || len(doc.Warnings) != 1 || !strings.HasPrefix(doc.Warnings[0].String(), "title_template: no answer for an article (own title kept), such as tag:a.example,2026:1: title:1:") {
		t.Errorf("got %q and %v", got.Title, doc.Warnings)
	}
}

func TestEntriesSayWhereTheyAreFromAndWhatElseTheyStandFor(t *testing.T) {
	a1 := article(1, "a")
	b2, c3 := copyOf(2, "b", a1), copyOf(3, "c", a1)
	c3.URL, c3.How = "", feed.HowGUID
	elsewhere := copyOf(4, "elsewhere", a1)
	doc := build(t, &shelf{articles: []feed.Stored{a1, b2, c3, elsewhere}}, compile(t, output(), "", nil))
	list := items(t, doc)
	if len(list) != 1 || list[0].ID != a1.ID {
		t.Fatalf("got %+v, want one entry with the first article's id", list)
	}
	source := list[0].Sluice.Source
	if source.Name != "a" || source.Title != "Source a" || source.URL != "https://a.example/feed" {
		t.Errorf("source: %+v", source)
	}
	want := []struct{ Source, Title, URL, How string }{
		{"b", "Title 2", "https://b.example/2", "url"},
		{"c", "Title 3", "tag:c.example,2026:3", "guid"},
	}
	if d := cmp.Diff(list[0].Sluice.Story, want); d != "" {
		t.Errorf("story (got, want):\n%s", d)
	}
	none := output()
	none.Dedup = feed.DedupNone
	for _, i := range items(t, build(t, &shelf{articles: []feed.Stored{a1, b2, c3}}, compile(t, none, "", nil))) {
		if len(i.Sluice.Story) > 0 {
			t.Errorf("with dedup none, %s stands for %v", i.ID, i.Sluice.Story)
		}
	}
}

func TestSourcesThatAreNoWebAddressAreNotShown(t *testing.T) {
	for name, address := range map[string]string{"a file": "file:/home/ada/private.xml", "what cannot be parsed": "***", "nothing known": ""} {
		t.Run(name, func(t *testing.T) {
			known := infos()
			known["a"] = publish.SourceInfo{Name: "a", URL: address}
			doc, _, err := publish.Build(t.Context(), &shelf{articles: []feed.Stored{article(1, "a")}}, compile(t, output(), "", nil), known, site, feed.Publication{}, start)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []publish.Representation{doc.RSS, doc.Atom, doc.JSON} {
				if strings.Contains(string(r.Body), "private.xml") {
					t.Errorf("%s names the file", r.ContentType)
				}
				if !strings.Contains(string(r.Body), "https://feeds.example.org/#a") {
					t.Errorf("%s does not say where the entry is from", r.ContentType)
				}
			}
			if got := items(t, doc)[0].Sluice.Source.Title; got != "a" {
				t.Errorf("a source without a title is called %q, want its name", got)
			}
		})
	}
}

func TestTextsOfAnOlderSanitizerAreCleanedAgain(t *testing.T) {
	a := article(1, "a")
	a.Summary, a.Content = `<p onclick="x()">S</p>`, `<p>C</p><script>alert(1)</script>`
	a.Sanitizer = sanitize.Version - 1
	got, doc := one(t, a, nil)
	if got.ContentHTML != "<p>C</p>" || strings.Contains(string(doc.RSS.Body), "onclick") {
		t.Errorf("got %q\n%s", got.ContentHTML, doc.RSS.Body)
	}
	rule := compile(t, output(), `content == "<p>C</p>"`, nil)
	if n := len(build(t, &shelf{articles: []feed.Stored{a}}, rule).Entries); n != 1 {
		t.Error("a rule saw the text as it was stored")
	}
	a.Sanitizer = sanitize.Version
	if got, _ := one(t, a, nil); got.ContentHTML != a.Content {
		t.Errorf("what today's sanitiser let through was changed to %q", got.ContentHTML)
	}
}

func TestDatesAreTheStoresAndImpossibleOnesAreLeftOut(t *testing.T) {
	a := article(1, "a")
	a.Published, a.Updated = start.AddDate(1, 0, 0), time.Time{} // of next year: never shown
	a.Changed = a.Date.Add(90 * time.Minute).In(time.FixedZone("", 3600))
	got, _ := one(t, a, nil)
	if got.Published != "2026-11-02T08:01:00Z" || got.Modified != "2026-11-02T09:31:00Z" {
		t.Errorf("published %s, modified %s", got.Published, got.Modified)
	}
	a.Date = time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC)
	if got, _ := one(t, a, nil); got.Published != "" {
		t.Errorf("published %s", got.Published)
	}
}

func TestTheCommonLanguageIsTheFeeds(t *testing.T) {
	de, en, none := article(1, "a"), article(2, "b"), article(3, "c")
	de.Language, en.Language = "de", "en"
	for want, all := range map[bool][]feed.Stored{true: {de}, false: {de, en}} {
		doc := build(t, &shelf{articles: append(all, none)[:len(all)]}, compile(t, output(), "", nil))
		if got := strings.Contains(string(doc.Atom.Body), `<feed xml:lang="de"`); got != want {
			t.Errorf("%d languages: is the feed's language set? got %v, want %v", len(all), got, want)
		}
	}
}

func TestAnEntryIsInTheLanguageOfItsArticleOrElseOfItsSource(t *testing.T) {
	de, none := article(2, "a"), article(1, "a")
	de.Language = "de"
	said := infos()
	a := said["a"]
	a.Language = "fr"
	said["a"] = a
	doc, _, err := publish.Build(t.Context(), &shelf{articles: []feed.Stored{de, none}}, compile(t, output(), "", nil), said, site, feed.Publication{Since: start}, start)
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Entries) != 2 || doc.Entries[0].Language != "de" || doc.Entries[1].Language != "fr" {
		t.Errorf("got %+v", doc.Entries)
	}
}
