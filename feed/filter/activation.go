package filter

import (
	"strings"
	"time"
	"unicode"

	"sluice/feed"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// activation gives a rule its variables one by one, when they are asked for, so
// that those that are not named cost nothing.
type activation struct {
	in   Input
	text *string // Input.Text, once it was called
}

// Parent implements cel.Activation.
func (*activation) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	art := &a.in.Article
	switch name {
	case "source":
		return string(a.in.Source), true
	case "tags":
		return list(a.in.Tags), true
	case "title":
		return art.Title, true
	case "summary": // summary and content are HTML, as stored
		return art.Summary, true
	case "content":
		return art.Content, true
	case "text":
		return a.plain(), true
	case "words":
		return int64(countWords(a.plain())), true
	case "url":
		return art.URL, true
	case "id":
		return art.ID, true
	case "language":
		return art.Language, true
	case "author", "authors", "categories", "enclosures":
		return a.listed(name), true
	}
	return a.moment(name)
}

// listed resolves what is made of an article's lists.
func (a *activation) listed(name string) any {
	art := &a.in.Article
	switch name {
	case "author":
		if len(art.Authors) == 0 {
			return ""
		}
		return art.Authors[0].Name
	case "authors":
		return list(mapped(art.Authors, func(p feed.Person) string { return p.Name }))
	case "categories":
		return list(mapped(art.Categories, feed.Category.Name))
	default:
		return mapped(art.Enclosures, func(e feed.Enclosure) enclosure {
			return enclosure{URL: e.URL, Type: e.Type, Length: e.Length}
		})
	}
}

// moment resolves the timestamps.
func (a *activation) moment(name string) (any, bool) {
	var t time.Time
	switch name {
	case "published":
		t = a.in.Article.Date
	case "updated":
		t = a.in.Article.Changed
	case "seen":
		t = a.in.Article.FirstSeen
	case "now":
		t = a.in.Now
	default:
		return nil, false
	}
	return types.Timestamp{Time: t.UTC()}, true
}

// plain returns the article's plain text.
func (a *activation) plain() string {
	if a.text == nil {
		text := ""
		if a.in.Text != nil {
			text = a.in.Text()
		}
		a.text = &text
	}
	return *a.text
}

func list(s []string) any { return types.NewStringList(types.DefaultTypeAdapter, s) }

func mapped[S, T any](in []S, f func(S) T) []T {
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// countWords counts runs of characters between white space. Scripts that put no
// blanks between words have a word a character.
func countWords(text string) int {
	n := 0
	inside := false
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			n++
			inside = false
		case unicode.IsSpace(r):
			inside = false
		case !inside && !strings.ContainsRune("。、，．！？：；「」『』（）・", r):
			n++
			inside = true
		}
	}
	return n
}
