package dedup_test

import (
	"slices"
	"strings"
	"testing"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/feed/fuzztest"
	"sluice/feed/sanitize"
)

const (
	advert    = "Subscribe to our letter and read it every morning"
	otherAd   = "Have you seen the offers of our shop yet"
	crane     = "The harbour of the old town was closed on Tuesday after a crane fell into the water beside the ferry pier."
	fullCrane = crane + " Divers searched the basin for three hours. They did not find the driver, who had left his cabin before " +
		"the storm. The ferries will sail from the northern pier until the wreck is lifted, which the port expects to take a week."
)

// edit is the article that cases below change.
func edit() feed.Article {
	return feed.Article{
		GUID: "1", URL: "https://a.example/1?utm_source=rss", Title: "Crane falls into the harbour", Image: "https://cdn.example/p.jpg?w=300",
		Content: `<p>` + crane + ` Anna Berg saw it.</p><p>Nobody was hurt, said the port, and it will reecive the bill.</p>` +
			`<p><a href="https://b.example/x?utm_source=a">More</a> <img src="https://cdn.example/p.jpg?w=300" alt="A crane" width="3"/></p>` +
			`<p>12 comments</p><p>Posted 3 hours ago by Ole, in Harbour news</p>`,
		Authors:    []feed.Person{{Name: "Ida"}},
		Categories: []feed.Category{{Term: "Town"}},
		Enclosures: []feed.Enclosure{{URL: "https://a.example/1.mp3?updated=1", Type: "audio/mpeg"}, {URL: "https://a.example/2.mp3"}},
	}
}

// in replaces a part of the text.
func in(old, now string) func(a *feed.Article) {
	return func(a *feed.Article) {
		if !strings.Contains(a.Content, old) {
			panic("not in the text: " + old)
		}
		a.Content = strings.ReplaceAll(a.Content, old, now)
	}
}

var edits = map[string]struct {
	change func(a *feed.Article)
	want   dedup.Change
}{
	"nothing": {func(*feed.Article) {}, dedup.Same},

	"a campaign in the address":              {func(a *feed.Article) { a.URL = "https://a.example/1?utm_source=atom" }, dedup.Same},
	"a campaign in a link":                   {in("x?utm_source=a", "x?utm_source=b"), dedup.Same},
	"the query of a picture":                 {in("p.jpg?w=300", "p.jpg?w=301&amp;v=2"), dedup.Same},
	"the query of the article's own picture": {func(a *feed.Article) { a.Image = "https://cdn.example/p.jpg?w=640" }, dedup.Same},
	"a token in the address of an enclosure": {func(a *feed.Article) { a.Enclosures[0].URL = "https://a.example/1.mp3?sig=xyz" }, dedup.Same},
	"white space":                            {in(" after", "\n\tafter"), dedup.Same},
	"attributes and their order":             {in(`alt="A crane" width="3"`, `width="40" alt="A crane"`), dedup.Same},
	"a counter of comments":                  {in("12 comments", "1,340 comments"), dedup.Same},
	"a counter that begins":                  {in("12 comments", "No comments"), dedup.Same},
	"a relative time":                        {in("3 hours ago", "2 days ago"), dedup.Same},
	"dates alone":                            {func(a *feed.Article) { a.Updated = a.Updated.AddDate(1, 0, 0) }, dedup.Same},

	"the guid":                   {func(a *feed.Article) { a.GUID = "2" }, dedup.Touched},
	"the scheme of the address":  {func(a *feed.Article) { a.URL = "http://a.example/1" }, dedup.Touched},
	"markup":                     {in("<p>Nobody", "<p><b>Nobody</b>"), dedup.Touched},
	"where a link leads":         {in("https://b.example/x", "https://b.example/y"), dedup.Touched},
	"a category":                 {func(a *feed.Article) { a.Categories = nil }, dedup.Touched},
	"an author":                  {func(a *feed.Article) { a.Authors = []feed.Person{{Name: "Ole"}} }, dedup.Touched},
	"the length of an enclosure": {func(a *feed.Article) { a.Enclosures[0].Length = 7 }, dedup.Touched},
	"the order of enclosures":    {func(a *feed.Article) { slices.Reverse(a.Enclosures) }, dedup.Touched},
	"a summary beside the text":  {func(a *feed.Article) { a.Summary = "<p>Shorter.</p>" }, dedup.Touched},
	"the order of two lines": {func(a *feed.Article) {
		first, rest, _ := strings.Cut(a.Content, "</p>")
		a.Content = rest + first + "</p>"
	}, dedup.Edited},

	"a misspelled word":       {in("reecive", "receive"), dedup.Mended},
	"a misspelled first word": {in("The harbour", "Hte harbour"), dedup.Mended},
	"another word":            {in("beside", "near"), dedup.Mended},
	"three words":             {in("was closed", "has been shut"), dedup.Mended},
	"a word of the title":     {func(a *feed.Article) { a.Title = "Crane falls in the harbour" }, dedup.Mended},
	"the address":             {func(a *feed.Article) { a.URL = "https://a.example/2" }, dedup.Mended},
	"punctuation":             {in("pier.", "pier!"), dedup.Mended},

	"a number":                        {in("hurt, said", "hurt at 3, said"), dedup.Edited},
	"a number in words":               {in("a crane fell", "two crane fell"), dedup.Edited},
	"the name of a day":               {in("Tuesday", "Wednesday"), dedup.Edited},
	"a name":                          {in("Anna Berg", "Anna Borg"), dedup.Edited},
	"a negation":                      {in("it will reecive", "it will not reecive"), dedup.Edited},
	"a negation at the beginning":     {in("Nobody was hurt", "Somebody was hurt"), dedup.Edited},
	"four words":                      {in("fell into the water", "was blown over"), dedup.Edited},
	"another sentence":                {in("Anna Berg saw it.", "Anna Berg saw it. The ferries sail again from the northern pier."), dedup.Edited},
	"another title":                   {func(a *feed.Article) { a.Title = "Ferries stay in port after accident" }, dedup.Edited},
	"a title marked as corrected":     {func(a *feed.Article) { a.Title = "Corrected: Crane falls into the harbour" }, dedup.Edited},
	"a title marked as recast":        {func(a *feed.Article) { a.Title = "RECAST-Crane falls into the harbour" }, dedup.Edited},
	"a title counted as an update":    {func(a *feed.Article) { a.Title = "UPDATE 1-Crane falls into the harbour" }, dedup.Edited},
	"a title marked as a wrap-up":     {func(a *feed.Article) { a.Title = "WRAPUP: crane falls into the harbour" }, dedup.Edited},
	"the enclosure":                   {func(a *feed.Article) { a.Enclosures = nil }, dedup.Edited},
	"a field's text moved to another": {func(a *feed.Article) { a.Title, a.Content = "Crane", "<p>falls into the harbour</p>" }, dedup.Edited},
}

