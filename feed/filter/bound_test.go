package filter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
)

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
