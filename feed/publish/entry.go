package publish

import (
	"cmp"
	"html"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"sluice/feed"
	"sluice/feed/render"
	"sluice/feed/sanitize"
)

const (
	excerptRunes = 300 // of an article's text where a summary is wanted and there is none
	titleRunes   = 80  // of an article's text where a title is wanted and there is none
)

// drawer makes of articles what subscribers see.
type drawer struct {
	out      Output
	infos    map[feed.SourceID]SourceInfo
	base     string               // base_url without a trailing slash
	untitled *Warning             // the template failed; nil: nowhere
	begin    map[beginning]string // how the texts of the last document's entries begin
}

// beginning is what the beginning of an entry's text is made of.
type beginning struct {
	entry render.Sum
	hide  *feed.Hider // a source's, which stays as it is
}

// warnings says what could not be drawn as it was asked for.
func (d *drawer) warnings() []Warning {
	if d.untitled == nil {
		return nil
	}
	return []Warning{*d.untitled}
}

// feed is the document without its entries and its date. Its address stands in
// for an id that is not chosen yet: the output was not entered into the ledger.
func (d *drawer) feed(site Site, id string) render.Feed {
	home := d.links("").Home
	return render.Feed{
		Name: d.out.Name, ID: cmp.Or(id, home), Title: d.out.Title, Description: d.out.Description,
		Links:     d.links(""),
		Style:     stylePath(d.base),
		TTL:       int(site.MaxAge / time.Minute),
		Generator: site.Generator,
	}
}

// stylePath is where browsers find the style of feeds: a path alone, since a feed's
// policy allows a style of the host that it was asked of, whatever base_url calls it.
func stylePath(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return StylePath
	}
	return u.EscapedPath() + StylePath
}

// links are the addresses of a document: of an archive, below that of the output.
func (d *drawer) links(below string) render.Links {
	home := d.base + "/feeds/" + d.out.Name + below
	return render.Links{Home: home, RSS: home + ".rss", Atom: home + ".atom", JSON: home + ".json"}
}

// entries draws entries into a document, and returns them as pages show them.
func (d *drawer) entries(f *render.Feed, entries []chosen) (shown []Entry, sums []render.Sum) {
	hidden := make([]chosen, 0, len(entries))
	f.Entries = make([]render.Entry, 0, len(entries))
	for _, e := range entries {
		hidden = append(hidden, d.hidden(e))
		f.Entries = append(f.Entries, d.entry(hidden[len(hidden)-1]))
	}
	f.Language = commonLanguage(f.Entries)
	sums = render.Sums(f.Entries)
	begin := make(map[beginning]string, len(sums))
	for i, e := range hidden {
		drawn, of := &f.Entries[i], beginning{sums[i], d.infos[e.shown.Source].Hide}
		text, ok := d.begin[of]
		if !ok {
			text = of.hide.Text(excerpt(cmp.Or(drawn.Summary, drawn.Content), excerptRunes))
		}
		begin[of] = text
		shown = append(shown, newEntry(e, *drawn, text))
	}
	d.begin = begin
	return shown, sums
}

// hidden returns the entry without the secrets of the sources of its articles.
func (d *drawer) hidden(c chosen) chosen {
	others := c.others
	c.Stored, c.shown, c.others = d.hide(c.Stored), d.hide(c.shown), nil
	for _, o := range others {
		c.others = append(c.others, other{d.hide(o.Stored), o.how})
	}
	return c
}

func (d *drawer) hide(a feed.Stored) feed.Stored { return d.infos[a.Source].Hide.Stored(a) }

func (d *drawer) entry(c chosen) render.Entry {
	a := c.shown
	e := render.Entry{
		ID: c.ID, GUID: a.GUID, URL: a.URL, Language: a.Language,
		Authors: a.Authors, Categories: a.Categories, Enclosures: a.Enclosures,
		Image: a.Image, Comments: a.Comments, Links: a.Links, Origin: a.Origin, Extensions: extensions(a.Article, d.out.Content),
		Published: day(c.Date), Updated: day(c.updated), Source: d.source(a.Source),
	}
	if e.Language == "" {
		e.Language = d.infos[a.Source].Language
	}
	e.Title = d.title(c, e.Source.Title)
	e.Summary, e.Content, e.Excerpt = texts(a.Article, d.out.Content)
	// What markup kept apart is one in plain text.
	hide := d.infos[a.Source].Hide
	e.Title, e.Excerpt = hide.Text(e.Title), hide.Text(e.Excerpt)
	for _, o := range c.others {
		address := o.URL
		if address == "" {
			address = o.ID // names the article, if not a page
		}
		e.Related = append(e.Related, render.Related{
			Source: o.Source, SourceTitle: d.source(o.Source).Title, Title: o.Title, URL: address, How: o.how,
		})
	}
	return e
}

