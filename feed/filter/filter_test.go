package filter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/filter"

	"github.com/google/go-cmp/cmp"
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

func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	at := func(line, column int, message string) filter.Problem {
		return filter.Problem{Line: line, Column: column, Message: message}
	}
	tests := map[string]struct {
		rule string
		want []filter.Problem
	}{
		"an unknown name, with the one that was meant": {
			`athor == "x"`, []filter.Problem{at(1, 1, "undeclared reference to 'athor', did you mean 'author'?")},
		},
		"several at once, on their lines": {
			"tilte == \"x\" &&\n  catgories.size() > 1", []filter.Problem{
				at(1, 1, "undeclared reference to 'tilte', did you mean 'title'?"),
				at(2, 3, "undeclared reference to 'catgories', did you mean 'categories'?"),
			},
		},
		"columns are characters, not bytes": {
			`title == "äöü" && x`, []filter.Problem{at(1, 19, "undeclared reference to 'x'")},
		},
		"an unknown function":     {`title.startWith("x")`, []filter.Problem{at(1, 16, "undeclared reference to 'startWith', did you mean 'startsWith'?")}},
		"an unknown field":        {`enclosures[0].size > 1`, []filter.Problem{at(1, 14, "undefined field 'size'; an enclosure has url, type and length")}},
		"a rule that ends early":  {`title ==`, []filter.Problem{at(1, 9, "the rule ends too early")}},
		"a stray character":       {`title == ''' `, nil},
		"an empty rule":           {" \n", []filter.Problem{at(1, 1, "the rule is empty; write true to keep everything")}},
		"no condition":            {`title`, []filter.Problem{at(1, 1, "a rule must be true or false, this one is a string")}},
		"a time is no condition":  {`now`, []filter.Problem{at(1, 1, "a rule must be true or false, this one is a timestamp")}},
		"types that do not agree": {`title == 1`, []filter.Problem{at(1, 7, "'==' does not take (string, int)")}},
		"a time compared with a string": {
			`published > "2026-01-01"`, []filter.Problem{at(1, 11, "'>' does not take (timestamp, string)")},
		},
		"a list of mixed types":          {`source in ["a", 1]`, []filter.Problem{at(1, 17, "expected type 'string' but found 'int'")}},
		"an invalid regular expression":  {`title.matches("(")`, []filter.Problem{at(1, 15, "invalid regular expression")}},
		"an invalid duration":            {`now - seen < duration("2d")`, []filter.Problem{at(1, 23, `invalid duration; write for example "90m" or "24h"`)}},
		"an invalid timestamp":           {`seen < timestamp("2026")`, []filter.Problem{at(1, 18, `invalid timestamp; write for example "2026-11-24T00:00:00Z"`)}},
		"a pattern out of an article":    {`title.matches(author)`, []filter.Problem{at(1, 15, "the pattern of matches must be a literal string")}},
		"a pattern that is put together": {`title.matches("a" + "b")`, []filter.Problem{at(1, 19, "the pattern of matches must be a literal string")}},
		"a long pattern": {
			`title.matches("` + strings.Repeat("x", 1025) + `")`, []filter.Problem{at(1, 15, "the pattern has 1025 bytes; at most 1024 are allowed")},
		},
		"a pattern that grows": {
			`title.matches("(abcd){400}")`, []filter.Problem{at(1, 15, "the regular expression is too large: 2402 instructions, at most 1200")},
		},
		"three loops inside each other": {
			`tags.exists(a, tags.exists(b, tags.exists(c, a == b)))`, []filter.Problem{at(1, 42, "more than 2 loops inside each other")},
		},
		"a long rule": {
			`title != "` + strings.Repeat("x", filter.MaxLength) + `"`,
			[]filter.Problem{at(1, 1, "the rule has 16395 bytes; at most 16384 are allowed")},
		},
		"no UTF-8": {"title == \"\xff\"", []filter.Problem{at(1, 1, "the rule is not valid UTF-8")}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := filter.Compile(tt.rule)
			invalid, ok := errors.AsType[*filter.Error](err)
			if !ok || f != nil {
				t.Fatalf("got %v, %v, want an *Error alone", f, err)
			}
			if strings.Contains(invalid.Error(), "\n") {
				t.Errorf("not one line: %q", invalid.Error())
			}
			if tt.want == nil {
				return
			}
			if diff := cmp.Diff(invalid.Problems, tt.want); diff != "" {
				t.Errorf("got (-), want (+):\n%s", diff)
			}
		})
	}
}

