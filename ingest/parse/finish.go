package parse

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sluice/feed"
	"sluice/feed/sanitize"
)

// maxCategories bounds what one item may be filed under, its authors and its files.
const maxCategories = 100

// draft is an article before its texts are cleaned.
type draft struct {
	feed.Article
	title            string // text or HTML, unless titleIsText
	titleIsText      bool
	summary, content text
	long             bool // a text of it was too long to be read
}

// text is a text with what is needed to show it.
type text struct {
	raw   string
	base  *url.URL // of its relative addresses
	plain bool     // it is text, not HTML
}

func (t text) empty() bool { return strings.TrimSpace(t.raw) == "" }

// html returns the text as safe HTML.
func (t text) html() string {
	switch {
	case t.empty():
		return ""
	case t.plain:
		return sanitize.HTML(paragraphs(t.raw))
	}
	return strings.TrimSpace(sanitize.Resolve(t.raw, t.base))
}

var (
	plainAsHTML  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "\n", "\r", "\n")
	titleEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")
)

// paragraphs writes plain text as HTML: its lines and paragraphs stay visible.
func paragraphs(s string) string {
	s = plainAsHTML.Replace(strings.TrimSpace(s))
	if !strings.Contains(s, "\n") {
		return s
	}
	var out strings.Builder
	for part := range strings.SplitSeq(s, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			out.WriteString("<p>" + strings.ReplaceAll(part, "\n", "<br>") + "</p>")
		}
	}
	return out.String()
}

// add turns a draft into an article of the document, unless it is over the
// limit. The fullest text is its content; what says the same twice says it once.
func (p *parser) add(doc *Document, d draft) {
	if size := len(d.summary.raw) + len(d.content.raw); d.long || size > MaxText {
		if !d.long {
			p.warn(warnText)
		}
		p.cut("an item was dropped: its text is longer than %d bytes", MaxText)
		return
	}
	a := d.Article
	a.Source, a.Sanitizer = p.meta.Source, sanitize.Version
	a.Title = p.title(d.title, d.titleIsText)
	if d.content.empty() {
		d.content, d.summary = d.summary, text{}
	}
	if d.content.raw == d.summary.raw {
		d.summary = text{}
	}
	a.Content, a.Summary = d.content.html(), d.summary.html()
	if a.Content == "" || a.Content == a.Summary {
		a.Content, a.Summary = a.Summary, ""
	}
	a.GUID = strings.TrimSpace(sanitize.Plain(a.GUID))
	doc.Articles = append(doc.Articles, a)
}

// title makes a title one line of plain text of at most MaxTitle bytes.
func (p *parser) title(s string, isText bool) string {
	if isText {
		s = titleEscaper.Replace(s)
	}
	s = sanitize.Title(s)
	if len(s) > MaxTitle {
		p.warn(warnLongTitle)
		s = strings.TrimSpace(cutAt(s, MaxTitle))
	}
	return s
}

// cutAt cuts a string to at most n bytes without cutting a character.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// finish drops items that say nothing and counts ids that occur twice, whose items are to
// be read each time for that.
func (p *parser) finish(doc *Document) {
	seen := make(map[string]int, len(doc.Articles)) // the place of the first
	kept, sums := doc.Articles[:0], doc.Sums[:0]
	for i, a := range doc.Articles {
		if doc.Sums != nil {
			sums = append(sums, doc.Sums[i])
		}
		if isEmpty(a) {
			p.warn(warnEmpty)
			sums = sums[:min(len(sums), len(kept))]
			continue
		}
		if a.GUID != "" {
			first, again := seen[a.GUID]
			if !again {
				seen[a.GUID] = len(kept)
			} else if p.warn(warnDuplicate); doc.Sums != nil {
				sums[first], sums[len(kept)] = 0, 0
			}
		}
		if a.Language == "" {
			a.Language = doc.Info.Language
		}
		kept = append(kept, a)
	}
	doc.Articles, doc.Sums = kept, sums
}

// isEmpty reports whether an item has nothing that a subscriber could see.
func isEmpty(a feed.Article) bool {
	return len(a.Title)+len(a.Content)+len(a.URL)+len(a.GUID)+len(a.Image)+len(a.Comments) == 0 && a.Origin == nil &&
		len(a.Enclosures)+len(a.Authors)+len(a.Categories)+len(a.Links) == 0 && a.Published.IsZero() && a.Updated.IsZero()
}

// line makes a short text such as a name one line of plain text.
func line(s string) string { return cutAt(sanitize.Title(s), 1024) }

// language returns a tag (BCP 47), or "" when it cannot be one.
func language(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' {
			return ""
		}
	}
	if len(s) < 2 || len(s) > 35 {
		return ""
	}
	return s
}

// category adds a category unless it is empty or there already.
func (p *parser) category(a *feed.Article, term, scheme, label string) {
	c := feed.Category{Term: line(term), Scheme: strings.TrimSpace(sanitize.Plain(scheme)), Label: line(label)}
	if c.Term == "" {
		c.Term, c.Label = c.Label, ""
	}
	if c.Label == c.Term {
		c.Label = ""
	}
	if c.Term == "" {
		return
	}
	if len(a.Categories) >= maxCategories {
		p.warn(warnCategories)
		return
	}
	for _, have := range a.Categories {
		if have == c {
			return
		}
	}
	a.Categories = append(a.Categories, c)
}

// enclosure adds a file; one that is there already only gains what it lacks.
func (p *parser) enclosure(a *feed.Article, base *url.URL, e feed.Enclosure) {
	if e.URL = p.address(base, e.URL); e.URL == "" {
		return
	}
	e.Type, e.Title = line(e.Type), line(e.Title)
	for i := range a.Enclosures {
		have := &a.Enclosures[i]
		if have.URL != e.URL {
			continue
		}
		if have.Type == "" {
			have.Type = e.Type
		}
		if have.Title == "" {
			have.Title = e.Title
		}
		have.Length, have.Duration = max(have.Length, e.Length), max(have.Duration, e.Duration)
		return
	}
	if len(a.Enclosures) >= maxCategories {
		p.warn(warnExtras)
		return
	}
	a.Enclosures = append(a.Enclosures, e)
}

// length reads a size in bytes; what is no such number is unsaid.
func (p *parser) length(s string) int64 {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		p.warn(warnLength)
		return 0
	}
	return n
}

// duration reads seconds, MM:SS or HH:MM:SS.
func duration(s string) time.Duration {
	parts := strings.Split(strings.TrimSpace(s), ":")
	if len(parts) > 3 {
		return 0
	}
	total := 0.0
	for _, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || !(n >= 0 && n < 1e7) {
			return 0
		}
		total = total*60 + n
	}
	return time.Duration(total * float64(time.Second))
}

// playTime gives an item's duration to its file when it has just one.
func playTime(a *feed.Article, d time.Duration) {
	if d > 0 && len(a.Enclosures) == 1 && a.Enclosures[0].Duration == 0 {
		a.Enclosures[0].Duration = d
	}
}
