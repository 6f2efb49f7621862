package publish

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sluice/feed"
	"sluice/feed/render"
)

// Document is one build of an output. Nothing of it is changed after Build
// returns it.
type Document struct {
	Name     string
	Archive  int  // its number among the output's archives (RFC 5005); 0: the one to subscribe to
	Open     bool // it is an archive that may still get entries
	Older    int  // the archive with what was before; 0: there is none
	Newer    int  // the archive with what came after; 0: that is in the one to subscribe to
	RSS      Representation
	Atom     Representation
	JSON     Representation
	Modified time.Time // when this content was first published, whole seconds, UTC; zero of an archive
	Hubs     []string  // WebSub hubs that tell of its changes; none of an archive
	Entries  []Entry   // newest first
	Dynamic  bool      // time alone can change it: build it anew at each full minute
	changes  *changes  // nil: it is not known what came since earlier builds
	Warnings []Warning // what failed for some articles; equal builds have equal ones
}

// Warning says what failed for some articles: a rule, or a title template.
type Warning struct {
	Of       string // the key that failed: keep, title_template …
	Effect   string // what became of the articles
	Articles int
	Example  string // the id of one of them
	Err      error
}

// String is the warning in one line.
func (w Warning) String() string {
	articles := "an article"
	if w.Articles > 1 {
		articles = strconv.Itoa(w.Articles) + " articles"
	}
	return fmt.Sprintf("%s: no answer for %s (%s), such as %s: %v", w.Of, articles, w.Effect, w.Example, w.Err)
}

// Entry is an entry as pages and previews show it: the first article that it stands
// for, but what it says is of the one that is shown, Title and Changed included.
// Summary and Content are empty.
type Entry struct {
	feed.Stored
	Text   string  // the beginning of its text, plain, at most 300 characters
	From   string  // the title of its source
	Others []Other // the other articles that it stands for
}

// Other is an article that an entry stands for beside its own.
type Other struct {
	Source string // the title of its source
	URL    string // may be empty
}

func newEntry(c chosen, shown render.Entry, hide *feed.Hider) Entry {
	text := shown.Summary
	if text == "" {
		text = shown.Content
	}
	e := Entry{Stored: c.Stored, Text: hide.Text(excerpt(text, excerptRunes))}
	e.Article, e.Changed = withoutTexts(c.shown).Article, c.updated
	e.Title, e.From, e.Language = shown.Title, shown.Source.Title, shown.Language
	for i, r := range shown.Related {
		e.Others = append(e.Others, Other{Source: r.SourceTitle, URL: c.others[i].URL})
	}
	return e
}

// render makes the representations.
func (d *Document) render(f render.Feed) error {
	formats := []struct {
		name, contentType string
		write             func(render.Feed) ([]byte, error)
		into              *Representation
	}{
		{"RSS", "application/rss+xml; charset=utf-8", render.RSS, &d.RSS},
		{"Atom", "application/atom+xml; charset=utf-8", render.Atom, &d.Atom},
		{"JSON Feed", "application/feed+json", render.JSON, &d.JSON},
	}
	for _, x := range formats {
		body, err := x.write(f)
		if err != nil {
			return fmt.Errorf("write %s: %w", x.name, err)
		}
		if *x.into, err = Represent(x.contentType, body); err != nil {
			return fmt.Errorf("write %s: %w", x.name, err)
		}
	}
	return nil
}

// digest tells content from content: all that subscribers see but the date, the
// program's name and the style, which are not content. A change of render's types
// changes it, and then every output is dated anew once.
func digest(f render.Feed) (sum [32]byte, err error) {
	entries := f.Entries
	f.Updated, f.Generator, f.Style, f.Entries = time.Time{}, "", "", nil
	h := sha256.New()
	enc := json.NewEncoder(h)
	if err := enc.Encode(f); err != nil {
		return sum, fmt.Errorf("digest: %w", err)
	}
	for _, e := range entries {
		if err := enc.Encode(e); err != nil {
			return sum, fmt.Errorf("digest of %s: %w", e.ID, err)
		}
	}
	copy(sum[:], h.Sum(nil))
	return sum, nil
}
