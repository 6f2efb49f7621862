package web

import (
	"cmp"
	"net/http"
	"strings"
	"unicode/utf8"
	"weak"

	"sluice/feed/publish"
)

// The page of an output is a glance at it, not a second feed.
const (
	pageEntries  = 50
	summaryRunes = 300
)

// pageEntry is an entry as the page of its output shows it.
type pageEntry struct {
	Title, URL, Source, Summary string
	Published                   *day
	Others                      []publish.Other
}

// servePage answers /feeds/NAME: a page for people, and the way to the feed for
// readers that were given this address.
func (s *site) servePage(w http.ResponseWriter, r *http.Request, out Output, name string) {
	if prefersFeed(r.Header) {
		w.Header().Set("Vary", "Accept")
		redirect(w, http.StatusFound, s.link("/feeds/"+name+".atom")+query(r), out.caching(s.content.Get("Cache-Control")))
		return
	}
	s.send(w, r, answer{
		Representation: s.outputPage(out.Document, name, out.key(r)),
		modified:       out.Document.Modified,
		private:        out.private(),
		links:          "<" + s.link("/feeds/"+name+".atom") + `>; rel="alternate"; type="application/atom+xml"`,
		policy:         s.pages.policy,
		vary:           "Accept",
	})
}

// outputPage makes the page of an output, or returns what it made. Of an output that
// takes a token there is one for each token, whose links all end in key.
func (s *site) outputPage(doc *publish.Document, name, key string) *publish.Representation {
	p := s.pages
	p.mu.Lock()
	defer p.mu.Unlock()
	of := weak.Make(doc)
	if kept, ok := p.outputs[name+key]; ok && kept.of == of {
		return kept.page
	}
	listed := Listed{Name: name}
	for _, l := range s.outputs.List() {
		if l.Name == name {
			listed = l
		}
	}
	page := p.render("output.html", map[string]any{
		"Style": p.style, "Home": s.link("/"),
		"Title": listed.Shown(), "Description": listed.Description,
		"Formats": s.formats(name, listed.Shown(), key), "Entries": pageOf(doc),
	})
	p.outputs[name+key] = keptPage{of: of, page: page}
	return page
}

// pageOf returns the newest entries, each title once: copies of a story that an
// output shows one by one would fill the page with the same line.
func pageOf(doc *publish.Document) []pageEntry {
	var shown []pageEntry
	seen := map[string]bool{}
	for _, e := range doc.Entries {
		entry := newPageEntry(e)
		if seen[entry.Title] {
			continue
		}
		seen[entry.Title] = true
		if shown = append(shown, entry); len(shown) == pageEntries {
			break
		}
	}
	return shown
}

// shorten cuts plain text to n characters at most, between two words where it can.
func shorten(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	cut := string([]rune(text)[:n-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}

func newPageEntry(e publish.Entry) pageEntry {
	entry := pageEntry{
		Title: strings.Join(strings.Fields(e.Title), " "), URL: e.URL, Source: cmp.Or(e.From, string(e.Source)),
		Summary: shorten(e.Text, summaryRunes), Published: newDay(e.Date), Others: e.Others,
	}
	if entry.Title == "" {
		entry.Title = shorten(e.Text, 80)
	}
	if entry.Title == "" {
		entry.Title = e.URL
	}
	return entry
}
