package web

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/feed/publish"
)

// The pages of an output are a glance at it, not a second feed.
const (
	pageEntries  = 50
	titleRunes   = 300
	summaryRunes = 300
)

// pageEntry is an entry as the page of its output shows it.
type pageEntry struct {
	Title, URL, Source, Summary string
	Lang                        template.HTMLAttr // of title and summary, as an attribute
	Published                   *day
	Where                       string // says who else has it, in one line
	Also                        []copied
}

// copied is an article that is folded under an entry: one of its story, or an entry
// of the same title.
type copied struct {
	Source, URL string
	Published   *day // nil where the entry's own stands for it
}

// group is an entry with those below it that have its title, by their places in the
// document.
type group struct {
	first int
	more  []int
}

// groups divides entries so that each title is there once. Copies of a story that an
// output shows one by one would else fill the page with the same line.
func groups(entries []publish.Entry) []group {
	var list []group
	of := make(map[string]int, len(entries))
	for i, e := range entries {
		title := pageTitle(e)
		if at, ok := of[title]; ok {
			list[at].more = append(list[at].more, i)
			continue
		}
		of[title] = len(list)
		list = append(list, group{first: i})
	}
	return list
}

// pageCount is how many pages there are: at least the first, which may be empty.
func pageCount(all []group) int { return max(1, (len(all)+pageEntries-1)/pageEntries) }

// firstUnshown tells by which of its groups a document goes on where another ended,
// newest first: the first with an entry that the other has not, else the last.
func firstUnshown(entries, shown []publish.Entry) int {
	ids := make(map[string]bool, len(shown))
	for _, e := range shown {
		ids[e.ID] = true
	}
	all := groups(entries)
	for i, g := range all {
		if !ids[entries[g.first].ID] || slices.ContainsFunc(g.more, func(j int) bool { return !ids[entries[j].ID] }) {
			return i
		}
	}
	return max(0, len(all)-1)
}

// pageOf returns what the page of a number shows of a document's entries. There must
// be such a page.
func pageOf(entries []publish.Entry, all []group, page int) []pageEntry {
	var shown []pageEntry
	for _, g := range all[(page-1)*pageEntries : min(page*pageEntries, len(all))] {
		entry := newPageEntry(entries[g.first])
		for _, i := range g.more {
			e := entries[i]
			entry.Also = append(entry.Also, copied{sourceOf(e), e.URL, newDay(e.Date)})
			entry.add(e.Others)
		}
		entry.Where = entry.where()
		shown = append(shown, entry)
	}
	return shown
}

func newPageEntry(e publish.Entry) pageEntry {
	entry := pageEntry{
		Title: pageTitle(e), URL: e.URL, Source: sourceOf(e), Lang: langOf(e.Language), Published: newDay(e.Date),
	}
	entry.Summary = restOf(entry.Title, shorten(e.Text, summaryRunes))
	entry.add(e.Others)
	return entry
}

func (p *pageEntry) add(others []publish.Other) {
	for _, o := range others {
		p.Also = append(p.Also, copied{o.Source, o.URL, nil})
	}
}

// Alone reports whether one other source alone has the entry, so that naming it takes
// no more room than counting it.
func (p pageEntry) Alone() bool { return len(p.Also) == 1 && p.Also[0].Source != p.Source }

// where says how many other sources have the entry, too.
func (p *pageEntry) where() string {
	others := map[string]bool{}
	for _, c := range p.Also {
		if c.Source != p.Source {
			others[c.Source] = true
		}
	}
	if len(others) == 0 {
		return count(len(p.Also), "more", "more") + " with this title"
	}
	return "Also in " + count(len(others), "source", "sources")
}

func sourceOf(e publish.Entry) string { return cmp.Or(e.From, string(e.Source)) }

// pageTitle is an entry's title on one line, as browsers show it; without one, the
// beginning of its text or its address.
func pageTitle(e publish.Entry) string {
	return cmp.Or(shorten(e.Title, titleRunes), shorten(e.Text, 80), shorten(e.URL, titleRunes), e.ID)
}

// restOf is what a summary says beyond a title that was made of its beginning.
func restOf(title, summary string) string {
	if summary == title {
		return ""
	}
	beginning, cut := strings.CutSuffix(title, "…")
	if rest, ok := strings.CutPrefix(summary, beginning); ok && cut {
		return "…" + strings.TrimLeft(rest, " ,;:.")
	}
	return summary
}

// langOf is the language of an entry as an attribute, empty where that is the page's
// own. What is none is said to be unknown: a screen reader would else spell it out in
// English.
func langOf(tag string) template.HTMLAttr {
	ok := len(tag) <= 35 // the longest that anybody registers (RFC 5646, 4.4.1)
	for _, c := range []byte(tag) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-')
	}
	switch language, _, _ := strings.Cut(tag, "-"); {
	case !ok:
		tag = ""
	case strings.EqualFold(language, "en"):
		return ""
	}
	return template.HTMLAttr(` lang="` + tag + `"`)
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
