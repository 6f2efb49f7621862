package publish

import (
	"fmt"
	"math/bits"
	"strconv"
	"time"

	"sluice/feed"
	"sluice/feed/render"

	"github.com/cespare/xxhash/v2"
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
	stands   []uint64  // see Articles
	Warnings []Warning // what failed for some articles; equal builds have equal ones
}

// Articles returns the numbers of all articles that the document's entries stand for or
// show. known is false of one that was unpacked: it does not say.
func (d *Document) Articles() (seqs []uint64, known bool) { return d.stands, d.stands != nil }

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
	Whole  uint64  // digest of its summary and content
	From   string  // the title of its source
	Others []Other // the other articles that it stands for
}

// Other is an article that an entry stands for beside its own.
type Other struct {
	Source string // the title of its source
	URL    string // may be empty
}

func newEntry(c chosen, shown render.Entry, text string) Entry {
	e := Entry{Stored: c.Stored, Text: text, Whole: xxhash.Sum64String(shown.Summary) ^ bits.RotateLeft64(xxhash.Sum64String(shown.Content), 1)}
	e.Article, e.Changed = withoutTexts(c.shown).Article, c.updated
	e.Title, e.From, e.Language = shown.Title, shown.Source.Title, shown.Language
	for i, r := range shown.Related {
		e.Others = append(e.Others, Other{Source: r.SourceTitle, URL: c.others[i].URL})
	}
	return e
}

// press makes the representations of documents, one after another. What did not change
// since the last one is neither written nor compressed again. The zero value is ready;
// it is not for several goroutines.
type press struct {
	writer          render.Writer
	rss, atom, json zipper
}

// print makes the representations of a document, given the sums of its entries.
func (p *press) print(d *Document, f render.Feed, sums []render.Sum) error {
	all, err := p.writer.Write(f, sums)
	if err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	for _, x := range []struct {
		contentType string
		body        []byte
		zipper      *zipper
		into        *Representation
	}{
		{typeRSS, all.RSS, &p.rss, &d.RSS},
		{typeAtom, all.Atom, &p.atom, &d.Atom},
		{typeJSON, all.JSON, &p.json, &d.JSON},
	} {
		if *x.into, err = x.zipper.represent(x.contentType, x.body); err != nil {
			return fmt.Errorf("represent %s: %w", x.contentType, err)
		}
	}
	return nil
}

// render makes the representations of a document that stands alone.
func (d *Document) render(f render.Feed) error { return new(press).print(d, f, nil) }
