package web

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"

	"sluice/feed/publish"
)

// servePage answers for a page of an output's document or of an archive. The first of
// an output is also the way to the feed for readers that were given its address.
func (s *site) servePage(w http.ResponseWriter, r *http.Request, out Output, doc *publish.Document, at place) {
	newest := at == place{name: at.name, page: 1}
	if newest && prefersFeed(r.Header) {
		w.Header().Set("Vary", "Accept")
		redirect(w, http.StatusFound, s.link("/feeds/"+at.name+".atom")+query(r), out.caching(s.caching[0]))
		return
	}
	after, err := s.after(r.Context(), out, doc, at)
	if err != nil {
		s.refuseUnmade(w, r, after, err)
		return
	}
	page := s.outputPage(r.Context(), doc, at, after, out.key(r))
	if page == nil {
		refuse(w, http.StatusNotFound, "no such page", out.caching(shortAge))
		return
	}
	a := answer{
		Representation: page,
		modified:       doc.Modified,
		private:        out.private(),
		constant:       &constant{links: []string{"<" + s.link("/feeds/"+at.name+".atom") + `>; rel="alternate"; type="application/atom+xml"`}},
		policy:         s.pages.policy,
	}
	if newest {
		a.vary = "Accept"
	}
	s.send(w, r, a)
}

// after is where the entries stand that came after those of an archive's first page:
// on the last page of the next archive, or of the output's own. It is the zero place
// for every other page, which has its neighbour within its document.
func (s *site) after(ctx context.Context, out Output, doc *publish.Document, at place) (place, error) {
	if at.archive == 0 || at.page > 1 {
		return place{}, nil
	}
	next, newer := place{name: at.name, archive: doc.Newer, page: 1}, out.Document
	if doc.Newer > 0 {
		var err error
		if newer, err = s.outputs.Archive(ctx, at.name, doc.Newer); err != nil || newer == nil {
			return next, err
		}
	}
	next.page = s.pages.count(newer)
	return next, nil
}

// before is where the entries stand that came before those of a document: on the page
// of the archive with the first that the document does not show, too. The zero place:
// nowhere. An error leaves the archive's first page.
func (s *site) before(ctx context.Context, doc *publish.Document, name string) (place, error) {
	if doc.Older == 0 {
		return place{}, nil
	}
	next := place{name: name, archive: doc.Older, page: 1}
	if doc.Archive > 0 { // no entry is in two archives
		return next, nil
	}
	older, err := s.outputs.Archive(ctx, name, doc.Older)
	if err != nil || older == nil {
		return next, err
	}
	next.page = firstUnshown(older.Entries, doc.Entries)/pageEntries + 1
	return next, nil
}

// outputPage makes a page of a document, or returns what it made; nil where there is no
// such page. after is what came after the document, see there. Of an output that takes
// a token there is a page for each token, whose links all end in key.
func (s *site) outputPage(ctx context.Context, doc *publish.Document, at, after place, key string) *publish.Representation {
	// More pages than entries there are not: that is known without looking at them.
	if at.page > 1 && at.page > (len(doc.Entries)+pageEntries-1)/pageEntries {
		return nil
	}
	listed := s.outputs.List()
	l := named(listed, at.name)
	from := pageFrom{
		atom: doc.Atom.ETag, json: doc.JSON.ETag, after: after, open: doc.Open,
		title: uniqueTitle(l, listed), heading: l.Shown(), description: l.Description,
	}
	p := s.pages
	if page := p.find(pageKey{at, key}, from); page != nil {
		return page
	}
	pages := p.count(doc)
	if at.page > pages {
		return nil
	}
	before, err := place{}, error(nil)
	if at.page == pages {
		if before, err = s.before(ctx, doc, at.name); err != nil {
			s.tell(ctx, slog.LevelWarn, "archive not made", at.name, "archive", before.archive, "err", err)
		}
	}
	return p.draw(pageKey{at, key}, from, err == nil, func() *publish.Representation {
		v := s.pageView(doc, at, from, before, pages, key)
		v.Entries = pageOf(doc.Entries, p.groups(doc), at.page)
		return p.render("output.html", v)
	})
}

// pageView is a page of an output as its template sees it.
type pageView struct {
	Style                             template.CSS
	Title, Heading, Description, Note string
	Home, Canonical, Robots           string
	Newer, Older                      string // addresses of its neighbours; empty: there is none
	Formats                           []format
	Entries                           []pageEntry
}

func (s *site) pageView(doc *publish.Document, at place, from pageFrom, before place, pages int, key string) pageView {
	link := func(p place) string { return s.link(p.path()) + key }
	v := pageView{
		Style: s.pages.style, Home: s.link("/"), Canonical: link(at), Robots: robots(doc, at, key),
		Title: from.title, Heading: from.heading, Description: from.description,
		Formats: s.formats(at.name, from.heading, key),
	}
	if from.after.page > 0 {
		v.Newer = link(from.after)
	}
	if at.page > 1 {
		v.Newer = link(place{name: at.name, archive: at.archive, page: at.page - 1})
	}
	switch {
	case at.page < pages:
		v.Older = link(place{name: at.name, archive: at.archive, page: at.page + 1})
	case before.page > 0:
		v.Older = link(before)
	}
	if at.archive > 0 {
		v.Title += fmt.Sprintf(", archive %d", at.archive)
	}
	if at.page > 1 {
		v.Title += fmt.Sprintf(", page %d", at.page)
	}
	switch {
	case at.archive > 0 && pages > 1:
		v.Note = fmt.Sprintf("Archive %d, page %d of %d", at.archive, at.page, pages)
	case at.archive > 0:
		v.Note = fmt.Sprintf("Archive %d", at.archive)
	case pages > 1:
		v.Note = fmt.Sprintf("Page %d of %d", at.page, pages)
	}
	return v
}

// robots is what search engines are asked for. What stands on an older page is soon
// elsewhere, unless it is of an archive that gets no more entries.
func robots(doc *publish.Document, at place, key string) string {
	switch {
	case key != "":
		return "noindex"
	case at.archive > 0 && doc.Open, at.archive == 0 && at.page > 1:
		return "noindex, follow"
	default:
		return ""
	}
}

// named returns the output of a name as the list has it.
func named(listed []Listed, name string) Listed {
	for _, l := range listed {
		if l.Name == name {
			return l
		}
	}
	return Listed{Name: name}
}

// uniqueTitle is what a window or a bookmark of the output's page is called: with its
// name where another that everybody may know of is called the same.
func uniqueTitle(l Listed, listed []Listed) string {
	for _, other := range listed {
		if other.Name != l.Name && !other.Private && other.Shown() == l.Shown() {
			return l.Shown() + " (" + l.Name + ")"
		}
	}
	return l.Shown()
}
