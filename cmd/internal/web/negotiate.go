package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ranges yields the members of a list header such as Accept with their quality,
// in lower case (RFC 9110, 12.4.2). A quality that cannot be read counts as 0:
// what is not understood is not preferred.
func ranges(values []string, yield func(name string, q float64)) {
	for _, value := range values {
		for more := true; more; {
			var member string
			member, value, more = strings.Cut(value, ",")
			name, params, weighted := strings.Cut(member, ";")
			q := 1.0
			for weighted {
				var param string
				param, params, weighted = strings.Cut(params, ";")
				q = quality(param, q)
			}
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				yield(name, q)
			}
		}
	}
}

// quality is what a parameter says of it, and what was said before where it is none.
func quality(param string, before float64) float64 {
	key, weight, ok := strings.Cut(strings.TrimSpace(param), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(key), "q") {
		return before
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// unnamed is the quality of what a header does not name.
const unnamed = -1

// accepted is what a request says of content codings, by its Accept-Encoding (RFC
// 9110, 12.5.3).
type accepted struct {
	identity, gzip, zstd, br float64
	other                    float64 // "*"
	least                    float64 // of what is named and not refused; 1 where nothing is
}

func codings(acceptEncoding []string) accepted {
	a := accepted{identity: unnamed, gzip: unnamed, zstd: unnamed, br: unnamed, other: unnamed, least: 1}
	// Legally anything would do for who says nothing, but that may be a script that
	// cannot decompress.
	ranges(acceptEncoding, func(name string, q float64) {
		if name == "*" {
			a.other = max(a.other, q)
			return
		}
		if known := a.quality(name); known != nil {
			*known = max(*known, q)
		}
		if q > 0 {
			a.least = min(a.least, q)
		}
	})
	return a
}

// quality is where that of a coding is kept; nil for one that we do not know.
func (a *accepted) quality(coding string) *float64 {
	switch coding {
	case "identity":
		return &a.identity
	case "gzip", "x-gzip":
		return &a.gzip
	case "zstd":
		return &a.zstd
	case "br":
		return &a.br
	}
	return nil
}

// of returns how much a coding is wanted, 0 where it is not acceptable. "*" stands
// for gzip alone: who names none of the newer codings may not know them. No coding at
// all is acceptable unless it is ruled out, and wanted less than all that is named.
func (a *accepted) of(coding string) float64 {
	if q := a.quality(coding); q != nil && *q != unnamed {
		return *q
	}
	switch {
	case coding == "gzip":
		return max(a.other, 0)
	case coding != "identity" || a.other == 0:
		return 0
	case a.other > 0:
		return min(a.other, a.least)
	}
	return a.least
}

// prefersFeed reports whether an Accept header names a feed type and wants it
// more than HTML. Browsers name XML behind HTML, and scripts say */*: both get
// the page.
func prefersFeed(header http.Header) bool {
	best, html, text, other := 0.0, -1.0, -1.0, -1.0
	ranges(header["Accept"], func(name string, q float64) {
		switch name {
		case "application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json",
			"application/xml", "text/xml", "application/json":
			best = max(best, q)
		case "text/html", "application/xhtml+xml":
			html = max(html, q)
		case "text/*":
			text = max(text, q)
		case "*/*":
			other = max(other, q)
		}
	})
	for _, q := range []float64{html, text, other, 0} {
		if q >= 0 {
			return best > q
		}
	}
	return false
}

// xmlLabel is the type under which an Accept header wants a feed of that type: empty
// for its own, that of XML where that is wanted more. So it is by browsers, which know
// no feed type and show one as bare text, but XML by its style.
func xmlLabel(accept []string, feedType string) string {
	const xml = "application/xml"
	own, _, _ := strings.Cut(feedType, ";")
	wants := [...]struct {
		name string
		q    float64
	}{{own, unnamed}, {"application/*", unnamed}, {"*/*", unnamed}, {xml, unnamed}}
	ranges(accept, func(name string, q float64) {
		for i := range wants {
			if wants[i].name == name {
				wants[i].q = max(wants[i].q, q)
			}
		}
	})
	alone := 0.0 // what is wanted of the feed's own type: what names it best says
	for _, w := range wants[:3] {
		if w.q != unnamed {
			alone = w.q
			break
		}
	}
	if wants[3].q <= alone {
		return ""
	}
	return xml + strings.TrimPrefix(feedType, own)
}

// labels are what xmlLabel makes of one Accept header, by the extension of the feed.
type labels struct{ atom, rss string }

func readLabels(accept []string) labels {
	return labels{
		xmlLabel(accept, mediaTypes["atom"]+"; charset=utf-8"),
		xmlLabel(accept, mediaTypes["rss"]+"; charset=utf-8"),
	}
}

// of is the label for the extension.
func (l labels) of(ext string) string {
	switch ext {
	case "atom":
		return l.atom
	case "rss":
		return l.rss
	}
	return ""
}

// unchanged reports whether a request's preconditions say that the reader has
// the content already. isTag tells the entity tags of every coding of it.
// If-Modified-Since counts only without If-None-Match (RFC 9110, 13.2.2).
func unchanged(header http.Header, modified time.Time, isTag func(string) bool) bool {
	if values, ok := header["If-None-Match"]; ok {
		return matches(strings.Join(values, ","), isTag)
	}
	since := single(header["If-Modified-Since"])
	if since == "" || modified.IsZero() {
		return false
	}
	at, err := http.ParseTime(since)
	return err == nil && !modified.Truncate(time.Second).After(at)
}

// matches compares an If-None-Match list weakly with our tags (RFC 9110,
// 8.8.3.2 and 13.1.2). A list that is malformed matches up to the fault: the
// worst that comes of it is a whole answer.
func matches(list string, isTag func(string) bool) bool {
	list = strings.Trim(list, " \t")
	if list == "*" {
		return true
	}
	for {
		list = strings.TrimLeft(list, " \t,")
		opaque := strings.TrimPrefix(list, "W/")
		if !strings.HasPrefix(opaque, `"`) {
			return false
		}
		end := strings.IndexByte(opaque[1:], '"')
		if end < 0 {
			return false
		}
		tag := opaque[:end+2]
		if isTag(tag) {
			return true
		}
		list = strings.TrimLeft(opaque[end+2:], " \t")
		if list != "" && list[0] != ',' {
			return false
		}
	}
}
