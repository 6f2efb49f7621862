package filter_test

import (
	"context"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
)

// day returns midnight, UTC, of a day of November 2026.
func day(d int) time.Time { return time.Date(2026, time.November, d, 0, 0, 0, 0, time.UTC) }

// input is the article that the tables ask about.
func input() filter.Input {
	return filter.Input{
		Article: feed.Stored{
			Article: feed.Article{
				GUID: "guid-of-the-publisher", URL: "https://example.org/cup", Title: "Cup final ends 3:2",
				Summary: "<p>Short</p>", Content: "<p>Long and <b>bold</b></p>", Language: "en-GB",
				Authors:    []feed.Person{{Name: "Ada", Email: "ada@example.org"}, {Name: "Bo"}},
				Categories: []feed.Category{{Term: "sport"}, {Term: "c2", Label: "Football"}},
				Enclosures: []feed.Enclosure{{URL: "https://example.org/a.mp3", Type: "audio/mpeg", Length: 1234567}},
				Published:  day(30), Updated: day(30), // in the future, so not what rules see
			},
			ID: "tag:example.org,2026:1", Date: day(10), Changed: day(12), FirstSeen: day(11),
		},
		Source: "bbc-world", Tags: []string{"news", "world"},
		Text: func() string { return "Long and bold" },
		Now:  day(20),
	}
}

func TestRulesSeeTheArticle(t *testing.T) {
	tests := map[string]struct {
		rule string
		want bool
	}{
		"true keeps":                                   {`true`, true},
		"false drops":                                  {`false`, false},
		"the source is its name":                       {`source == "bbc-world"`, true},
		"tags are the source's":                        {`"world" in tags && !("sport" in tags)`, true},
		"the title is plain text":                      {`title.startsWith("Cup")`, true},
		"matches finds anywhere in the title":          {`title.matches("final")`, true},
		"matches minds case by default":                {`title.matches("FINAL")`, false},
		"(?i) ignores case":                            {`title.matches("(?i)FINAL")`, true},
		"in compares whole labels":                     {`"spor" in categories`, false},
		"a label is matched by its exact name":         {`"sport" in categories`, true},
		"an unwanted label is refused by not in":       {`!("sport" in categories)`, false},
		"categories are what people see":               {`"Football" in categories && !("c2" in categories)`, true},
		"the summary is HTML":                          {`summary == "<p>Short</p>"`, true},
		"the content is HTML":                          {`content.contains("<b>bold</b>")`, true},
		"the text is plain":                            {`text == "Long and bold"`, true},
		"words are counted":                            {`words == 3`, true},
		"the address is the publisher's":               {`url == "https://example.org/cup"`, true},
		"the id is what subscribers see, not the guid": {`id == "tag:example.org,2026:1"`, true},
		"the author is the first one":                  {`author == "Ada"`, true},
		"authors are names":                            {`authors == ["Ada", "Bo"]`, true},
		"the language is the article's":                {`language.startsWith("en")`, true},
		"published is the date that may be shown":      {`published == timestamp("2026-11-10T00:00:00Z")`, true},
		"updated is the last real change":              {`updated == timestamp("2026-11-12T00:00:00Z")`, true},
		"seen is when it was first seen":               {`seen == timestamp("2026-11-11T00:00:00Z")`, true},
		"now is an argument":                           {`now == timestamp("2026-11-20T00:00:00Z")`, true},
		"an age is a difference of times":              {`now - published < duration("240h1s")`, true},
		"a weekday can be asked for":                   {`published.getDayOfWeek() == 2`, true},
		"enclosures have a type":                       {`enclosures.exists(e, e.type.startsWith("audio/"))`, true},
		"enclosures have an address and a length":      {`enclosures[0].url.endsWith(".mp3") && enclosures[0].length > 1000000`, true},
		"lowerAscii is there":                          {`title.lowerAscii().contains("cup final")`, true},
		"split and join are there":                     {`title.split(" ").join("-") == "Cup-final-ends-3:2"`, true},
		"blanks and lines around a rule do no harm":    {"\n  title != \"\" &&\n  words > 1\n", true},
		"comments do no harm":                          {"true // everything", true},
		"or ends early":                                {`title == "x" || authors.size() == 2`, true},
		"a condition can be written":                   {`"news" in tags ? words < 10 : words > 10`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.Compile(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Match(t.Context(), input())
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.rule, got, tt.want)
			}
		})
	}
}