func TestAnEditIsWeighedByWhatItChanges(t *testing.T) {
	for name, test := range edits {
		is := edit()
		test.change(&is)
		if got := change(edit(), is); got.Change != test.want {
			t.Errorf("%s: got %d, want %d", name, got.Change, test.want)
		}
		// The other way round it weighs the same.
		if got := change(is, edit()); got.Change != test.want {
			t.Errorf("%s, taken back: got %d, want %d", name, got.Change, test.want)
		}
	}
}

// change is what a document with one item changes.
func change(stored, is feed.Article) dedup.Edit {
	it := dedup.Prepare("", []feed.Article{is})[0]
	var j dedup.Judge
	return j.Edit(stored, it, dedup.NewBoilerplate([]dedup.Item{it}, nil, nil, 0), func(dedup.Mark) bool { return false })
}

func TestScoresAreNewsUnlessReadersAreCounted(t *testing.T) {
	for name, test := range map[string]struct {
		was, is string
		want    dedup.Change
	}{
		"points of a team":                {"<p>" + crane + "</p><p>Points: 12</p>", "<p>" + crane + "</p><p>Points: 15</p>", dedup.Edited},
		"votes of an election":            {"<p>" + crane + "</p><p>1,204 votes</p>", "<p>" + crane + "</p><p>1,310 votes</p>", dedup.Edited},
		"points of a forum":               {"<p>" + crane + "</p><p>Points: 12</p><p># Comments: 0</p>", "<p>" + crane + "</p><p>Points: 15</p><p># Comments: 3</p>", dedup.Same},
		"readers, in one line":            {"<p>" + crane + "</p><p>12 likes · 3 shares · 5 min read</p>", "<p>" + crane + "</p><p>40 likes · 9 shares · 5 min read</p>", dedup.Same},
		"a number within a sentence":      {"<p>He had 12 points.</p><p>3 comments</p>", "<p>He had 15 points.</p><p>3 comments</p>", dedup.Edited},
		"a text of which nothing is left": {"<p>3 comments</p>", "<p>4 comments</p>", dedup.Same},
	} {
		if got := change(feed.Article{GUID: "1", Content: test.was}, feed.Article{GUID: "1", Content: test.is}); got.Change != test.want {
			t.Errorf("%s: got %d, want %d", name, got.Change, test.want)
		}
	}
}

