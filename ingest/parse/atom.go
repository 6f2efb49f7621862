package parse

import (
	"net/url"
	"strings"

	"sluice/feed"
	"sluice/feed/sanitize"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
)

// atom maps what gofeed read of Atom 0.3 and 1.0, but for the entries.
func (p *parser) atom(f *atom.Feed, l *lexer) Document {
	p.prefixes = l.prefixes
	x, base := p.extensions(f.Extensions), l.feed.base
	links := p.atomLinks(f.Links)
	at := l.feed.linkBase(base)
	var doc Document
	doc.Info = feed.Info{
		ID:          firstOf(l.feed.id, f.ID),
		Title:       p.title(f.Title, l.feed.title.isText()),
		Description: line(sanitize.Text(f.Subtitle)),
		Link:        p.linkOf(links, "alternate", at),
		Self:        p.linkOf(links, "self", at),
		Language:    language(firstOf(f.Language, l.feed.lang)),
		Image:       p.address(base, firstOf(f.Logo, f.Icon)),
		Format:      strings.TrimSpace("Atom " + cutAt(sanitize.Title(firstOf(l.version, f.Version)), 10)),
	}
	doc.Info.ID = sanitize.Plain(doc.Info.ID)
	doc.Self = doc.Info.Self
	doc.Hubs = p.hubs(base, links)
	doc.Floor = x.updatePeriod()
	l.authors = p.atomInherited(f.Authors, base)
	return doc
}

// atomEntries maps entries. The authors of the feed are those of entries that name
// none (RFC 4287, 4.2.1).
func (p *parser) atomEntries(doc *Document, entries []*atom.Entry, notes []*note, inherited []feed.Person) {
	for i, e := range entries {
		p.read(doc, notes[i], func() { p.atomEntry(doc, e, notes[i], inherited) })
	}
}

// atomEntry maps one entry.
func (p *parser) atomEntry(doc *Document, e *atom.Entry, n *note, inherited []feed.Person) {
	x, base := p.extensions(e.Extensions), n.base
	links, at := p.atomLinks(e.Links), n.linkBase(base)
	d := draft{title: e.Title, titleIsText: n.title.isText(), long: n.long}
	d.GUID = firstOf(n.id, e.ID)
	d.summary = text{raw: e.Summary, base: over(n.summary.base, base), plain: n.summary.isPlain(e.Summary)}
	contentBase := over(n.content.base, base)
	source := ""
	if c := e.Content; c != nil {
		if kind := firstOf(n.content.kind, c.Type); isReadable(kind) {
			d.content = text{raw: c.Value, base: contentBase, plain: construct{kind: kind}.isPlain(c.Value)}
		}
		source = c.Src
	}
	d.URL = p.address(base, x.text("feedburner", "origLink"))
	if d.URL == "" {
		d.URL = p.linkOf(links, "alternate", at)
	}
	if elsewhere := p.address(contentBase, source); d.URL == "" {
		d.URL = elsewhere
	} else if elsewhere != "" && elsewhere != d.URL {
		p.enclosure(&d.Article, contentBase, feed.Enclosure{URL: elsewhere, Type: e.Content.Type})
	}
	if id := strings.TrimSpace(d.GUID); d.URL == "" && isWeb(id) {
		d.URL = p.address(nil, id) // all that is known of where it is read
	}
	d.Language = language(firstOf(n.lang, x.text("dc", "language")))
	d.Published = p.date(append(dates(n.published), x.texts("dc", "date")...)...)
	d.Updated = p.date(append(dates(n.updated), x.texts("dcterms", "modified")...)...)
	p.atomPeople(&d, e, x, base)
	if len(d.Authors) == 0 {
		d.Authors = inherited
	}
	for _, c := range e.Categories {
		p.category(&d.Article, c.Term, c.Scheme, c.Label)
	}
	p.labels(&d.Article, x)
	p.atomFiles(&d, e, at)
	d.Image = p.address(base, x.itunesImage())
	p.media(&d, x, base)
	playTime(&d.Article, duration(x.text("itunes", "duration")))
	p.pictureFile(&d)
	if s := e.Source; s != nil {
		own := p.atomLinks(s.Links)
		same := func(int) *url.URL { return base }
		d.Origin = p.origin(feed.Origin{
			ID: sanitize.Plain(s.ID), Title: line(s.Title), URL: p.linkOf(own, "self", same), Link: p.linkOf(own, "alternate", same),
		})
	}
	for i, k := range links {
		if strings.EqualFold(k.Rel, "replies") && strings.HasPrefix(firstOf(k.Type, "text/html"), "text/html") && d.Comments == "" {
			d.Comments = p.address(at(i), k.URL)
		}
	}
	if s := p.address(base, x.license()); s != "" {
		d.Links = append(d.Links, feed.Link{Rel: "license", URL: s})
	}
	p.links(&d.Article, links, at)
	p.keep(&d, x, base)
	p.atomOwn(&d, e, base)
	p.add(doc, d)
}