func TestHostileRulesAreRefusedAtLoad(t *testing.T) {
	for name, rule := range map[string]string{
		"nested splits":                     `content.split("").exists(a, content.split("").exists(b, a == b))`,
		"a text multiplied by itself":       `content.replace("", content).size() > 0`,
		"copies of a text in a loop":        `content.split("").map(a, content + a).size() > 0`,
		"a text searched for every word":    `text.split(" ").exists(w, text.contains(w))`,
		"a split of a product":              `content.replace("a", content).split("").size() > 0`,
		"deep parentheses":                  strings.Repeat("(", 5000) + "true" + strings.Repeat(")", 5000),
		"deep conditions":                   strings.Repeat("true ? true : ", 2000) + "true",
		"deep lists":                        strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + " == []",
		"a loop over a list that it builds": `text.split("").map(a, text.split("")).size() > 1`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := filter.Compile(rule)
			if _, ok := errors.AsType[*filter.Error](err); !ok {
				t.Errorf("got %v, want an *Error", err)
			}
		})
	}
}

func TestUsefulRulesAreWithinTheBudget(t *testing.T) {
	words := strings.Repeat("alternative|", 40) + "end"
	for name, rule := range map[string]string{
		"a long alternation over the text":  `!text.matches("(?i)\\b(` + words + `)\\b")`,
		"three patterns over the text":      `text.matches("(?i)one.*two") || text.matches("(?i)three") || content.matches("<script")`,
		"a label in the text":               `categories.exists(c, text.contains(c))`,
		"labels against tags":               `categories.exists(c, tags.exists(t, c.lowerAscii() == t))`,
		"lower case of the whole text":      `text.lowerAscii().contains("liveblog")`,
		"a hundred conditions on the title": strings.Repeat(`title.contains("x") || `, 100) + `title == ""`,
		"one loop over the words of a text": `text.split(" ").exists(w, w == "breaking")`,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := filter.Compile(rule)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Match(t.Context(), input()); err != nil {
				t.Error(err)
			}
		})
	}
}

// manyLabels is an article whose lists are far beyond what the estimate expects.
func manyLabels() filter.Input {
	in := input()
	in.Article.Categories = make([]feed.Category, 20_000)
	for i := range in.Article.Categories {
		in.Article.Categories[i].Term = strings.Repeat("x", i%50)
	}
	return in
}

func TestCostIsLimitedWhenMatching(t *testing.T) {
	f, err := filter.Compile(`categories.exists(c, text.contains(c + "y"))`)
	if err != nil {
		t.Fatal(err)
	}
	in := manyLabels()
	in.Text = func() string { return strings.Repeat("words of a text ", 60_000) }
	if got, err := f.Match(t.Context(), in); got || !errors.Is(err, filter.ErrCost) {
		t.Errorf("got %v, %v, want %v", got, err, filter.ErrCost)
	}
	if got, err := f.Match(t.Context(), input()); got || err != nil {
		t.Errorf("an ordinary article afterwards: got %v, %v", got, err)
	}
}

func TestMatchEndsWithItsContext(t *testing.T) {
	f, err := filter.Compile(`categories.exists(a, categories.exists(b, a + "y" == b))`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	in := manyLabels()
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := f.Match(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while matching: got %v, want %v", err, context.Canceled)
	}
	if _, err := f.Match(ctx, input()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: got %v, want %v", err, context.Canceled)
	}
}

func TestARuleWithoutAnAnswerSaysWhy(t *testing.T) {
	f, err := filter.Compile(`categories[7] == "x"`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Match(t.Context(), input()); got || err == nil || !strings.Contains(err.Error(), "index") {
		t.Errorf("got %v, %v, want an error about the index", got, err)
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

func FuzzCompile(f *testing.F) {
	for _, rule := range []string{
		`true`, `!title.matches("(?i)horoscope") && !("sport" in categories)`, `enclosures.exists(e, e.type == "audio/mpeg")`,
		`now - published < duration("24h")`, `title ==`, "a\n\n b", `"\u00e9" in authors`, `[[[[1]]]] == []`, `-9223372036854775808 < 1`,
		`title.split(" ").map(w, w.size()).exists(n, n > 3)`, `{"a": 1}["a"] == 1`, `dyn(1) == "1"`, `"%s".format([title]) == ""`, `has(title.x)`,
	} {
		f.Add(rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		compiled, err := filter.Compile(rule)
		if err != nil {
			invalid, ok := errors.AsType[*filter.Error](err)
			if !ok {
				t.Fatalf("got %T: %v", err, err)
			}
			for _, p := range invalid.Problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.ContainsAny(p.Message, "\n\r") {
					t.Errorf("bad problem %+v", p)
				}
			}
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, _ = compiled.Match(ctx, input()) // a rule may have no answer; it must not panic
	})
}