func TestWordsOfFewAreTyposOnlyWhereTheyAreSpelledAlike(t *testing.T) {
	for name, test := range map[string]struct {
		was, is string
		want    dedup.Change
	}{
		"two letters that changed places": {"Carne falls", "Crane falls", dedup.Edited}, // may be a name
		"a small word misspelled":         {"crane flals today", "crane falls today", dedup.Mended},
		"another word":                    {"crane falls today", "crane rises today", dedup.Edited},
		"a title with capitals":           {"Crane Falls Into Harbour", "Crane Falls Onto Harbour", dedup.Mended},
	} {
		if got := change(feed.Article{Title: test.was}, feed.Article{Title: test.is}); got.Change != test.want {
			t.Errorf("%s: got %d, want %d", name, got.Change, test.want)
		}
	}
}

func TestAFullTextIsNeverLostToItsSummary(t *testing.T) {
	full := feed.Article{GUID: "1", Title: "Crane falls", Content: "<p>" + fullCrane + "</p>"}
	both := full
	both.Summary = "<p>An accident stops all ferries.</p>"
	for name, short := range map[string]feed.Article{
		"its first sentence":         {GUID: "1", Title: "Crane falls", Content: "<p>" + crane + "</p>"},
		"its beginning, cut":         {GUID: "1", Title: "Crane falls", Summary: fullCrane[:len(fullCrane)*2/3] + "…"},
		"its beginning, cut in HTML": {GUID: "1", Title: "Crane falls", Content: "<p>" + fullCrane[:len(fullCrane)*2/3] + " [&#8230;]</p>"},
		"nothing":                    {GUID: "1", Title: "Crane falls"},
	} {
		up := change(short, full)
		if up.Change != dedup.Mended || up.Article.Content != full.Content {
			t.Errorf("%s became the full text: %d %q", name, up.Change, up.Article.Content)
		}
		if down := change(full, short); down.Change != dedup.Same {
			t.Errorf("the full text became %s: %d", name, down.Change)
		}
		short.Title = "Crane falls into harbour, ferries stay in port"
		down := change(full, short)
		if down.Change != dedup.Edited || down.Article.Content != full.Content || down.Article.Title != short.Title {
			t.Errorf("the full text became %s under another title: %d %q", name, down.Change, down.Article.Content)
		}
	}
	beside := feed.Article{GUID: "1", Title: "Crane falls", Content: both.Summary}
	if up := change(beside, both); up.Change != dedup.Mended {
		t.Errorf("a summary got its text: %d", up.Change)
	}
	if down := change(both, beside); down.Change != dedup.Same {
		t.Errorf("a text left its summary alone: %d", down.Change)
	}
	grown := full
	grown.Content += "<p>The driver was found.</p>"
	if got := change(full, grown); got.Change != dedup.Edited {
		t.Errorf("a text that grew: %d, want an edit", got.Change)
	}
}

func TestAnAddressThatAnArticleHadIsNoNewOne(t *testing.T) {
	one, two := edit(), edit()
	two.URL = "https://a.example/sport/1"
	it := dedup.Prepare("", []feed.Article{two})[0]
	var j dedup.Judge
	had := func(m dedup.Mark) bool { return m == dedup.NewMark(dedup.KindURL, "a.example/sport/1") }
	if got := j.Edit(one, it, nil, had); got.Change != dedup.Same {
		t.Errorf("got %d, want no change", got.Change)
	}
}

func TestAPictureIsTheTextOfAnItemWithoutWords(t *testing.T) {
	picture := func(src string) feed.Article { return feed.Article{Content: `<img src="` + src + `"/>`} }
	if got := change(picture("https://a.example/1.png"), picture("https://a.example/2.png")); got.Change != dedup.Edited {
		t.Errorf("another picture: got %d, want an edit", got.Change)
	}
	if got := change(feed.Article{Image: "https://a.example/1"}, feed.Article{Image: "https://a.example/2"}); got.Change != dedup.Edited {
		t.Errorf("another image: got %d, want an edit", got.Change)
	}
}