// atomPeople reads the authors of an entry, else of the feed it came from.
func (p *parser) atomPeople(d *draft, e *atom.Entry, x extensions, base *url.URL) {
	for _, list := range [][]*atom.Person{e.Authors, sourceAuthors(e)} {
		for _, who := range list {
			author(&d.Article, p.atomPerson(who, base))
		}
		for _, s := range x.texts("dc", "creator") {
			author(&d.Article, person(s))
		}
		if len(d.Authors) > 0 {
			return
		}
	}
}

// atomInherited reads the authors of the feed.
func (p *parser) atomInherited(authors []*atom.Person, base *url.URL) []feed.Person {
	var of feed.Article
	for _, who := range authors {
		author(&of, p.atomPerson(who, base))
	}
	return of.Authors[:min(len(of.Authors), maxInherited)]
}

func sourceAuthors(e *atom.Entry) []*atom.Person {
	if e.Source == nil {
		return nil
	}
	return e.Source.Authors
}

func (p *parser) atomPerson(who *atom.Person, base *url.URL) feed.Person {
	out := feed.Person{Name: line(who.Name), Email: line(who.Email)}
	if uri := strings.TrimSpace(who.URI); strings.HasPrefix(uri, "mailto:") {
		out.Email = firstOf(out.Email, line(strings.TrimPrefix(uri, "mailto:")))
	} else {
		out.URL = p.address(base, uri)
	}
	return out
}

// atomFiles reads the links to files, whose length gofeed keeps.
func (p *parser) atomFiles(d *draft, e *atom.Entry, at func(int) *url.URL) {
	for i, k := range e.Links {
		if strings.EqualFold(strings.TrimSpace(k.Rel), "enclosure") {
			p.enclosure(&d.Article, at(i), feed.Enclosure{URL: k.Href, Type: k.Type, Length: p.length(k.Length), Title: k.Title})
		}
	}
}

func (p *parser) atomLinks(links []*atom.Link) []feed.Link {
	out := make([]feed.Link, 0, len(links))
	for _, k := range links {
		out = append(out, feed.Link{Rel: strings.TrimSpace(k.Rel), URL: k.Href, Type: k.Type, Title: k.Title})
	}
	return out
}

// linkOf returns the address of the first link of a relation; among those to
// the same resource a page for people comes first.
func (p *parser) linkOf(links []feed.Link, rel string, at func(int) *url.URL) string {
	best := -1
	for i, k := range links {
		if !strings.EqualFold(firstOf(k.Rel, "alternate"), rel) || k.URL == "" {
			continue
		}
		if best < 0 || rel == "alternate" && !isPage(links[best].Type) && isPage(k.Type) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return p.address(at(best), links[best].URL)
}

func isPage(kind string) bool {
	return kind == "" || strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "application/xhtml")
}

// linkBase returns the bases of the links, by their order in the document.
func (n *note) linkBase(base *url.URL) func(int) *url.URL {
	return func(i int) *url.URL {
		if i < len(n.linkBases) {
			return n.linkBases[i]
		}
		return base
	}
}

// isText reports whether the source says that a title is text, not HTML.
func (c construct) isText() bool { return c.kind == "text" || c.kind == "text/plain" }

// isPlain reports whether a text is plain. Without a type it is (RFC 4287,
// 3.1.1), but many publishers forget the type of their HTML.
func (c construct) isPlain(s string) bool {
	switch c.kind {
	case "text", "text/plain":
		return true
	case "":
		return !strings.Contains(s, "</") && !strings.Contains(s, "/>") && !strings.Contains(s, "<p>") && !strings.Contains(s, "<br")
	}
	return false
}

// isReadable tells texts from images, archives and other documents.
func isReadable(kind string) bool {
	switch kind {
	case "", "text", "html", "xhtml":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.Contains(kind, "html")
}

func childText(children map[string][]ext.Extension, name string) string {
	for _, e := range children[name] {
		if e.Value != "" {
			return e.Value
		}
	}
	return ""
}