// source says where an entry is from. A source that is no web address, such as
// a file, is nobody's business: its place on the list of outputs stands in.
func (d *drawer) source(id feed.SourceID) render.Source {
	info := d.infos[id]
	s := render.Source{Name: id, Title: info.Title, ID: info.ID, URL: info.URL, Site: info.Site}
	if s.Title == "" {
		s.Title = string(id)
	}
	if u, err := url.Parse(s.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" {
		s.URL = d.base + "/#" + string(id)
	}
	return s
}

// title is that of the article shown, or what the output's template makes of it and of
// the entry's date.
func (d *drawer) title(c chosen, source string) string {
	a := c.shown
	title := ownTitle(a)
	if d.out.title == nil {
		return title
	}
	made, err := makeTitle(d.out.title, titleFields{
		Source: source, Name: string(a.Source), Title: title, Author: authors(a.Article), Published: day(c.Date),
	})
	if err != nil {
		if d.untitled == nil {
			d.untitled = &Warning{Of: "title_template", Effect: "own title kept", Example: c.ID, Err: err}
		}
		d.untitled.Articles++
	}
	if made == "" {
		return title
	}
	return made
}

// ownTitle is the article's title. Readers show nothing for an entry without
// one, so its first words, its address or its id stand in.
func ownTitle(a feed.Stored) string {
	if a.Title != "" {
		return a.Title
	}
	if words := excerpt(a.Body(), titleRunes); words != "" {
		return words
	}
	return excerpt(html.EscapeString(cmp.Or(a.URL, a.ID)), titleRunes)
}

// day is a date as the formats can write it: in UTC, and absent where it is
// beyond what they have digits for.
func day(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

func authors(a feed.Article) string {
	var names []string
	for _, p := range a.Authors {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

// texts returns the summary and the content, both HTML, and the beginning of
// the summary as plain text, in the detail that the output wants.
func texts(a feed.Article, detail feed.Detail) (summary, content, plain string) {
	switch detail {
	case feed.DetailNone:
		return "", "", ""
	case feed.DetailSummary:
		if a.Summary != "" {
			return a.Summary, "", excerpt(a.Summary, excerptRunes)
		}
		plain = excerpt(a.Content, excerptRunes)
		return html.EscapeString(plain), "", plain
	default:
		return a.Summary, a.Content, excerpt(a.Summary, excerptRunes)
	}
}

// extensions are the article's, without what tells its text where the output
// does not want that.
func extensions(a feed.Article, detail feed.Detail) []feed.Extension {
	if detail != feed.DetailNone && detail != feed.DetailSummary {
		return a.Extensions
	}
	return feed.MapExtensions(a.Extensions, func(e feed.Extension) bool {
		return e.Name != "description" && e.Name != "subtitle" && e.Name != "text"
	}, func(s string) string { return s })
}

// excerpt returns the beginning of the text of safe HTML: at most n characters,
// cut between words where it can be.
func excerpt(fragment string, n int) string {
	// Text is far longer than what is wanted of it; a few kilobytes of markup
	// nearly always hold enough.
	const enough = 4 << 10
	if len(fragment) > enough {
		if cut := strings.LastIndexByte(fragment[:enough], '<'); cut > 0 {
			if text := sanitize.TextOf(fragment[:cut]); utf8.RuneCountInString(text) > n {
				return shorten(text, n)
			}
		}
	}
	return shorten(sanitize.TextOf(fragment), n)
}

// shorten cuts plain text on one line to n characters, the mark of the cut included.
func shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	cut := string([]rune(text)[:n-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}

// commonLanguage is the language of all entries, empty when they differ.
func commonLanguage(entries []render.Entry) string {
	if len(entries) == 0 {
		return ""
	}
	for _, e := range entries {
		if e.Language != entries[0].Language {
			return ""
		}
	}
	return entries[0].Language
}