// issue is a document of items that share a line.
func issue(shared string) []feed.Article {
	var doc []feed.Article
	for i, text := range []string{harbour, museum, orchard} {
		doc = append(doc, item(string(rune('1'+i)), "", "News", text+"</p><p>"+shared))
	}
	return doc
}

// revised returns what documents in turn change in the articles of the first.
func revised(docs ...[]feed.Article) (changes []dedup.Change) {
	stored := map[string]feed.Article{}
	var remembered []dedup.Repeated
	for day, doc := range docs {
		items := dedup.Prepare("", doc)
		common := dedup.NewBoilerplate(items, nil, remembered, uint32(day))
		for _, it := range items {
			if was, ok := stored[it.Article.GUID]; ok {
				common.Compare(was, it)
			}
		}
		remembered = common.Remember(uint32(day))
		for _, it := range items {
			was, ok := stored[it.Article.GUID]
			if !ok {
				stored[it.Article.GUID] = it.Article
				continue
			}
			var j dedup.Judge
			e := j.Edit(was, it, common, func(dedup.Mark) bool { return false })
			changes = append(changes, e.Change)
			if e.Change != dedup.Same {
				stored[it.Article.GUID] = e.Article
			}
		}
	}
	return changes
}

func TestLinesThatItemsShareAreNoneOfTheirs(t *testing.T) {
	single := func(shared string) []feed.Article { return issue(shared)[:1] }
	for name, test := range map[string]struct {
		docs [][]feed.Article
		want []dedup.Change
	}{
		"one for another in all at once": {[][]feed.Article{issue(advert), issue(otherAd)}, []dedup.Change{0, 0, 0}},
		"with links and a picture": {[][]feed.Article{
			issue(`<a href="https://ad.example/1"><img src="https://ad.example/1.gif"/></a>`), issue(`<a href="https://ad.example/2"><img src="https://ad.example/2.gif"/></a>`),
		}, []dedup.Change{0, 0, 0}},
		"one is gone":        {[][]feed.Article{issue(advert), issue("")}, []dedup.Change{0, 0, 0}},
		"one comes":          {[][]feed.Article{issue(""), issue(advert)}, []dedup.Change{0, 0, 0}},
		"in one item, later": {[][]feed.Article{issue(advert), single("Read what our readers have to say")}, []dedup.Change{dedup.Edited}},
		"in one item, to one that all have": {
			[][]feed.Article{issue(advert), append(single(otherAd), issue(advert)[1:]...), append(single(advert), issue(advert)[1:]...)},
			[]dedup.Change{dedup.Edited, 0, 0, dedup.Edited, 0, 0},
		},
		"matches that are called off": {[][]feed.Article{issue("Match on time"), issue("Postponed today")}, []dedup.Change{dedup.Edited, dedup.Edited, dedup.Edited}},
		"with an edit": {
			[][]feed.Article{issue(advert), append(issue(otherAd)[:2], item("3", "", "News", museum+"</p><p>"+otherAd))},
			[]dedup.Change{0, 0, dedup.Edited},
		},
	} {
		if got := revised(test.docs...); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// FuzzEdit holds that no text breaks the comparison, that a text is no edit of
// itself, and that what is judged to be the same is so the other way round.
func FuzzEdit(f *testing.F) {
	f.Add("Crane", "<p>"+harbour+"</p><p>12 comments</p>", "Crane falls", "<p>"+harbour+"</p><p>Posted 3 hours ago</p>")
	f.Add("起重机", "<p>3小时前 港口</p>", "\xff", "<img src=\"x\"> \xfe […]")
	f.Fuzz(func(t *testing.T, title, text, otherTitle, otherText string) {
		defer fuzztest.Within(t, len(title)+len(text)+len(otherTitle)+len(otherText), fuzztest.Cost{Bytes: 8 << 20, Each: 4 << 10})()
		one := feed.Article{GUID: "1", Title: title, Content: sanitize.HTML(text)}
		two := feed.Article{GUID: "1", Title: otherTitle, Content: sanitize.HTML(otherText)}
		if got := change(one, one); got.Change != dedup.Same {
			t.Errorf("%q is an edit of itself: %d", one.Content, got.Change)
		}
		there, back := change(one, two), change(two, one)
		if there.Change == dedup.Same && back.Change > dedup.Mended {
			t.Errorf("%+v and %+v: %d there and %d back", one, two, there.Change, back.Change)
		}
	})
}
