package web

import (
	"strconv"
	"strings"
)

// place is what an address below /feeds/ names: a feed or a page of an output, or of
// one of its archives.
type place struct {
	name    string
	archive int    // number of an archive; 0: the newest entries
	page    int    // from 1; 0 for a feed
	ext     string // of a feed; empty for a page
}

// placeOf reads an address: NAME.EXT, NAME, NAME/PAGE, and the same with
// NAME/archive/N in place of NAME. It refuses what is spelt otherwise, numbers with
// zeros in front included. Whether the output has such a place is not its business.
func placeOf(file string) (p place, ok bool) {
	parts := strings.Split(file, "/")
	of := 0 // the part that may have an extension
	if len(parts) > 2 && parts[1] == "archive" {
		of = 2
	}
	stem, ext, isFeed := strings.Cut(parts[of], ".")
	if isFeed && formats[ext] == nil {
		return place{}, false
	}
	parts[of] = stem
	p = place{name: parts[0], ext: ext}
	ok = isName(p.name)
	if of > 0 && ok {
		p.archive, ok = ordinal(stem)
	}
	switch pages := parts[of+1:]; {
	case len(pages) == 0:
		if !isFeed {
			p.page = 1
		}
	case len(pages) == 1 && !isFeed && ok:
		p.page, ok = ordinal(pages[0])
	default:
		ok = false
	}
	if !ok {
		return place{}, false
	}
	return p, true
}

// ordinal reads a number from 1 that is written as we write it.
func ordinal(s string) (n int, ok bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && strconv.Itoa(n) == s
}

// path is the place's address below the site's: the one way to spell it.
func (p place) path() string {
	path := "/feeds/" + p.name
	if p.archive > 0 {
		path += "/archive/" + strconv.Itoa(p.archive)
	}
	if p.ext != "" {
		return path + "." + p.ext
	}
	if p.page > 1 {
		path += "/" + strconv.Itoa(p.page)
	}
	return path
}