func TestAnArticleWithoutAnythingHasEmptyVariables(t *testing.T) {
	rule := `title == "" && author == "" && authors == [] && categories == [] && tags == [] && enclosures.size() == 0 &&
		text == "" && words == 0 && summary == "" && content == "" && url == "" && language == "" && id == "" && source == ""`
	f, err := filter.Compile(rule)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Match(t.Context(), filter.Input{}); err != nil || !got {
		t.Errorf("got %v, %v, want true", got, err)
	}
}

func TestWordsOfTextsWithAndWithoutBlanks(t *testing.T) {
	tests := map[string]struct{ text, rule string }{
		"white space of any kind separates":    {"  one\ttwo\nthree\u00a0four  ", `words == 4`},
		"punctuation belongs to its word":      {"Well, well: it's half-time.", `words == 4`},
		"Han characters are a word each":       {"新聞記事。速報", `words == 6`},
		"scripts may be mixed":                 {"RSS配信 test", `words == 4`},
		"a text of blanks alone has no words":  {" \n ", `words == 0`},
		"Cyrillic words are counted by blanks": {"новости дня", `words == 2`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.Compile(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Match(t.Context(), filter.Input{Text: func() string { return tt.text }})
			if err != nil || !got {
				t.Errorf("%q, %s: got %v, %v, want true", tt.text, tt.rule, got, err)
			}
		})
	}
}

func TestFiltersSayWhatTheyUse(t *testing.T) {
	tests := map[string]struct {
		rule              string
		now, text, always bool
	}{
		"literally true":           {`true`, false, false, true},
		"true between blanks":      {" true\n", false, false, true},
		"true in parentheses":      {`(true)`, false, false, true},
		"true by chance":           {`1 == 1`, false, false, false},
		"title alone":              {`title != ""`, false, false, false},
		"now":                      {`now - seen < duration("24h")`, true, false, false},
		"now inside a loop":        {`tags.exists(t, t == "x" || now > seen)`, true, false, false},
		"summary":                  {`summary != ""`, false, true, false},
		"content":                  {`content != ""`, false, true, false},
		"text":                     {`text.contains("x")`, false, true, false},
		"words":                    {`words > 3`, false, true, false},
		"a name inside a string":   {`title == "now text"`, false, false, false},
		"a field called like them": {`enclosures.all(e, e.type != "text")`, false, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.Compile(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			if f.UsesNow() != tt.now || f.UsesText() != tt.text || f.Always() != tt.always {
				t.Errorf("got now %v, text %v, always %v", f.UsesNow(), f.UsesText(), f.Always())
			}
			if f.Rule() != tt.rule {
				t.Errorf("got rule %q, want %q", f.Rule(), tt.rule)
			}
		})
	}
}

func TestTextIsMadeOnceAndOnlyWhenNamed(t *testing.T) {
	calls := 0
	in := input()
	in.Text = func() string { calls++; return "some text" }
	for rule, want := range map[string]int{
		`title != ""`:               0,
		`title != "" || text == ""`: 0,
		`text != "" && words == 2 && text.contains("some")`:     1,
		`tags.all(t, text.contains("some") && t != text)`:       1,
		`summary != "" && content != "" && enclosures.size()>0`: 0,
	} {
		calls = 0
		f, err := filter.Compile(rule)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Match(t.Context(), in); err != nil || !got {
			t.Errorf("%s: got %v, %v", rule, got, err)
		}
		if calls != want {
			t.Errorf("%s: text was made %d times, want %d", rule, calls, want)
		}
	}
}

func TestFiltersAreSharedByGoroutines(t *testing.T) {
	f, err := filter.Compile(`title.matches("(?i)final") && "Football" in categories && words == 3`)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan bool)
	for range 8 {
		go func() {
			all := true
			for range 200 {
				got, err := f.Match(context.WithoutCancel(t.Context()), input())
				all = all && got && err == nil
			}
			results <- all
		}()
	}
	for range 8 {
		if !<-results {
			t.Error("a goroutine got another answer")
		}
	}
}
