package web

import (
	"fmt"
	"html/template"
	"net/http"

	"sluice/feed/publish"
)

// servePage answers for a page of an output: the first is also the way to the feed
// for readers that were given its address.
func (s *site) servePage(w http.ResponseWriter, r *http.Request, out Output, at place) {
	newest := at == place{name: at.name, page: 1}
	if newest && prefersFeed(r.Header) {
		w.Header().Set("Vary", "Accept")
		redirect(w, http.StatusFound, s.link("/feeds/"+at.name+".atom")+query(r), out.caching(s.content.Get("Cache-Control")))
		return
	}
	page := s.outputPage(out.Document, at, out.key(r))
	if page == nil {
		refuse(w, http.StatusNotFound, "no such page", out.caching(shortAge))
		return
	}
	a := answer{
		Representation: page,
		modified:       out.Document.Modified,
		private:        out.private(),
		links:          "<" + s.link("/feeds/"+at.name+".atom") + `>; rel="alternate"; type="application/atom+xml"`,
		policy:         s.pages.policy,
	}
	if newest {
		a.vary = "Accept"
	}
	s.send(w, r, a)
}

// outputPage makes a page of an output, or returns what it made; nil where the
// document has no such page. Of an output that takes a token there is one for each
// token, whose links all end in key.
func (s *site) outputPage(doc *publish.Document, at place, key string) *publish.Representation {
	// More pages than entries there are not: that is known without looking at them.
	if at.page > 1 && (at.page-1)*pageEntries >= len(doc.Entries) {
		return nil
	}
	listed := s.outputs.List()
	l := named(listed, at.name)
	from := pageFrom{
		atom: doc.Atom.ETag, json: doc.JSON.ETag,
		title: uniqueTitle(l, listed), heading: l.Shown(), description: l.Description,
	}
	p := s.pages
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept.get(pageKey{at, key}, from, func() *publish.Representation {
		entries, pages := pageOf(doc.Entries, at.page)
		if at.page > pages {
			return nil
		}
		return p.render("output.html", s.pageView(at, from, pages, key, entries))
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

func (s *site) pageView(at place, from pageFrom, pages int, key string, entries []pageEntry) pageView {
	v := pageView{
		Style: s.pages.style, Home: s.link("/"), Canonical: s.link(at.path()) + key,
		Title: from.title, Heading: from.heading, Description: from.description,
		Formats: s.formats(at.name, from.heading, key), Entries: entries,
	}
	beside := func(page int) string {
		next := at
		next.page = page
		return s.link(next.path()) + key
	}
	if at.page > 1 {
		v.Newer = beside(at.page - 1)
		v.Title += fmt.Sprintf(", page %d", at.page)
		// What stands here is elsewhere soon: whoever searches shall find the entry's
		// own page, or the first.
		v.Robots = "noindex, follow"
	}
	if at.page < pages {
		v.Older = beside(at.page + 1)
	}
	if pages > 1 {
		v.Note = fmt.Sprintf("Page %d of %d", at.page, pages)
	}
	if key != "" {
		v.Robots = "noindex"
	}
	return v
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
